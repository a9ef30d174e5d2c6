"""Pictures that are there twice: leaks between train and test if their groups differ."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy import fft, ndimage

from twinseg.core.arrays import Pictures
from twinseg.core.mapped import read_some
from twinseg.data.case import Case

# Set where photographs of 858 skin lesions show a gap: real pairs 0.82 and above, all others 0.73
# and below.
ALIKE = 0.77
_WORTH_A_LOOK = 0.6  # correlation of the coarse thumbnails; real pairs had 0.73 and above
_MIDDLE_SHARE = 0.8  # of each side: rims of lenses are alike in pictures that are not
_COARSE_PX, _FINE_PX = 32, 48
_MOST_WAVES = 9  # half waves along a side: broader ones are compared at first
_BLUR = 3.0  # in pixels of the thumbnail: what is smoother is lighting
_LEAST_SPREAD = 3.0  # grey levels: noise of even areas is not brought up
_MOST_SHIFT_PX = 6  # of the fine thumbnail: an eighth of its side
_BLOCK = 256  # pictures that all others are compared with at once: memory grows by this alone

Thumbnails = Float[np.ndarray, "_ side side"]


@dataclass(frozen=True)
class Duplicate:
    """Two cases that show the same."""

    first: int  # positions in the dataset
    second: int
    similarity: float  # in [-1, 1]; 1 for pixels that are equal
    exact: bool  # equal in every pixel of picture and mask
    same_group: bool


def exact_duplicates(cases: Sequence[Case]) -> tuple[Duplicate, ...]:
    """List all pairs of cases whose pictures and masks are equal in every pixel."""
    by_digest: dict[str, list[int]] = defaultdict(list)
    for position, case in enumerate(cases):
        if case.digest:
            by_digest[case.digest].append(position)
    return tuple(
        Duplicate(first, second, 1.0, True, cases[first].group == cases[second].group)
        for positions in by_digest.values()
        for first, second in combinations(positions, 2)
    )


def near_duplicates(pictures: Pictures, groups: Sequence[str]) -> tuple[Duplicate, ...]:
    """List pairs of different groups whose pictures show the same, most alike first.

    Thumbnails of the middle of each picture in grey, without what is smooth, are compared as
    they are and in the seven other ways to turn and mirror a square. Pairs worth a look are
    compared again: finer, with the local contrast evened out, and at their best shift of up to an
    eighth of the side. The same skin photographed again, brighter, re-compressed, mirrored, or
    cropped and shifted by a few per cent is found; another magnification or angle is not.

    Args:
        pictures: At training size.
        groups: Of each picture; pairs within a group are no leak and are not looked for.
    """

    @lru_cache(maxsize=4 * _BLOCK)
    def fine(place: int) -> Thumbnails:
        return _even_contrast(_thumbnails(read_some(pictures, slice(place, place + 1)), _FINE_PX))

    found: dict[tuple[int, int], float] = {}
    for first, second, turn in _worth_a_look(pictures, groups):
        value = _best_shifted(fine(first)[0], _turned(fine(second), turn)[0])
        found[first, second] = max(value, found.get((first, second), -1.0))
    alike = sorted((pair for pair in found if found[pair] >= ALIKE), key=lambda pair: -found[pair])
    return tuple(Duplicate(*pair, found[pair], exact=False, same_group=False) for pair in alike)


def _worth_a_look(pictures: Pictures, groups: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield the pairs of two groups that are alike, first before second, and how to turn it.

    Every picture is compared with every other, so time grows with the square of their number: at
    first by the broad waves they are made of, and by whole thumbnails where these are alike.
    """
    square = _coarse(pictures)
    flat, numbers = _flat(square), np.unique(np.asarray(groups), return_inverse=True)[1]
    basis = _broad_waves()
    few = _unit(flat, basis)
    for turn in range(8):
        for start in range(0, len(flat), _BLOCK):
            others = _flat(_turned(square[start : start + _BLOCK], turn))
            similar = few[: start + _BLOCK] @ _unit(others, basis).T > _WORTH_A_LOOK
            first, place = np.nonzero(similar)
            is_asked = (first < start + place) & (numbers[first] != numbers[start + place])
            for one, other in zip(first[is_asked], place[is_asked], strict=True):
                if np.dot(flat[one], others[other]) > _WORTH_A_LOOK:
                    yield int(one), int(start + other), turn


