"""Removal by imputation: pixels replaced by what their neighbours tell, and a little noise."""

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import splu

from twinseg.explanation.evidence.deletion_curves import Score
from twinseg.explanation.shapes import Inputs, PerImage, Plane

SHARE = 0.2  # of the pixels that are removed
NOISE = 0.01  # standard deviation, in units of the images
_DIRECT, _DIAGONAL = 1 / 6, 1 / 12
_NEIGHBOURS = [
    (row, column, _DIAGONAL if row and column else _DIRECT)
    for row in (-1, 0, 1)
    for column in (-1, 0, 1)
    if row or column
]


def road(
    score: Score, images: Inputs, values: Plane, rng: np.random.Generator, *, share: float = SHARE
) -> PerImage:
    """Score without the least important pixels, less score without the most important; halved.

    Rong et al. 2022 (ROAD, arXiv:2202.00449): removal by noisy linear imputation, most (MoRF) and
    least (LeRF) relevant first, combined as in their library. Above 0 where the order of the map
    is the model's; 0 by chance.

    Args:
        score: See `following.scorer`.
        images: (image, channel, y, x).
        values: The map on the same grid; NaN gives NaN.
        rng: Source of the noise.
        share: Of the pixels that are removed.
    """
    most = score(_without(images, values, share, rng))
    least = score(_without(images, -values, share, rng))
    defined = ~values.flatten(1).isnan().any(dim=1)
    return torch.where(defined, (least - most) / 2, torch.nan)


def impute(image: np.ndarray, removed: np.ndarray) -> np.ndarray:
    """Fill removed pixels with the weighted mean of their neighbours, all at once.

    Rong et al. 2022, section 4.2: direct neighbours weigh 1/6, diagonal ones 1/12; at the border
    those that exist share the weight. Neighbours may be removed themselves: a linear system.

    Args:
        image: Float, (channel, y, x).
        removed: Bool, (y, x); at least one pixel must be left.
    """
    height, width = removed.shape
    number = np.full(removed.shape, -1)
    number[removed] = np.arange(removed.sum())
    rows, columns = np.nonzero(removed)
    matrix_parts = [(np.arange(len(rows)), np.arange(len(rows)), np.zeros(len(rows)))]
    known = np.zeros((len(image), len(rows)))
    total = np.zeros(len(rows))
    for down, right, weight in _NEIGHBOURS:
        row, column = rows + down, columns + right
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        here = np.flatnonzero(inside)
        other = number[row[here], column[here]]
        total[here] += weight
        kept = other < 0
        known[:, here[kept]] += weight * image[:, row[here[kept]], column[here[kept]]]
        matrix_parts.append((here[~kept], other[~kept], np.full((~kept).sum(), -weight)))
    matrix_parts[0] = (matrix_parts[0][0], matrix_parts[0][1], total)
    i, j, entries = (np.concatenate(part) for part in zip(*matrix_parts, strict=True))
    solved = splu(sparse.csc_array((entries, (i, j)))).solve(known.T)
    filled = image.copy()
    filled[:, rows, columns] = solved.T
    return filled


def _without(images: Inputs, values: Plane, share: float, rng: np.random.Generator) -> Inputs:
    count = round(share * values[0].numel())
    order = values.flatten(1).argsort(dim=1, descending=True, stable=True)[:, :count]
    removed = torch.zeros_like(values.flatten(1), dtype=torch.bool).scatter(1, order, value=True)
    found = []
    for image, where in zip(images.cpu().numpy(), removed.cpu().numpy(), strict=True):
        mask = where.reshape(image.shape[1:])
        filled = impute(image, mask)
        filled[:, mask] += rng.normal(0, NOISE, (len(image), int(mask.sum())))
        found.append(filled.astype(np.float32))
    return torch.from_numpy(np.stack(found)).to(images.device)
