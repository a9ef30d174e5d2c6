"""How what a layer hands on lies on the picture: channels first, channels last, or tokens.

Told by how the values were computed (`noting_axes`), and by which axes can be the picture's, or
else asked for: that a length fits does not say on which side of a grid its other tokens are.
Behind this file every layer is (image, channel, *place).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from twinseg.core.errors import ConfigError
from twinseg.explanation.axes import channels_first_by_origin, joined_along
from twinseg.explanation.shapes import Activation

MORE_TOKENS = (1, 2, 5)  # class; class and distillation; class and four registers
Space = tuple[int, ...]
FORMS = "first, last, 14x14 (tokens), 1+14x14 or 14x14+1 (one before or behind them is no place)"


@dataclass(frozen=True)
class Layout:
    """Where the channels and the places of a layer are."""

    grid: Space  # places along each axis of the picture
    channels_first: bool
    leading: int | None = None  # of tokens: how many come before those of the grid
    trailing: int = 0  # of tokens: how many come behind them

    @property
    def is_turned_tokens(self) -> bool:
        """Whether it is (image, channel, place): so rare that a shape that fits proves nothing."""
        return self.leading is not None and self.channels_first

    def picture(self, handed_on: Tensor) -> Activation:
        """Return what the layer handed on as (image, channel, *place), no other tokens."""
        first = handed_on if self.channels_first else handed_on.movedim(-1, 1)
        if self.leading is None:
            return first
        places = first[:, :, self.leading : self.leading + prod(self.grid)]
        return places.reshape(*places.shape[:2], *self.grid)

    def handed_on(self, picture: Activation, before: Tensor) -> Tensor:
        """Return the way back; other tokens are those of ``before``, of a single image."""
        first: Tensor = picture
        if self.leading is not None:
            own = before if self.channels_first else before.movedim(-1, 1)
            own = own.expand(len(picture), -1, -1)
            behind = own[:, :, own.shape[2] - self.trailing :]
            first = torch.cat([own[:, :, : self.leading], picture.flatten(2), behind], dim=2)
        return first if self.channels_first else first.movedim(1, -1)


def layout_of(
    handed_on: Tensor,
    space: Space,
    name: str,
    said: str | None = None,
    *,
    images: int | None = None,
    prefixes: Collection[int] = (),
) -> Layout:
    """Find the layout of what layer ``name`` handed on for images of ``space`` pixels.

    Args:
        handed_on: Values of all images, at least three axes.
        space: Pixels along each axis of the images.
        name: Of the layer, for messages.
        said: ``first``, ``last``, or the grid of tokens: ``14x14``, ``1+14x14``, ``14x14+1``.
        images: How many there are; as many as values by default.
        prefixes: Numbers of tokens that the network itself says come first.

    Raises:
        ConfigError: If it cannot be told, or what was said does not fit.
    """
    if images not in (None, len(handed_on)):
        raise ConfigError(
            f"layer {name} hands on {len(handed_on)} values for {images} images: parts of them, "
            "such as windows; name the module around it"
        )
    possible = _readings(tuple(handed_on.shape), space, prefixes)
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


def _readings(shape: Space, space: Space, prefixes: Collection[int]) -> list[Layout]:
    known = grids(space)
    if len(shape) == len(space) + 2:
        both = ((shape[2:], True), (shape[1:-1], False))
        return [Layout(grid, first) for grid, first in both if grid in known]
    if len(shape) != 3:
        return []
    return [
        Layout(grid, axis == 2, leading, trailing)
        for axis in (1, 2)
        for grid in sorted(known)
        for leading, trailing in _beside(prod(grid), shape[axis], axis, prefixes)
    ]


def _beside(
    places: int, length: int, axis: int, prefixes: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Yield how many of ``length`` tokens may come before and behind those of the grid."""
    more = length - places
    if more <= 0:
        yield from [(0, 0)] if more == 0 else []
        return
    seen = {
        (sum(lengths[:at]), sum(lengths[at + 1 :]))
        for lengths in joined_along(axis, length)
        for at, part in enumerate(lengths)
        if part == places == max(lengths) and (more in MORE_TOKENS or more * 4 < places)
    }
    if seen:
        yield from sorted(seen)
    elif more in prefixes:
        yield more, 0
    elif more in MORE_TOKENS:
        yield more, 0
        yield 0, more


def _as_said(said: str, shape: Space, space: Space, name: str) -> Layout:
    axes = len(space)
    if said in ("first", "last") and len(shape) == axes + 2:
        return Layout(shape[2:] if said == "first" else shape[1:-1], said == "first")
    form = re.fullmatch(r"(?:(\d+)\+)?(\d+(?:x\d+)*)(?:\+(\d+))?", said)
    if form is None and said not in ("first", "last"):
        raise ConfigError(f"cannot read reshape {said!r}; write {FORMS}")
    if form is not None and len(shape) == 3:
        grid = tuple(map(int, form[2].split("x")))
        leading, trailing = int(form[1] or 0), int(form[3] or 0)
        for length, first in ((shape[1], False), (shape[2], True)):
            if len(grid) == axes and leading + prod(grid) + trailing == length:
                return Layout(grid, first, leading, trailing)
    raise ConfigError(f"reshape {said} does not fit layer {name}, which hands on {_by(shape)}")


def _in_words(layout: Layout) -> str:
    if layout.leading is None:
        return "channels " + ("first" if layout.channels_first else "last")
    leading = f"{layout.leading}+" if layout.leading else ""
    trailing = f"+{layout.trailing}" if layout.trailing else ""
    order = " behind the channels" if layout.channels_first else ""
    return f"tokens {leading}{'x'.join(map(str, layout.grid))}{trailing}{order}"


def _by(shape: Space) -> str:
    return " x ".join(map(str, shape))
