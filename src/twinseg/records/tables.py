"""Every table of a study: what a row is, and its columns in their order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from twinseg.records.columns import COLUMNS, Column, Kind


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: Of the files ``tables/<name>.parquet`` and ``.csv``.
        row: What a row is.
        names: Of the columns, in their order.
        others: Columns that mean something else in this table, by name.
    """

    name: str
    row: str
    names: tuple[str, ...]
    others: Mapping[str, Column] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, in their order."""
        known = COLUMNS | dict(self.others)
        return tuple(known[name] for name in self.names)


def _table(name: str, row: str, columns: str, **others: tuple[str, str]) -> Table:
    """Declare a table; of ``others`` unit and meaning are this table's own."""
    own = {
        column: replace(COLUMNS[column], unit=unit, meaning=meaning)
        if column in COLUMNS
        else Column(column, Kind.NUMBER, unit, meaning)
        for column, (unit, meaning) in others.items()
    }
    return Table(name, row, tuple(columns.split()), own)


_ABOUT = "dataset model kind init design fraction seed rule case group split"
_COUNTS = "tp fp fn tn"
_OVERLAPS = "dice iou sensitivity specificity precision type1_rate type2_rate"
_SCORES = (
    f"{_ABOUT} {_COUNTS} {_OVERLAPS} hausdorff95 surface_dice distance_unit reference_pixels "
    "predicted_pixels volume_similarity hausdorff mean_surface_distance boundary_iou lesion_dice "
    "lesions lesions_found lesions_false ece brier dice_over_thresholds"
)
_SPAN = "low high level"

