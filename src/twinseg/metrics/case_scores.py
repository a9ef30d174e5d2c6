"""The scores of one predicted mask: the measured columns of `scores.parquet`."""

from dataclasses import asdict, replace
from math import prod

from twinseg.core.arrays import Mask
from twinseg.core.at_once import at_once
from twinseg.core.pixels import cropped
from twinseg.metrics.boundary import (
    boundary_distances,
    boundary_iou,
    hausdorff,
    hausdorff95,
    mean_surface_distance,
    surface_dice,
)
from twinseg.metrics.counts import count, require_same_shape
from twinseg.metrics.lesions import lesion_dice, match_lesions
from twinseg.metrics.overlap import (
    dice,
    iou,
    precision,
    sensitivity,
    specificity,
    type1_rate,
    type2_rate,
    volume_similarity,
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
        Column name -> value; NaN where `empty.WHEN_EMPTY` says undefined.

    Raises:
        DataError: If the shapes differ or the spacing is not two positive numbers.
        ConfigError: If the tolerance is negative.
    """
    require_same_shape(predicted, reference)
    whole, (predicted, reference) = predicted.shape, cropped(predicted, reference)
    counts = count(predicted, reference)
    counts = replace(counts, tn=counts.tn + prod(whole) - reference.size)
    spacing = (1.0, 1.0) if spacing_mm is None else spacing_mm
    distances, (lesions, bands) = at_once(
        lambda: boundary_distances(predicted, reference, spacing=spacing, image_shape=whole),
        lambda: (
            match_lesions(predicted, reference),
            boundary_iou(predicted, reference, image_shape=whole),
        ),
        worth_a_thread=reference.size > _MANY_PIXELS,
    )
    return {
        **asdict(counts),
        "dice": dice(counts),
        "iou": iou(counts),
        "sensitivity": sensitivity(counts),
        "specificity": specificity(counts),
        "precision": precision(counts),
        "type1_rate": type1_rate(counts),
        "type2_rate": type2_rate(counts),
        "hausdorff95": hausdorff95(distances),
        "surface_dice": surface_dice(distances, tolerance=tolerance),
        "distance_unit": "px" if spacing_mm is None else "mm",
        "reference_pixels": counts.reference_pixels,
        "predicted_pixels": counts.predicted_pixels,
        "volume_similarity": volume_similarity(counts),
        "hausdorff": hausdorff(distances),
        "mean_surface_distance": mean_surface_distance(distances),
        "boundary_iou": bands,
        "lesion_dice": lesion_dice(lesions),
        "lesions": lesions.pixels.size,
        "lesions_found": int(lesions.is_found.sum()),
        "lesions_false": int(lesions.is_false.sum()),
    }
