"""Which pixels a question is about: small functions of what a model predicted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import EllipsisType

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from twinseg.core.errors import ConfigError, DataError
from twinseg.core.registry import choose
from twinseg.explanation.map_names import REGIONS
from twinseg.explanation.shapes import Pixels, Plane


@dataclass(frozen=True)
class Seen:
    """What a region may look at: one batch of images."""

    logits: Plane  # of the foreground, without gradient
    reference: Pixels | None = None
    first: int = 0  # how many images came before this batch
    space: tuple[int, ...] | None = None  # pixels of the images, where the logits may have others

    @property
    def predicted(self) -> Pixels:
        """Pixels marked as foreground: logit above 0."""
        return self.logits > 0

    def require_pixels_of_images(self, what: str) -> None:
        """Raise DataError if ``what``, counted in pixels, would be counted in other ones."""
        own = tuple(self.logits.shape[1:])
        if self.space not in (None, own):
            raise DataError(
                f"{what} is in pixels of the images, but the network answers on "
                f"{' x '.join(map(str, own))} px for images of "
                f"{' x '.join(map(str, self.space or ()))} px; let it interpolate its output"
            )

    def known(self) -> Pixels:
        """Return the reference.

        Raises:
            ConfigError: If none was given.
        """
        if self.reference is None:
            raise ConfigError("this region needs reference masks, and none were given")
        return self.reference


@dataclass(frozen=True)
class Region:
    """Pixels, and whether to ask for the evidence for the foreground there, or against it."""

    name: str  # also part of a folder name
    pixels: Callable[[Seen], Pixels]
    against: bool = False


TARGET = Region(REGIONS[0], lambda seen: seen.predicted)
NON_TARGET = Region(REGIONS[1], lambda seen: ~seen.predicted, against=True)
NAMED: dict[str, Region] = {
    region.name: region
    for region in (
        TARGET,
        NON_TARGET,
        Region("reference", lambda seen: seen.known()),
        # Why did it mark this? Evidence for the foreground where there is none.
        Region("false-positives", lambda seen: seen.predicted & ~seen.known()),
        # Why did it miss this? Evidence against the foreground where there is some.
        Region("false-negatives", lambda seen: ~seen.predicted & seen.known(), against=True),
    )
}


def exactly(mask: Tensor | np.ndarray, *, name: str = "mask", against: bool = False) -> Region:
    """Any pixels.

    Args:
        mask: Bool, (image, *space), or (*space) for all images alike; on the grid of the logits.
        name: What to call it.
        against: Ask for the evidence against the foreground.
    """
    stack = torch.as_tensor(mask)
    if stack.dtype != torch.bool:
        raise DataError(f"a mask must be bool, got {stack.dtype}; write mask > 0, say")

    def pixels(seen: Seen) -> Pixels:
        one_for_all = stack.ndim == seen.logits.ndim - 1
        part = stack if one_for_all else stack[seen.first : seen.first + len(seen.logits)]
        if part.shape != seen.logits.shape[int(one_for_all) :]:
            raise DataError(
                f"the mask of region {name!r} is {tuple(part.shape)}, the logits "
                f"{tuple(seen.logits.shape)}; bring it to their grid"
            )
        return part.to(seen.logits.device).expand(seen.logits.shape)

    return Region(name, pixels, against)


def box(start: tuple[int, ...], stop: tuple[int, ...], *, against: bool = False) -> Region:
    """All pixels from ``start`` up to, but not with, ``stop``: (row, column), from 0."""
    if len(start) != len(stop) or any(a < 0 or a >= b for a, b in zip(start, stop, strict=True)):
        raise ConfigError(f"a box must start before it stops, got {start} and {stop}")

    def pixels(seen: Seen) -> Pixels:
        seen.require_pixels_of_images("a box")
        space = seen.logits.shape[1:]
        if len(stop) != len(space) or any(b > n for b, n in zip(stop, space, strict=True)):
            raise DataError(f"the box {start} to {stop} leaves the grid of {tuple(space)} pixels")
        inside = torch.zeros_like(seen.logits, dtype=torch.bool)
        inside[window(start, stop)] = True
        return inside

    return Region("-".join(map(str, ("box", *start, *stop))), pixels, against)


def point(place: tuple[int, ...], *, against: bool = False) -> Region:
    """One pixel, (row, column), from 0."""
    whole = box(place, tuple(p + 1 for p in place), against=against)
    return Region("-".join(map(str, ("point", *place))), whole.pixels, against)


def lesion(number: int, *, of: str = "prediction", against: bool = False) -> Region:
    """One connected lesion; pixels that touch at a corner are connected.

    Args:
        number: 1 is the largest, and so on; of equal ones the first from the top. An image with
            fewer has no such region.
        of: Whose lesions: ``prediction`` or ``reference``.
        against: Ask for the evidence against the foreground.
    """
    mask_of = choose(_OF, of, "mask")
    if number < 1:
        raise ConfigError(f"lesions are numbered from 1, got {number}")

    def pixels(seen: Seen) -> Pixels:
        masks = mask_of(seen)
        found = [_numbered(mask.cpu().numpy(), number) for mask in masks]
        return torch.from_numpy(np.stack(found)).to(masks.device)

    return Region(f"lesion-{number}" + _suffix(of), pixels, against)


def boundary(width_px: int, *, of: str = "prediction", against: bool = False) -> Region:
    """Pixels within ``width_px`` steps of the outline, inside and outside; diagonal steps count 1.

    The border of the image is no outline.
    """
    mask_of = choose(_OF, of, "mask")
    if width_px < 1:
        raise ConfigError(f"a boundary band must be at least 1 px wide, got {width_px}")

    def pixels(seen: Seen) -> Pixels:
        seen.require_pixels_of_images("the width of a boundary")
        mask = mask_of(seen)
        return _grown(mask, width_px) & _grown(~mask, width_px)

    return Region(f"boundary-{width_px}" + _suffix(of), pixels, against)


def window(start: Sequence[int], stop: Sequence[int]) -> tuple[EllipsisType | slice, ...]:
    """Index of a box in the last axes of a tensor."""
    return (..., *(slice(a, b) for a, b in zip(start, stop, strict=True)))


_OF: dict[str, Callable[[Seen], Pixels]] = {
    "prediction": lambda seen: seen.predicted,
    "reference": lambda seen: seen.known(),
}


def _suffix(of: str) -> str:
    return "" if of == "prediction" else f"-of-{of}"


def _numbered(mask: np.ndarray, number: int) -> np.ndarray:
    labels, count = ndimage.label(mask, structure=np.ones([3] * mask.ndim))
    if number > count:
        return np.zeros_like(mask)
    sizes = np.bincount(labels.ravel())[1:]
    return np.asarray(labels == 1 + np.argsort(-sizes, kind="stable")[number - 1])


def _grown(mask: Pixels, steps: int) -> Pixels:
    axes = mask.ndim - 1
    pool = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[axes - 1]
    grown: Tensor = pool(mask[:, None].float(), 2 * steps + 1, stride=1, padding=steps)
    return grown[:, 0] > 0
