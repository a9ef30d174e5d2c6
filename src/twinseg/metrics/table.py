"""The table of scores: its columns for one case, what they mean, and a column in short.

A new metric is a function, a line in `score_case`, a row in `METRICS`, one in `empty.WHEN_EMPTY`
and its spellings in `meaning`; tests compare them.
"""

from dataclasses import asdict, dataclass, replace
from math import nan, prod

import numpy as np

from twinseg.core.arrays import Mask, Values
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
from twinseg.metrics.meaning import Direction
from twinseg.metrics.meaning import meaning as meaning_of
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

SHARE = "share"
DISTANCE = "mm or px"
_MANY_PIXELS = 20_000  # take longer than starting a thread


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What readers need to know about a column of scores.

    Attributes:
        label: As it stands in the middle of a sentence; says which way is better, and the range.
        unit: `SHARE` or `DISTANCE`; the unit of a distance is in the column `distance_unit`.
        meaning: One sentence for a clinician.
    """

    label: str
    unit: str = SHARE
    meaning: str

    @property
    def higher_is_better(self) -> bool:
        """False for error rates and distances."""
        return meaning_of(self.label).direction is Direction.HIGHER

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value."""
        known = meaning_of(self.label)
        return known.lowest, known.highest


METRICS = {
    "dice": Metric(
        label="Dice",
        meaning="How well the marked area and the reference area cover each other: 1 is the same "
        "area, 0 is no common pixel.",
    ),
    "iou": Metric(
        label="IoU",
        meaning="The area marked in both masks, divided by the area marked in at least one; "
        "orders two masks of one image as Dice does, but is lower.",
    ),
    "sensitivity": Metric(
        label="sensitivity",
        meaning="The share of the diseased pixels that was found.",
    ),
    "specificity": Metric(
        label="specificity",
        meaning="The share of the healthy pixels that was left unmarked; close to 1 whenever the "
        "object is small in the image.",
    ),
    "precision": Metric(
        label="precision",
        meaning="The share of the marked pixels that is diseased.",
    ),
    "type1_rate": Metric(
        label="type I rate",
        meaning="The share of the healthy pixels that was marked by mistake.",
    ),
    "type2_rate": Metric(
        label="type II rate",
        meaning="The share of the diseased pixels that was missed.",
    ),
    "hausdorff95": Metric(
        label="95 % Hausdorff distance",
        unit=DISTANCE,
        meaning="How far the two outlines lie apart at their worst places, the worst twentieth "
        "left out.",
    ),
    "surface_dice": Metric(
        label="surface Dice",
        meaning="The share of the two outlines that lies within the tolerance of the other one.",
    ),
    "volume_similarity": Metric(
        label="volume similarity",
        meaning="How alike the marked area and the reference area are in size, wherever they lie.",
    ),
    "hausdorff": Metric(
        label="Hausdorff distance",
        unit=DISTANCE,
        meaning="How far the two outlines lie apart at their very worst place.",
    ),
    "mean_surface_distance": Metric(
        label="mean surface distance",
        unit=DISTANCE,
        meaning="How far the two outlines lie apart on average.",
    ),
    "boundary_iou": Metric(
        label="boundary IoU",
        meaning="How well the bands along the two outlines cover each other; strict also for "
        "large objects, whose inside is easy.",
    ),
    "ece": Metric(
        label="expected calibration error",
        meaning="How far the probabilities lie from the shares of diseased pixels they stand for, "
        "on average over pixels.",
    ),
    "brier": Metric(
        label="Brier score",
        meaning="The mean squared distance of the probabilities from the truth; rewards being "
        "right and being sure only where right.",
    ),
    "dice_over_thresholds": Metric(
        label="Dice over thresholds",
        meaning="The mean Dice over all thresholds from 0.01 to 0.99: close to Dice if little "
        "hangs on the threshold.",
    ),
    "lesion_dice": Metric(
        label="lesion-wise Dice",
        meaning="The mean Dice over all lesions, small ones counting as much as large ones; "
        "a missed lesion and a false one count 0.",
    ),
}


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


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A column in short; all but the two counts are NaN without a defined value.

    Attributes:
        cases: Cases with a value; the numbers below are theirs.
        undefined: Cases left out because the metric is not a finite number there.
        standard_deviation: With divisor ``cases - 1``; NaN for fewer than two cases.
    """

    cases: int
    undefined: int
    mean: float
    median: float
    standard_deviation: float
    minimum: float
    maximum: float


def summarise(values: Values) -> Summary:
    """Summarise one metric over cases, (case,); undefined cases are left out and counted."""
    defined = values[np.isfinite(values)]
    some = defined.size > 0
    return Summary(
        cases=defined.size,
        undefined=values.size - defined.size,
        mean=float(defined.mean()) if some else nan,
        median=float(np.median(defined)) if some else nan,
        standard_deviation=float(defined.std(ddof=1)) if defined.size > 1 else nan,
        minimum=float(defined.min()) if some else nan,
        maximum=float(defined.max()) if some else nan,
    )
