"""How what a layer hands on lies on the picture: channels first, channels last, or tokens.

Told by how the values were computed (`noting_axes`), and by which axes can be the picture's, or
else asked for. Behind this file every layer is (image, channel, *place).
"""

import re
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from twinseg.core.errors import ConfigError
from twinseg.explanation.axes import channels_first_by_origin
from twinseg.explanation.shapes import Activation

LEADING_TOKENS = (0, 1, 2, 5)  # none; class; class and distillation; class and four registers
Space = tuple[int, ...]
FORMS = "first, last, 14x14 (tokens), or 1+14x14 (tokens behind one that is no place)"


@dataclass(frozen=True)
class Layout:
    """Where the channels and the places of a layer are."""

    grid: Space  # places along each axis of the picture
    channels_first: bool
    leading: int | None = None  # of tokens: how many come before those of the grid

    @property
    def is_turned_tokens(self) -> bool:
        """Whether it is (image, channel, place): so rare that a shape that fits proves nothing."""
        return self.leading is not None and self.channels_first

    def picture(self, handed_on: Tensor) -> Activation:
        """Return what the layer handed on as (image, channel, *place); leading tokens are left."""
        first = handed_on if self.channels_first else handed_on.movedim(-1, 1)
        if self.leading is None:
            return first
        places = first[:, :, self.leading :]
        return places.reshape(*places.shape[:2], *self.grid)

    def handed_on(self, picture: Activation, before: Tensor) -> Tensor:
        """Return the way back; leading tokens are those of ``before``, of a single image."""
        first: Tensor = picture
        if self.leading is not None:
            own = before if self.channels_first else before.movedim(-1, 1)
            leading = own[:, :, : self.leading].expand(len(picture), -1, -1)
            first = torch.cat([leading, picture.flatten(2)], dim=2)
        return first if self.channels_first else first.movedim(1, -1)


def layout_of(
    handed_on: Tensor,
    space: Space,
    name: str,
    said: str | None = None,
    *,
    images: int | None = None,
) -> Layout:
    """Find the layout of what layer ``name`` handed on for images of ``space`` pixels.

    Args:
        handed_on: Values of all images, at least three axes.
        space: Pixels along each axis of the images.
        name: Of the layer, for messages.
        said: ``first``, ``last``, or the grid of tokens such as ``14x14`` or ``1+14x14``.
        images: How many there are; as many as values by default.

    Raises:
        ConfigError: If it cannot be told, or what was said does not fit.
    """
    if images not in (None, len(handed_on)):
        raise ConfigError(
            f"layer {name} hands on {len(handed_on)} values for {images} images: parts of them, "
            "such as windows; name the module around it"
        )
    possible = _readings(tuple(handed_on.shape), space)
    if said is not None:
        return _as_said(said, tuple(handed_on.shape), space, name)
    by_origin = channels_first_by_origin(handed_on)
    if by_origin is not None:
        possible = [layout for layout in possible if layout.channels_first == by_origin]
        if by_origin and handed_on.ndim == len(space) + 2:
            return Layout(tuple(handed_on.shape[2:]), channels_first=True)
    if len(possible) == 1 and (by_origin or not possible[0].is_turned_tokens):
        return possible[0]
    readings = " or ".join(map(_in_words, possible[:3])) or "neither a picture nor tokens of one"
    raise ConfigError(
        f"layer {name} hands on {_by(handed_on.shape)} for images of {_by(space)} px: {readings}; "
        f"say which by reshape (--reshape): {FORMS}"
    )


def grids(space: Space) -> set[Space]:
    """Return the grids that strides 1, 2, 3 ... make of a picture, and twice to eight times it."""
    strides = range(1, max(space) + 1)
    fewer = {tuple(side // stride for side in space) for stride in strides}
    more = {tuple(-(-side // stride) for side in space) for stride in strides}
    finer = {tuple(side * times for side in space) for times in range(2, 9)}
    return {grid for grid in fewer | more | finer if min(grid) > 0}


def _readings(shape: Space, space: Space) -> list[Layout]:
    known = grids(space)
    if len(shape) == len(space) + 2:
        both = ((shape[2:], True), (shape[1:-1], False))
        return [Layout(grid, first) for grid, first in both if grid in known]
    if len(shape) != 3:
        return []
    return [
        Layout(grid, first, leading)
        for length, first in ((shape[1], False), (shape[2], True))
        for grid in sorted(known)
        for leading in LEADING_TOKENS
        if prod(grid) + leading == length
    ]


def _as_said(said: str, shape: Space, space: Space, name: str) -> Layout:
    axes = len(space)
    if said in ("first", "last") and len(shape) == axes + 2:
        return Layout(shape[2:] if said == "first" else shape[1:-1], said == "first")
    form = re.fullmatch(r"(?:(\d+)\+)?(\d+(?:x\d+)*)", said)
    if form is None and said not in ("first", "last"):
        raise ConfigError(f"cannot read reshape {said!r}; write {FORMS}")
    if form is not None and len(shape) == 3:
        grid, leading = tuple(map(int, form[2].split("x"))), int(form[1] or 0)
        for length, first in ((shape[1], False), (shape[2], True)):
            if len(grid) == axes and prod(grid) + leading == length:
                return Layout(grid, first, leading)
    raise ConfigError(f"reshape {said} does not fit layer {name}, which hands on {_by(shape)}")


def _in_words(layout: Layout) -> str:
    if layout.leading is None:
        return "channels " + ("first" if layout.channels_first else "last")
    leading = f"{layout.leading}+" if layout.leading else ""
    order = " behind the channels" if layout.channels_first else ""
    return f"tokens {leading}{'x'.join(map(str, layout.grid))}{order}"


def _by(shape: Space) -> str:
    return " x ".join(map(str, shape))
