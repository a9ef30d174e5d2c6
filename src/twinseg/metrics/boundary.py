"""How far two outlines lie apart: distances are measured once and shared by all metrics here."""

from dataclasses import dataclass
from math import hypot, isfinite

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from twinseg.core.arrays import Mask, Values
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.pixels import LARGEST_SIDE, Places, boundary, cropped, eroded, nearest_px
from twinseg.metrics.counts import require_same_shape
from twinseg.metrics.empty import NO_DISTANCE, NO_OUTLINE, NUMBERS, WhenEmpty, Worth

BAND_SHARE = 0.02  # of the diagonal: width of the bands of `boundary_iou`


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
    predicted: Mask,
    reference: Mask,
    *,
    spacing: tuple[float, float],
    image_shape: tuple[int, ...] | None = None,
) -> BoundaryDistances:
    """Measure both directed distances between the outlines of two masks.

    The boundary of a mask is the mask without its erosion by the 4-connected cross. The border
    of the image counts as outside, so an object cut off by it has boundary pixels there.

    Args:
        predicted: Mask, bool, (y, x).
        reference: Mask of the same shape.
        spacing: Distance of neighbouring pixels, (row, column), > 0, in the unit wanted.
        image_shape: Of the whole image, if the masks were cut down by `cropped`.

    Raises:
        DataError: If the shapes differ or the spacing is not two positive numbers.
    """
    require_same_shape(predicted, reference)
    if len(spacing) != 2 or not all(isfinite(step) and step > 0 for step in spacing):
        raise DataError(f"spacing must be two positive numbers (row, column), got {spacing}")
    rows, columns = image_shape or predicted.shape
    if image_shape is None:
        predicted, reference = cropped(predicted, reference)
    of_prediction, of_reference = _places(predicted), _places(reference)
    measure = _on_grid if _is_square(spacing, predicted.shape) else _anywhere
    return BoundaryDistances(
        from_prediction=measure(of_prediction, of_reference, spacing),
        from_reference=measure(of_reference, of_prediction, spacing),
        diagonal=hypot(rows * spacing[0], columns * spacing[1]),
    )


def hausdorff(distances: BoundaryDistances) -> float:
    """Return the largest distance of any boundary pixel to the other boundary, >= 0.

    Huttenlocher et al. 1993. Empty masks as in `hausdorff95`.
    """
    value = _worth(NO_DISTANCE, distances)
    if value is not Worth.FORMULA:
        return _number(value, distances)
    return float(max(distances.from_prediction.max(), distances.from_reference.max()))


def mean_surface_distance(distances: BoundaryDistances) -> float:
    """Return the mean distance over the boundary pixels of both masks, >= 0.

    The average symmetric surface distance (ASSD) of Heimann et al. 2009 (IEEE TMI 28:1251): one
    mean over all boundary pixels together, not the mean of two means. Empty masks as in
    `hausdorff95`.
    """
    value = _worth(NO_DISTANCE, distances)
    if value is not Worth.FORMULA:
        return _number(value, distances)
    return float(np.concatenate([distances.from_prediction, distances.from_reference]).mean())


def hausdorff95(distances: BoundaryDistances) -> float:
    """Return the larger of the two directed 95th percentiles, >= 0, in the unit of the spacing.

    Percentiles are interpolated linearly between neighbouring distances (Huttenlocher et al.
    1993 for the distance, with the 95th percentile in place of the maximum). Two empty masks:
    NaN; exactly one: the diagonal of the image; see `empty.NO_DISTANCE`.
    """
    value = _worth(NO_DISTANCE, distances)
    if value is not Worth.FORMULA:
        return _number(value, distances)
    directed = (distances.from_prediction, distances.from_reference)
    return max(_percentile95(side) for side in directed)


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
    value = _worth(NO_OUTLINE, distances)
    if value is not Worth.FORMULA:
        return _number(value, distances)
    both = np.concatenate([distances.from_prediction, distances.from_reference])
    # 3 pixels of 0.1 mm are 0.30000000000000004 mm and must pass a tolerance of 0.3 mm
    return float(np.mean(both <= tolerance * (1 + 1e-9)))


def boundary_iou(
    predicted: Mask,
    reference: Mask,
    *,
    share: float = BAND_SHARE,
    image_shape: tuple[int, ...] | None = None,
) -> float:
    """Return the IoU of the bands along the inside of both outlines, in [0, 1].

    Cheng et al. 2021 (arXiv:2103.16562), eq. 2: a band is what an erosion by ``share`` of the
    diagonal of the image, at least one pixel, takes away. Two empty masks: NaN; exactly one: 0.
    ``image_shape`` is that of the whole image, if the masks were cut down by `cropped`.
    """
    value = NO_OUTLINE.worth(
        empty_prediction=not predicted.any(), empty_reference=not reference.any()
    )
    if value is not Worth.FORMULA:
        return NUMBERS[value]
    steps = max(1, round(share * hypot(*(image_shape or predicted.shape))))
    if image_shape is None:
        predicted, reference = cropped(predicted, reference)
    first, second = (mask ^ eroded(mask, steps) for mask in (predicted, reference))
    return float(np.count_nonzero(first & second) / np.count_nonzero(first | second))


def _worth(when_empty: WhenEmpty, distances: BoundaryDistances) -> Worth:
    return when_empty.worth(
        empty_prediction=distances.from_prediction.size == 0,
        empty_reference=distances.from_reference.size == 0,
    )


def _number(value: Worth, distances: BoundaryDistances) -> float:
    return distances.diagonal if value is Worth.DIAGONAL else NUMBERS[value]


def _percentile95(values: Values) -> float:
    """`np.percentile(values, 95)`, without its checks, which take longer than the rest."""
    rank = 0.95 * (len(values) - 1)
    low, high = int(rank), min(int(rank) + 1, len(values) - 1)
    sorted_there = np.partition(values, (low, high))
    return float(sorted_there[low] + (rank - low) * (sorted_there[high] - sorted_there[low]))


def _places(mask: Mask) -> Places:
    """Rows and columns of the boundary pixels; flat first: NumPy finds pixels of a line faster."""
    return np.stack(np.divmod(np.flatnonzero(boundary(mask)), mask.shape[1] or 1), axis=1)


def _is_square(spacing: tuple[float, float], shape: tuple[int, ...]) -> bool:
    return spacing[0] == spacing[1] and max(shape) < LARGEST_SIDE


def _on_grid(start: Places, goal: Places, spacing: tuple[float, float]) -> Values:
    """Distance of each place to the nearest one of ``goal``, where pixels are square."""
    if not (len(start) and len(goal)):
        return np.full(len(start), np.inf)
    return nearest_px(start, goal) * spacing[0]


def _anywhere(start: Places, goal: Places, spacing: tuple[float, float]) -> Values:
    """The same on any spacing, in a third more time."""
    if not (len(start) and len(goal)):
        return np.full(len(start), np.inf)
    tree = cKDTree(goal * spacing, leafsize=32, balanced_tree=False, compact_nodes=False)
    nearest: Values = tree.query(start * spacing)[0]
    return nearest
