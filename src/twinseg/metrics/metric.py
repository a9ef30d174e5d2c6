"""What a metric is: how it is computed of a case, and all that readers are told of it."""

from collections.abc import Callable
from dataclasses import dataclass

from twinseg.core.arrays import Mask
from twinseg.metrics.boundary import BoundaryDistances
from twinseg.metrics.calibration import Histogram
from twinseg.metrics.counts import Counts
from twinseg.metrics.empty import WhenEmpty
from twinseg.metrics.lesions import Lesions
from twinseg.metrics.spellings import Direction, Meaning, meaning

SHARE = "share"
DISTANCE = "mm or px"


@dataclass(frozen=True)
class ComparedMasks:
    """Two masks of one case, and what is measured of them once for all metrics.

    Attributes:
        predicted: Cut down to where either mask is, bool, (y, x).
        reference: Cut down alike.
        image_shape: Of the whole image.
        counts: Pixels of the whole image.
        distances: Between the outlines, in mm or, without spacing, in pixels.
        lesions: Connected parts of both.
        boundary_iou: Of the bands along both outlines; measured here, beside the lesions.
        tolerance: Of surface Dice, in the unit of ``distances``.
    """

    predicted: Mask
    reference: Mask
    image_shape: tuple[int, ...]
    counts: Counts
    distances: BoundaryDistances
    lesions: Lesions
    boundary_iou: float
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A column of scores.

    Attributes:
        label: As it stands in the middle of a sentence.
        unit: `SHARE` or `DISTANCE`; the unit of a distance is in the column `distance_unit`.
        formula: What it is, in one line for the page of tables.
        meaning: One sentence for a clinician.
        when_empty: What it is worth when a mask is empty.
        of_masks: Computes it from two masks; or
        of_probabilities: computes it from probabilities, and rules without any have none.
        known: Which way is better, and the range; by default what the label says to everybody.
    """

    label: str
    unit: str = SHARE
    formula: str
    meaning: str
    when_empty: WhenEmpty
    of_masks: Callable[[ComparedMasks], float] | None = None
    of_probabilities: Callable[[Histogram], float] | None = None
    known: Meaning | None = None

    @property
    def about(self) -> Meaning:
        """Which way is better, and the range."""
        return self.known or meaning(self.label)

    @property
    def higher_is_better(self) -> bool | None:
        """False for error rates and distances; None where neither more nor less is better."""
        return {Direction.HIGHER: True, Direction.LOWER: False}.get(self.about.direction)

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.about.lowest, self.about.highest
