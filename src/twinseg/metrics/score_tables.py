"""The tables that have a column for every metric."""

from twinseg.metrics.case_scores import FIRST_METRICS
from twinseg.metrics.catalogue import METRICS
from twinseg.metrics.metric import DISTANCE
from twinseg.metrics.overlap import OVERLAPS
from twinseg.records.tables import Table, declared

_ABOUT = "dataset model kind init design fraction seed rule case group split"
_COUNTS = "tp fp fn tn"


def score_tables() -> dict[str, Table]:
    """Declare the tables of scores, by their names."""
    of_masks = [name for name, one in METRICS.items() if one.of_masks]
    of_probabilities = [name for name, one in METRICS.items() if one.of_probabilities]
    columns = [
        *(_ABOUT, _COUNTS, *FIRST_METRICS, "distance_unit reference_pixels predicted_pixels"),
        *(name for name in of_masks if name not in FIRST_METRICS),
        *("lesions lesions_found lesions_false", *of_probabilities),
    ]
    scores = " ".join(columns)
    metrics = {
        name: ("see distance_unit" if one.unit == DISTANCE else "", one.formula)
        for name, one in METRICS.items()
    }
    pooled = " ".join(OVERLAPS)
    tables = (
        declared("scores", "a run or rule, and a test case", f"{scores} train_cases", **metrics),
        declared("validation_scores", "a run or rule, and a validation case", scores, **metrics),
        declared(
            "groups",
            "a run or rule, and a group of test cases added up as one picture",
            f"dataset model kind group cases {_COUNTS} {pooled} volumes hausdorff95 hausdorff "
            "mean_surface_distance surface_dice",
            **{name: metrics[name] for name in OVERLAPS},
            cases=("cases", "of the group"),
            hausdorff95=("mm", "in space, where slices are stacked: 95th percentile of distances"),
            hausdorff=("mm", "the same: largest distance"),
            mean_surface_distance=("mm", "the same: mean distance"),
            surface_dice=("", "the same: share of both surfaces within the tolerance"),
            volumes=("", "stacks that were measured as bodies; empty if there is none"),
        ),
    )
    return {table.name: table for table in tables}