_DECLARED = (
    _table(
        "cases",
        "a case of the dataset",
        "case group split height_px width_px foreground_px foreground_share row_spacing_mm "
        "column_spacing_mm stack height_mm digest",
        foreground_share=("share", "of the pixels that the reference marks"),
    ),
    _table(
        "splits",
        "a part of the split",
        "split cases groups empty_masks median_share",
        cases=("cases", "in this part"),
    ),
    _table(
        "labels",
        "a case of the dataset",
        "case group foreground_share foreground_mm2 parts largest_part_share median_part_share "
        "largest_part_mm2 median_part_mm2 touches_border border_share compactness lightness "
        "lightness_inside red_inside yellow_inside lightness_outside red_outside yellow_outside "
        "contrast rarity",
        foreground_share=("share", "of the pixels that the reference marks"),
    ),
    _table("scores", "a run or rule, and a test case", f"{_SCORES} train_cases"),
    _table("validation_scores", "a run or rule, and a validation case", _SCORES),
    _table(
        "comparisons",
        "two models and a metric, on the same test cases; second minus first",
        "dataset metric first second cases groups undefined mean_difference low high level p_value "
        "p_adjusted effect_size effect_name method correction interval_method undefined_first "
        "undefined_second",
    ),
    _table(
        "score_summaries",
        "a run or rule, a metric, and the cases it is of",
        "model metric cases_of cases undefined mean median standard_deviation minimum maximum low "
        "high level interval_method",
    ),
    _table("objects_missed", "a run or rule", "model with_object missed"),
    _table(
        "strata",
        "a half of the test cases by size or rarity; the twins' Dice in it",
        "column stratum first second cases groups undefined mean_difference low high level p_value "
        "p_adjusted p_interaction sentence",
        mean_difference=("Dice", "mean of second minus first"),
    ),
    _table(
        "lesions",
        "a run or rule, and a lesion of a test case or a part marked falsely",
        "model case group side lesion pixels found overlap dice",
    ),
    _table("lesion_counts", "a run or rule", "model lesions lesions_found missed false_parts"),
    _table(
        "lesions_of_twins",
        "the twins: do they find lesions equally often?",
        "first second p_value method sentence",
    ),
    _table(
        "groups",
        "a run or rule, and a group of test cases added up as one picture",
        f"dataset model kind group cases {_COUNTS} {_OVERLAPS} volume_similarity volumes "
        "hausdorff95 hausdorff mean_surface_distance surface_dice",
        cases=("cases", "of the group"),
        hausdorff95=("mm", "in space, where slices are stacked: 95th percentile of distances"),
        hausdorff=("mm", "the same: largest distance"),
        mean_surface_distance=("mm", "the same: mean distance"),
        volumes=("", "stacks that were measured as bodies; empty if there is none"),
    ),
    _table(
        "group_means",
        "a run or rule, and a metric of whole groups",
        "model metric mean low high level groups volumes",
        mean=("", "mean over the groups"),
    ),
    _table(
        "calibration",
        "a model with probabilities, and a bin of them; pixels of all test cases",
        "model bin pixels mean_probability foreground_share",
    ),
    _table(
        "thresholds",
        "a twin and a threshold, on validation cases",
        "model threshold dice cases best",
        dice=("", "mean Dice at this threshold"),
    ),
    _table("choices", "a test case", "case group chosen"),
    _table(
        "ceiling",
        "a run or rule, between the better twin and the best candidate of each case",
        f"dataset model better_twin cases ceiling gap share_of_gap {_SPAN}",
    ),
    _table(
        "doubt",
        "a validation or test case",
        "case group split disagreement uncertainty",
    ),
    _table(
        "risk_coverage",
        "a model, and what orders the test cases; the error is 1 - Dice",
        "dataset model doubt cases area area_random area_oracle gain_low gain_high level "
        "remaining_0 remaining_0.05 remaining_0.1 remaining_0.2 remaining_0.3 remaining_0.5",
    ),
    _table(
        "risk_curves",
        "a point of the curve of error against coverage",
        "model doubt coverage mean_error",
    ),
    _table(
        "risk_control",
        "an error rate, and a wished limit of it",
        "dataset risk alpha validation_groups smallest_alpha is_reachable limit validation_risk "
        "test_groups test_risk low high level price test_price",
    ),
    _table(
        "explanations",
        "a run, a kind of heat map, and a test case; the costly numbers for some",
        "model map group case layer region distance_unit in_reference in_prediction "
        "in_false_positives in_ring in_border area_of_reference pointing_hit rank_accuracy top_iou "
        "centre_distance target_overlap deletion insertion deletion_random insertion_random "
        "deletion_edges insertion_edges road randomised max_sensitivity",
    ),
    _table(
        "explanation_curves",
        "a point of a curve of evidence for one case",
        "model map curve at case value",
        value=("share", "of the answer kept or back, or rank correlation of maps"),
    ),
    _table(
        "belief",
        "a run, a kind of heat map, and a rule of evidence",
        "model map layer region rule value low high level groups answer",
        value=("", "mean of the rule's number over cases"),
        rule=("", "name of the rule of evidence"),
    ),
    _table("map_means", "a run, a kind of heat map, and a measure", "model map measure mean"),
    _table(
        "map_curves",
        "a point of a curve of evidence, mean over cases",
        "model map curve at value",
        value=("share", "of the answer kept or back, or rank correlation of maps"),
    ),
    _table(
        "twin_maps",
        "a kind of heat map and a test case, twin against twin",
        "map case rank_correlation top_agreement mean_absolute_difference",
    ),
    _table(
        "twin_map_means",
        "a kind of heat map, mean over test cases",
        "map rank_correlation top_agreement mean_absolute_difference",
    ),
    _table(
        "map_errors",
        "a kind of heat map and an error: does disagreement of the maps announce it?",
        "map error correlation low high level cases groups",
    ),
    _table(
        "heat_scales",
        "a kind of heat map and a run; without a run: all runs together, as pictures are drawn",
        "map model top",
        model=("", "id of the run; empty for all together"),
    ),
)
TABLES = {table.name: table for table in _DECLARED}

_HEAD = """# Tables of a study

Each lies in `tables/` as `.parquet`, with the same as `.csv` beside it. This page is made from
`src/twinseg/records/tables.py` (`python -m twinseg.records.tables > docs/tables.md`); tests hold
the tables and this page to it.
"""


def as_markdown() -> str:
    """Return the page that says every column of every table."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for table in TABLES.values():
        yield f"## {table.name}\n\nA row: {table.row}.\n"
        yield "| column | is | unit | meaning |\n|---|---|---|---|"
        for one in table.columns:
            yield f"| `{one.name}` | {one.kind.value} | {one.unit} | {one.meaning} |"
        yield ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(as_markdown())
