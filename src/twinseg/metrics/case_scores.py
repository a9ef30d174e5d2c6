"""The scores of one predicted mask: the measured columns of `scores.parquet`."""

from dataclasses import asdict, replace
from math import prod

from twinseg.core.arrays import Mask
from twinseg.core.pixels import cropped
from twinseg.core.two_threads import at_once
from twinseg.metrics.boundary import boundary_distances, boundary_iou
from twinseg.metrics.catalogue import METRICS
from twinseg.metrics.counts import count, require_same_shape
from twinseg.metrics.lesions import match_lesions
from twinseg.metrics.metric import ComparedMasks

FIRST_METRICS = (  # stand before the unit, as was promised; what came later stands behind
    *("dice", "iou", "sensitivity", "specificity", "precision", "type1_rate", "type2_rate"),
    *("hausdorff95", "surface_dice"),
)
_MANY_PIXELS = 20_000  # take longer than starting a thread


def score_case(
    predicted: Mask,
    reference: Mask,
    *,
    spacing_mm: tuple[float, float] | None,
    tolerance: float = 2.0,
) -> dict[str, float | int | str]:
    """Score one predicted mask: the measured columns of `scores.parquet`, in their order.

    Args:
        predicted: Mask, bool, (y, x).
        reference: Mask of the same shape.
        spacing_mm: Distance of neighbouring pixels in mm, (row, column), or None if it is not
            known: distances are then in pixels. There is no default: pixels are not millimetres.
        tolerance: Of surface Dice, >= 0, in mm or, without spacing, in pixels.

    Returns:
        Column name -> value; NaN where a metric is undefined as its row in `METRICS` says.

    Raises:
        DataError: If the shapes differ or the spacing is not two positive numbers.
        ConfigError: If the tolerance is negative.
    """
    require_same_shape(predicted, reference)
    masks = _compare(predicted, reference, spacing_mm, tolerance)
    found = {name: one.of_masks(masks) for name, one in METRICS.items() if one.of_masks}
    return {
        **asdict(masks.counts),
        **{name: found.pop(name) for name in FIRST_METRICS},
        "distance_unit": "px" if spacing_mm is None else "mm",
        "reference_pixels": masks.counts.reference_pixels,
        "predicted_pixels": masks.counts.predicted_pixels,
        **found,
        "lesions": masks.lesions.pixels.size,
        "lesions_found": int(masks.lesions.is_found.sum()),
        "lesions_false": int(masks.lesions.is_false.sum()),
    }


def _compare(
    predicted: Mask,
    reference: Mask,
    spacing_mm: tuple[float, float] | None,
    tolerance: float,
) -> ComparedMasks:
    """Measure once what metrics share; the slow ones at the same time."""
    whole, (predicted, reference) = predicted.shape, cropped(predicted, reference)
    counts = count(predicted, reference)
    spacing = (1.0, 1.0) if spacing_mm is None else spacing_mm
    distances, (lesions, bands) = at_once(
        lambda: boundary_distances(predicted, reference, spacing=spacing, image_shape=whole),
        lambda: (
            match_lesions(predicted, reference),
            boundary_iou(predicted, reference, image_shape=whole),
        ),
        worth_a_thread=reference.size > _MANY_PIXELS,
    )
    return ComparedMasks(
        predicted=predicted,
        reference=reference,
        image_shape=whole,
        counts=replace(counts, tn=counts.tn + prod(whole) - reference.size),
        distances=distances,
        lesions=lesions,
        boundary_iou=bands,
        tolerance=tolerance,
    )
