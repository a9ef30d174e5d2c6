"""Every corruption by its name: what it does, where it can be made and where it fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Pictures, SquarePicture
from twinseg.core.errors import ConfigError
from twinseg.core.registry import choose
from twinseg.data.corruptions.about import About
from twinseg.data.corruptions.any_picture import blur, brightness, colour, jpeg, noise
from twinseg.data.corruptions.hounsfield import hu_noise, hu_shift
from twinseg.data.corruptions.skin import hair, ruler
from twinseg.data.corruptions.stacked import slice_thickness
from twinseg.data.corruptions.stain import stain

_Change = Callable[[SquarePicture, int, np.random.Generator], SquarePicture]


@dataclass(frozen=True)
class Seen:
    """A picture, and what some corruptions need beside it.

    Attributes:
        picture: On the grid of the network.
        width_hu: Of the window of CT.
        around: Slices up to so many steps away, with the picture itself.
    """

    picture: SquarePicture
    width_hu: float | None
    around: Callable[[int], Pictures]


@dataclass(frozen=True)
class Corruption:
    """One corruption.

    Attributes:
        name: As settings call it.
        meaning: What it does, in a few words.
        change: Returns the picture at strength 1 to 5; the same generator gives the same.
        needs: What pictures must be for it to be possible, in words; "" if nothing.
        can: Whether it is possible.
        fits: Whether it is what happens to such pictures, and so taken unless others are named.
    """

    name: str
    meaning: str
    change: Callable[[Seen, int, np.random.Generator], SquarePicture]
    needs: str
    can: Callable[[About], bool]
    fits: Callable[[About], bool]


def fitting(asked: Sequence[str], known: About) -> tuple[Corruption, ...]:
    """Return the corruptions that were asked for, or those that fit where none was.

    Raises:
        ConfigError: If one that was asked for is unknown or impossible for such pictures.
    """
    if not asked:
        return tuple(one for one in REGISTRY.values() if one.can(known) and one.fits(known))
    chosen = tuple(choose(REGISTRY, name, "corruption") for name in asked)
    for one in chosen:
        if not one.can(known):
            fit = ", ".join(other.name for other in fitting((), known))
            raise ConfigError(f"--stress {one.name} needs {one.needs}; those that fit are: {fit}")
    return chosen


def _of_picture(change: _Change) -> Callable[[Seen, int, np.random.Generator], SquarePicture]:
    return lambda seen, strength, rng: change(seen.picture, strength, rng)


def _of_ct(change: Callable[..., SquarePicture]) -> Callable[..., SquarePicture]:
    return lambda seen, strength, rng: change(seen.picture, strength, rng, width_hu=seen.width_hu)


def _is_ct(known: About) -> bool:
    return known.width_hu is not None


def _is_photograph(known: About) -> bool:
    return not _is_ct(known)


def _in_colour(known: About) -> bool:
    return known.has_colour


def _is_histology(known: About) -> bool:
    return known.is_slide or known.kind == "gleason"


def _is_skin(known: About) -> bool:
    return known.kind == "isic"


def _is_stacked(known: About) -> bool:
    return known.is_stacked


def _always(_known: About) -> bool:
    return True


_COLOUR, _CT = "pictures in colour", "slices of CT that are shown through one window"
_ALL = (
    Corruption("blur", "out of focus", _of_picture(blur), "", _always, _always),
    Corruption("noise", "noise of the sensor", _of_picture(noise), "", _always, _is_photograph),
    Corruption("jpeg", "JPEG of low quality", _of_picture(jpeg), "", _always, _is_photograph),
    Corruption("brightness", "too bright", _of_picture(brightness), "", _always, _is_photograph),
    Corruption("colour", "a red or blue cast", _of_picture(colour), _COLOUR, _in_colour, _always),
    Corruption(
        "stain", "more of one dye, less of the other", _of_picture(stain), _COLOUR, _in_colour,
        _is_histology,
    ),
    Corruption("hair", "dark hairs", _of_picture(hair), _COLOUR, _in_colour, _is_skin),
    Corruption("ruler", "a ruler at an edge", _of_picture(ruler), _COLOUR, _in_colour, _is_skin),
    Corruption("hu-shift", "Hounsfield units shifted", _of_ct(hu_shift), _CT, _is_ct, _always),
    Corruption("hu-noise", "noise in Hounsfield units", _of_ct(hu_noise), _CT, _is_ct, _always),
    Corruption(
        "slice-thickness",
        "thicker slices",
        lambda seen, strength, _rng: slice_thickness(seen.around(strength)),
        "slices that lie in stacks",
        _is_stacked,
        _always,
    ),
)  # fmt: skip
REGISTRY = {one.name: one for one in _ALL}
