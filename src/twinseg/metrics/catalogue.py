"""Every column of scores: what to call it, what it means, its unit and its range.

A new metric is a function, a line in `case_scores.score_case`, a row in `METRICS`, one in
`empty.WHEN_EMPTY` and its spellings in `meaning`; tests compare them.
"""

from dataclasses import dataclass

from twinseg.metrics.meaning import Direction
from twinseg.metrics.meaning import meaning as meaning_of

SHARE = "share"
DISTANCE = "mm or px"


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