def _coarse(pictures: Pictures) -> Thumbnails:
    """Return coarse thumbnails of mean 0 and length 1."""
    found = np.empty((len(pictures), _COARSE_PX, _COARSE_PX), np.float32)
    for start in range(0, len(pictures), _BLOCK):
        these = slice(start, start + _BLOCK)
        flat = _flat(_thumbnails(read_some(pictures, these), _COARSE_PX))
        found[these] = _normed(flat - flat.mean(axis=1, keepdims=True)).reshape(found[these].shape)
    return found


def _broad_waves() -> np.ndarray:
    """Return the cosine waves that most of a thumbnail without what is smooth is, (pixel, wave).

    A square turned or mirrored is made of the same waves.
    """
    down, across = np.mgrid[:_COARSE_PX, :_COARSE_PX]
    chosen = (down**2 + across**2 <= _MOST_WAVES**2) & (down + across > 0)
    waves = fft.dct(np.eye(_COARSE_PX), axis=0, norm="ortho")
    both = np.einsum("ky,kx->kyx", waves[down[chosen]], waves[across[chosen]])
    return np.asarray(_flat(both).T, np.float32)


def _thumbnails(pictures: Pictures, side_px: int) -> Thumbnails:
    margin = round(pictures.shape[1] * (1 - _MIDDLE_SHARE) / 2)
    middle = slice(margin, pictures.shape[1] - margin)
    greys = (
        Image.fromarray(np.asarray(picture[middle, middle])).convert("L") for picture in pictures
    )
    small = [np.asarray(grey.resize((side_px, side_px), Image.Resampling.BOX)) for grey in greys]
    stack = np.stack(small).astype(np.float32)
    sharp: Thumbnails = stack - ndimage.gaussian_filter(stack, (0, _BLUR, _BLUR))
    return sharp


def _even_contrast(stack: Thumbnails) -> Thumbnails:
    spread = np.sqrt(ndimage.gaussian_filter(stack**2, (0, _BLUR, _BLUR)))
    even: Thumbnails = stack / (spread + _LEAST_SPREAD)
    return even


def _turned(stack: Thumbnails, turn: int) -> Thumbnails:
    """Return one of the 8 ways to turn and mirror a square; 0 leaves it as it is."""
    return np.rot90(stack[:, :, ::-1] if turn > 3 else stack, turn % 4, (1, 2))


def _flat(stack: Thumbnails) -> np.ndarray:
    return stack.reshape(len(stack), -1)


def _unit(flat: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return _normed(flat @ basis)


def _normed(flat: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    # An even picture is like no other.
    unit: np.ndarray = flat / np.where(lengths > 1e-3, lengths, np.inf)
    return unit


def _best_shifted(first: np.ndarray, second: np.ndarray) -> float:
    """Return the highest correlation over all small shifts, of the pixels that overlap.

    All shifts at once by Fourier transform (Lewis 1995, Vision Interface); means are 0 already.
    """
    side = len(first)
    room = (side + _MOST_SHIFT_PX,) * 2  # zeros keep the two ends apart
    overlap = fft.rfft2(np.ones_like(first), room)

    def summed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        everything: np.ndarray = np.roll(
            fft.irfft2(left * right.conj(), room), (_MOST_SHIFT_PX,) * 2, (0, 1)
        )
        return everything[: 2 * _MOST_SHIFT_PX + 1, : 2 * _MOST_SHIFT_PX + 1]

    products = summed(fft.rfft2(first, room), fft.rfft2(second, room))
    lengths = summed(fft.rfft2(first**2, room), overlap) * summed(
        overlap, fft.rfft2(second**2, room)
    )
    return float((products / np.sqrt(np.maximum(lengths, 1e-3))).max())
