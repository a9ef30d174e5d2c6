"""How images must be normalised for given weights: stated, said, or asked for. Never guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from twinseg.core.errors import ConfigError, WeightsError
from twinseg.core.tensors import Images

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
Three = tuple[float, float, float]


@dataclass(frozen=True)
class Normalisation:
    """What is taken off and divided by, per channel, for images in [0, 1]."""

    mean: Three = IMAGENET_MEAN
    std: Three = IMAGENET_STD

    def __call__(self, images: Images) -> Images:
        """Normalise without changing the argument."""
        mean, std = (images.new_tensor(v).view(1, 3, 1, 1) for v in (self.mean, self.std))
        return (images - mean) / std

    def __str__(self) -> str:
        return f"mean {_written(self.mean)} std {_written(self.std)}"

    def is_near(self, other: "Normalisation") -> bool:
        """Whether both are the same but for rounding."""
        own, others = (*self.mean, *self.std), (*other.mean, *other.std)
        return all(abs(a - b) < 1e-3 for a, b in zip(own, others, strict=True))


IMAGENET = Normalisation()
_HALF = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_DPN = Normalisation((124 / 255, 117 / 255, 104 / 255), (1 / (0.0167 * 255),) * 3)
# ImageNet weights of the encoder library's own encoders, by how the name begins.
_USUAL_OF_FAMILIES = {
    "inceptionresnetv2": _HALF, "inceptionv4": _HALF, "xception": _HALF, "dpn": _DPN,
    **dict.fromkeys(("resnet", "resnext", "se_resne", "senet", "densenet", "efficientnet-b", "vgg",
                     "mobilenet_v2", "mit_b", "mobileone", "timm-skres", "timm-efficientnet-b"),
                    IMAGENET),
    "timm-tf_efficientnet_lite": _HALF,
}  # fmt: skip


def usual_of_family(encoder: str) -> Normalisation | None:
    """Return what ImageNet weights of an encoder of the library's own expect; None if unknown."""
    fitting = (value for start, value in _USUAL_OF_FAMILIES.items() if encoder.startswith(start))
    return next(fitting, None)


def stated_in(metadata: Mapping[str, str], name: str) -> Normalisation | None:
    """Return what a file's metadata state: ``mean`` and ``std`` for images in [0, 1].

    Also read: ``image_mean`` and ``image_std``, brackets, one number for all channels, and
    ``input`` with the words "ImageNet mean/std".

    Raises:
        WeightsError: If they state something that cannot be meant.
    """
    mean = metadata.get("mean", metadata.get("image_mean"))
    std = metadata.get("std", metadata.get("image_std"))
    if mean is None and std is None:
        words = metadata.get("input", "").lower()
        return IMAGENET if "imagenet mean" in words else None
    if mean is None or std is None:
        raise WeightsError(f"{name} states only one of mean and std in its metadata; state both")
    try:
        return normalisation_named(mean, std)
    except ConfigError as error:
        raise WeightsError(f"metadata of {name}: {error}") from error


def normalisation_named(mean: str, std: str) -> Normalisation:
    """Return what two texts such as ``0.485,0.456,0.406`` name.

    Raises:
        ConfigError: If they are not three numbers each (or one for all) for images in [0, 1].
    """
    found = Normalisation(_three(mean, "mean"), _three(std, "std"))
    if not all(0 <= value <= 1 for value in found.mean):
        raise ConfigError(f"mean {mean} is not of images in [0, 1]; divide mean and std by 255")
    if not all(value > 0 for value in found.std):
        raise ConfigError(f"std {std}: images are divided by it; give numbers above 0")
    if not all(value <= 10 for value in found.std):
        raise ConfigError(f"std {std} is not of images in [0, 1]; divide mean and std by 255")
    return found


def _three(text: str, what: str) -> Three:
    try:
        numbers = [float(word) for word in re.split(r"[\s,;]+", text.strip(" []()")) if word]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        numbers *= 3
    if len(numbers) != 3:
        raise ConfigError(f"{what} must be three numbers such as 0.5,0.5,0.5, got {text!r}")
    red, green, blue = numbers
    return red, green, blue


def _written(values: Three) -> str:
    return ",".join(f"{value:.3g}" for value in values)
