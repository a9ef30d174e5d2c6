"""Flips, rotations, scale and colour: values are drawn first and applied after.

Twins draw from the same stream, so both see the same picture at the same step.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from twinseg.core.arrays import Indices, Pictures
from twinseg.core.mapped import read_some
from twinseg.core.tensors import Images, Targets
from twinseg.records.settings import TrainingSettings

NO_COLOUR_EPOCHS, FULL_COLOUR_EPOCHS = 8, 24  # docs/training.md says why
_BRIGHTNESS_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R BT.601 luma


@dataclass(frozen=True)
class Jitter:
    """What is done to one picture in one epoch."""

    flip_x: bool
    flip_y: bool
    angle_deg: float
    scale: float  # above 1 enlarges
    contrast: float
    brightness: float  # added, in units of the full range
    saturation: float
    channel_gain: tuple[float, float, float]


@dataclass(frozen=True)
class Strength:
    """How much pictures are changed beside being flipped: 0 is not at all.

    Attributes:
        warp: 1 rotates by up to 30 degrees and scales by a factor of up to e^0.2.
        colour: 1 changes contrast and saturation by up to a fifth, brightness by a tenth of the
            range, and single channels by 6 %.
    """

    warp: float = 0.0
    colour: float = 0.0


def strength_for(asked: TrainingSettings, pictures: Pictures, positions: Indices) -> Strength:
    """Return the strength that was asked for, with ``auto`` by the length of training.

    Short trainings only suffer from changes of colour; long ones learn the stain or the camera
    without them. Grey is left alone: there a value may mean a tissue, as in CT.

    Args:
        asked: Settings of the training.
        pictures: Of the dataset.
        positions: Of the training cases.
    """
    if asked.colour != "auto":
        return Strength(asked.warp, asked.colour)
    rise = (asked.epochs - NO_COLOUR_EPOCHS) / (FULL_COLOUR_EPOCHS - NO_COLOUR_EPOCHS)
    changes = rise > 0 and has_colour(pictures, positions)
    return Strength(asked.warp, min(rise, 1.0) if changes else 0.0)


def has_colour(pictures: Pictures, positions: Indices) -> bool:
    """Tell whether any of the pictures at ``positions`` is not grey."""
    some = (read_some(pictures, at) for at in positions)
    return any((picture != picture[..., :1]).any() for picture in some)


def draw_jitter(rng: np.random.Generator, strength: Strength) -> Jitter:
    """Draw one set of values."""
    warp, colour = strength.warp, strength.colour
    gain = 1 + colour * rng.uniform(-0.06, 0.06, 3)
    return Jitter(
        flip_x=bool(rng.random() < 0.5),
        flip_y=bool(rng.random() < 0.5),
        angle_deg=warp * float(rng.uniform(-30, 30)),
        scale=float(math.exp(warp * rng.uniform(-0.2, 0.2))),
        contrast=float(1 + colour * rng.uniform(-0.2, 0.2)),
        brightness=float(colour * rng.uniform(-0.1, 0.1)),
        saturation=float(1 + colour * rng.uniform(-0.2, 0.2)),
        channel_gain=(float(gain[0]), float(gain[1]), float(gain[2])),
    )


def apply_jitter(
    images: Images, targets: Targets, jitters: Sequence[Jitter]
) -> tuple[Images, Targets]:
    """Apply one `Jitter` an image; what comes in from outside the picture is its mirror image.

    Images stay in [0, 1]; targets stay 0 or 1.
    """
    if all(jitter.angle_deg == 0 and jitter.scale == 1 for jitter in jitters):
        return _recolour(_flip(images, jitters), jitters), _flip(targets, jitters)
    grid = functional.affine_grid(_matrices(jitters), list(images.shape), align_corners=False)
    warped = functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    moved = functional.grid_sample(
        targets, grid, mode="nearest", padding_mode="reflection", align_corners=False
    )
    return _recolour(warped, jitters), moved


def _flip(values: Tensor, jitters: Sequence[Jitter]) -> Tensor:
    """Flip without interpolating: exact, and in a tenth of the time."""
    for axis, chosen in ((3, [j.flip_x for j in jitters]), (2, [j.flip_y for j in jitters])):
        flipped = torch.tensor(chosen).view(-1, 1, 1, 1)
        values = torch.where(flipped, values.flip(axis), values)
    return values


def _matrices(jitters: Sequence[Jitter]) -> Tensor:
    """Output to input coordinates, (image, 2, 3)."""
    rows = []
    for jitter in jitters:
        angle = math.radians(jitter.angle_deg)
        cosine, sine = math.cos(angle) / jitter.scale, math.sin(angle) / jitter.scale
        across, down = (-1 if jitter.flip_x else 1), (-1 if jitter.flip_y else 1)
        rows.append([[across * cosine, -across * sine, 0.0], [down * sine, down * cosine, 0.0]])
    return torch.tensor(rows)


def _recolour(images: Images, jitters: Sequence[Jitter]) -> Images:
    """Saturation, then channel gain, then contrast about the mean brightness, then a shift."""

    def column(values: Sequence[float]) -> Tensor:
        return torch.tensor(values).view(-1, 1, 1, 1)

    weights = torch.tensor(_BRIGHTNESS_WEIGHTS).view(1, 3, 1, 1)
    grey = (images * weights).sum(1, keepdim=True)
    saturation = column([j.saturation for j in jitters])
    contrast = column([j.contrast for j in jitters])
    gain = torch.tensor([j.channel_gain for j in jitters]).view(-1, 3, 1, 1) * contrast
    shift = column([j.brightness for j in jitters]) + grey.mean((2, 3), keepdim=True) * (
        1 - contrast
    )
    # One sum of three terms: all four changes are linear, and each pass over the pixels costs.
    recoloured = (images * (gain * saturation)).addcmul_(grey, gain * (1 - saturation))
    return recoloured.add_(shift).clamp_(0, 1)
