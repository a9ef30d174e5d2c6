"""A toy metric in one file; a row in `METRICS` makes it known."""

from twinseg.metrics import ComparedMasks, Metric
from twinseg.metrics.empty import ALWAYS_DEFINED
from twinseg.metrics.spellings import Direction, Meaning


def wrong_share(masks: ComparedMasks) -> float:
    """Return the share of all pixels that is marked wrongly."""
    counts = masks.counts
    wrong, right = counts.fp + counts.fn, counts.tp + counts.tn
    return wrong / (wrong + right)


TOY = Metric(
    label="share of pixels marked wrongly",
    formula="(FP + FN) / all pixels",
    meaning="How much of the picture is marked by mistake or missed.",
    when_empty=ALWAYS_DEFINED,
    of_masks=wrong_share,
    known=Meaning(Direction.LOWER, 0.0, 1.0),
)
