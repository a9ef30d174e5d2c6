"""The network: a U-Net whose encoder and decoder start from streams of their own.

The only place that knows segmentation-models-pytorch.
"""

import hashlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from twinseg.core.errors import ConfigError
from twinseg.core.nearest import one_of
from twinseg.core.seeds import stream_seed
from twinseg.records.source_settings import require_side
from twinseg.training.encoders import TIMM, close_to, own_encoders

DEPTH = 5  # how often the encoder halves the picture
_TRIED_PX = (32, 64, 96, 128, 160, 192, 224, 256, 384, 448, 512)


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
    _require_side_of(build_empty(encoder), encoder, size)


def _require_side_of(network: nn.Module, encoder: str, size: int) -> None:
    step = network.get_submodule("encoder").output_stride
    require_side(size, step=int(step), network=encoder)  # type: ignore[arg-type]


def require_fit(encoder: str, size: int, *, cases: int, why: str = "") -> None:
    """Refuse, before any work, what the network cannot be trained on.

    Args:
        encoder: Name of the encoder.
        size: Side of the images in pixels.
        cases: Fewest images of a batch.
        why: How so few come about, for the message.

    Raises:
        ConfigError: If it cannot take images of that size, or so few at once; says what fits.
    """
    network = build_empty(encoder)
    _require_side_of(network, encoder, size)
    if not _runs(network, size, cases=2):
        fitting = [str(px) for px in _TRIED_PX if _runs(network, px, cases=2)]
        if not fitting:  # not every network runs without values: try with some
            network = _draw(encoder, 0)
        if fitting or not _runs(network, size, cases=2):
            advice = f"it takes {', '.join(fitting)}" if fitting else "take another encoder"
            raise ConfigError(f"{encoder} cannot take images of {size} px; {advice}")
    if cases < 2 and not _runs(network, size, cases=1):
        more = "another --batch-size" if why else "--batch-size 2 or more"
        raise ConfigError(
            f"a batch of one case of {size} px{why} is too small for the batch normalisation of "
            f"{encoder}, whose deepest feature map is one pixel; take {more}, or --size {2 * size}"
        )


@dataclass(frozen=True)
class Measured:
    """What takes building an encoder to know."""

    parameters: int
    smallest_px: int | None  # least side of images; None if none of the usual ones fits


def measured(encoder: str) -> Measured | None:
    """Measure an encoder; None if it cannot be a U-Net's."""
    try:
        network = build_empty(encoder)
    except ConfigError:
        return None
    parameters = sum(weight.numel() for weight in network.get_submodule("encoder").parameters())
    fitting = (px for px in _TRIED_PX if _runs(network, px, cases=2))
    return Measured(parameters, next(fitting, None))


def build_empty(encoder: str) -> nn.Module:
    """Return a network whose tensors have shapes but no values: what fits is quickly tried."""
    try:
        network: nn.Module = _draw(encoder, 0, device="meta")
    except ConfigError:  # not every one can be built so, and the reason is said by the other way
        network = _draw(encoder, 0).to("meta")
    return network


def _runs(network: nn.Module, size: int, *, cases: int) -> bool:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            device = next(network.parameters()).device
            found = network.train()(torch.zeros(cases, 3, size, size, device=device))
        except (RuntimeError, ValueError, AssertionError):  # whatever a network says of a size
            return False
    return tuple(found.shape) == (cases, 1, size, size)


def fingerprint(module: nn.Module) -> str:
    """SHA-256 over the names, shapes and bytes of all weights and running statistics."""
    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        array = np.ascontiguousarray(value.detach().cpu().numpy())
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _draw(encoder: str, seed: int, *, device: str = "cpu") -> Any:
    import segmentation_models_pytorch as smp  # seconds: not for those who only ask how far it is

    if not encoder.startswith(TIMM) and encoder not in own_encoders():
        raise ConfigError(_unknown(encoder))
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings(), torch.device(device):
        warnings.simplefilter("ignore")  # timm's own notices on names it renamed
        torch.manual_seed(seed)
        try:
            # encoder_weights must be None: False means "pretrained" for tu- encoders.
            return smp.Unet(encoder, encoder_depth=DEPTH, encoder_weights=None, classes=1)
        except (RuntimeError, ValueError, KeyError, AttributeError, TypeError) as error:
            if "nknown model" in str(error):
                raise ConfigError(_unknown(encoder)) from error
            reason = " ".join(str(error).split())
            raise ConfigError(f"encoder {encoder!r} cannot be a U-Net's: {reason}") from error


def _unknown(encoder: str) -> str:
    advice = (one_of(close_to(encoder), ""), "All are listed by twinseg encoders NAME")
    return f"unknown encoder {encoder!r}; {' '.join(filter(None, advice))}"
