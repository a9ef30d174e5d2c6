"""How far two outlines lie apart: distances are measured once and shared by all metrics here."""

from dataclasses import dataclass
from math import hypot, isfinite

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from twinseg.core.arrays import Indices, Mask, Values
from twinseg.core.errors import ConfigError, DataError
from twinseg.metrics.counts import require_same_shape
from twinseg.metrics.empty import NUMBERS, Worth, worth


@dataclass(frozen=True, kw_only=True)
class BoundaryDistances:
    """Distances between the outlines of two masks, in the unit of the spacing.

    Attributes:
        from_prediction: For each boundary pixel of the prediction, the distance to the nearest
            one of the reference, >= 0, infinite if the reference is empty; has no entry if
            the prediction is empty.
        from_reference: The same the other way round.
        diagonal: Of the whole image, from outer corner to outer corner: longer than any finite
            distance above.
    """

    from_prediction: Float[np.ndarray, " predicted_boundary"]
    from_reference: Float[np.ndarray, " reference_boundary"]
    diagonal: float


def boundary_distances(
    predicted: Mask, reference: Mask, *, spacing: tuple[float, float]
) -> BoundaryDistances:
    """Measure both directed distances between the outlines of two masks.

    The boundary of a mask is the mask without its erosion by the 4-connected cross. The border
    of the image counts as outside, so an object cut off by it has boundary pixels there.

    Args:
        predicted: Mask, bool, (y, x).
        reference: Mask of the same shape.
        spacing: Distance of neighbouring pixels, (row, column), > 0, in the unit wanted.

    Raises:
        DataError: If the shapes differ or the spacing is not two positive numbers.
    """
    require_same_shape(predicted, reference)
    if len(spacing) != 2 or not all(isfinite(step) and step > 0 for step in spacing):
        raise DataError(f"spacing must be two positive numbers (row, column), got {spacing}")
    rows, columns = predicted.shape
    box = _bounding_box(predicted | reference)
    predicted_boundary = _boundary(predicted[box])
    reference_boundary = _boundary(reference[box])
    return BoundaryDistances(
        from_prediction=_distances(predicted_boundary, reference_boundary, spacing),
        from_reference=_distances(reference_boundary, predicted_boundary, spacing),
        diagonal=hypot(rows * spacing[0], columns * spacing[1]),
    )


def hausdorff95(distances: BoundaryDistances) -> float:
    """Return the larger of the two directed 95th percentiles, >= 0, in the unit of the spacing.

    Percentiles are interpolated linearly between neighbouring distances (Huttenlocher et al.
    1993 for the distance, with the 95th percentile in place of the maximum). Two empty masks:
    NaN; exactly one: the diagonal of the image; see `empty.WHEN_EMPTY`.
    """
    value = _worth("hausdorff95", distances)
    if value is not Worth.FORMULA:
        return _number(value, distances)
    directed = (distances.from_prediction, distances.from_reference)
    return max(float(np.percentile(side, 95)) for side in directed)


def surface_dice(distances: BoundaryDistances, *, tolerance: float) -> float:
    """Return the share of both boundaries that lies within ``tolerance`` of the other, in [0, 1].

    After Nikolov et al. 2021 (arXiv:1809.04430), who weigh boundary elements by their area;
    here each boundary pixel counts once. Two empty masks: NaN; exactly one: 0.

    Args:
        distances: Of two masks.
        tolerance: Largest distance that passes, >= 0, in the unit of the spacing.

    Raises:
        ConfigError: If the tolerance is negative or not a number.
    """
    if not tolerance >= 0:
        raise ConfigError(f"tolerance must be a distance of at least 0, got {tolerance}")
    value = _worth("surface_dice", distances)
    if value is not Worth.FORMULA:
        return _number(value, distances)
    both = np.concatenate([distances.from_prediction, distances.from_reference])
    # 3 pixels of 0.1 mm are 0.30000000000000004 mm and must pass a tolerance of 0.3 mm
    return float(np.mean(both <= tolerance * (1 + 1e-9)))


def _worth(metric: str, distances: BoundaryDistances) -> Worth:
    return worth(
        metric,
        empty_prediction=distances.from_prediction.size == 0,
        empty_reference=distances.from_reference.size == 0,
    )


def _number(value: Worth, distances: BoundaryDistances) -> float:
    return distances.diagonal if value is Worth.DIAGONAL else NUMBERS[value]


def _bounding_box(mask: Mask) -> tuple[slice, slice]:
    return (
        _extent(np.flatnonzero(mask.any(axis=1))),
        _extent(np.flatnonzero(mask.any(axis=0))),
    )


def _extent(places: Indices) -> slice:
    return slice(places[0], places[-1] + 1) if places.size else slice(0)


def _boundary(mask: Mask) -> Mask:
    boundary: Mask = mask & ~ndimage.binary_erosion(mask)
    return boundary


def _distances(start: Mask, goal: Mask, spacing: tuple[float, float]) -> Values:
    if not goal.any():
        return np.full(np.count_nonzero(start), np.inf)
    nearest: Values = ndimage.distance_transform_edt(~goal, sampling=spacing)[start]
    return nearest
