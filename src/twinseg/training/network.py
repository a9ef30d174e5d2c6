"""The network: a U-Net whose encoder and decoder start from streams of their own.

The only place that knows segmentation-models-pytorch.
"""

import difflib
import hashlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import nn

from twinseg.core.errors import ConfigError
from twinseg.core.seeds import stream_seed
from twinseg.core.source_settings import require_side
from twinseg.core.tensors import Images

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
DEPTH = 5  # how often the encoder halves the picture


@dataclass(frozen=True)
class Normalisation:
    """What is taken off and divided by, per channel, for images in [0, 1]."""

    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def __call__(self, images: Images) -> Images:
        """Normalise without changing the argument."""
        mean, std = (images.new_tensor(v).view(1, 3, 1, 1) for v in (self.mean, self.std))
        return (images - mean) / std


IMAGENET = Normalisation()


def build_network(encoder: str, *, seed: int, encoder_draw: int = 0) -> nn.Module:
    """Return a U-Net with one output channel (logits) and random first weights.

    The decoder's weights depend on ``encoder`` and ``seed`` only, the encoder's on
    ``encoder_draw`` too: networks that differ in ``encoder_draw`` share their decoder.

    Raises:
        ConfigError: If no encoder is called ``encoder``.
    """
    network: nn.Module = _draw(encoder, stream_seed(seed, "decoder"))
    donor = _draw(encoder, stream_seed(seed, "encoder", encoder_draw))
    network.get_submodule("encoder").load_state_dict(donor.encoder.state_dict())
    return network


def require_size(encoder: str, size: int) -> None:
    """Raise ConfigError, with the sizes to take, if ``size`` is not one the network can halve."""
    require_side(size, step=int(_draw(encoder, 0).encoder.output_stride), network=encoder)


def fingerprint(module: nn.Module) -> str:
    """SHA-256 over the names, shapes and bytes of all weights and running statistics."""
    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        array = np.ascontiguousarray(value.detach().cpu().numpy())
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _draw(encoder: str, seed: int) -> Any:
    if not encoder.startswith("tu-") and encoder not in smp.encoders.get_encoder_names():
        known = sorted(smp.encoders.get_encoder_names())
        close = difflib.get_close_matches(encoder.lower(), known, n=3)
        advice = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
        raise ConfigError(f"unknown encoder {encoder!r}; {advice} Any tu-<timm name> will do too")
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # timm's own notices on names it renamed
        torch.manual_seed(seed)
        try:
            # encoder_weights must be None: False means "pretrained" for tu- encoders.
            return smp.Unet(encoder, encoder_depth=DEPTH, encoder_weights=None, classes=1)
        except (RuntimeError, ValueError, KeyError) as error:
            raise ConfigError(f"encoder {encoder!r} cannot be a U-Net's: {error}") from error
