"""Every table of a study but those of scores: what a row is, and its columns in their order.

The tables of scores have a column for every metric; `metrics.score_tables` declares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from twinseg.records.columns import COLUMNS, Column, ColumnKind


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


def declared(name: str, row: str, columns: str, **others: tuple[str, str]) -> Table:
    """Declare a table by its columns; of ``others`` unit and meaning are this table's own."""
    own = {
        column: replace(COLUMNS[column], unit=unit, meaning=meaning)
        if column in COLUMNS
        else Column(column, ColumnKind.NUMBER, unit, meaning)
        for column, (unit, meaning) in others.items()
    }
    return Table(name, row, tuple(columns.split()), own)


_SPAN = "low high level"

_DECLARED = (
    declared(
        "cases",
        "a case of the dataset",
        "case group split height_px width_px foreground_px foreground_share row_spacing_mm "
        "column_spacing_mm stack height_mm digest",
        foreground_share=("share", "of the pixels that the reference marks"),
    ),
    declared(
        "splits",
        "a part of the split",
        "split cases groups empty_masks median_share",
        cases=("cases", "in this part"),
    ),
    declared(
        "labels",
        "a case of the dataset",
        "case group foreground_share foreground_mm2 parts largest_part_share median_part_share "
        "largest_part_mm2 median_part_mm2 touches_border border_share compactness lightness "
        "lightness_inside red_inside yellow_inside lightness_outside red_outside yellow_outside "
        "contrast rarity",
        foreground_share=("share", "of the pixels that the reference marks"),
    ),
    declared(
        "comparisons",
        "two models and a metric, on the same test cases; second minus first",
        "dataset metric first second cases groups undefined mean_difference low high level p_value "
        "p_adjusted effect_size effect_name method correction interval_method undefined_first "
        "undefined_second same_as",
    ),
    declared(
        "score_summaries",
        "a run or rule, a metric, and the cases it is of",
        "model metric cases_of cases undefined mean median standard_deviation minimum maximum low "
        "high level interval_method",
    ),
    declared("objects_missed", "a run or rule", "model with_object missed"),
    declared(
        "missed_traits",
        "a twin, and what cases share of which it misses half of the target or more",
        "model missed others searched column trait missed_with_it others_with_it p_adjusted",
        missed=("cases", "of which the twin misses half of the target or more"),
        column=("", "of labels that the trait is about; empty if nothing was found"),
    ),
    declared(
        "strata",
        "a half of the test cases by size or rarity; the twins' Dice in it",
        "column stratum first second cases groups undefined mean_difference low high level p_value "
        "p_adjusted p_interaction smallest largest first_dice second_dice sentence",
        mean_difference=("Dice", "mean of second minus first"),
    ),
    declared("telling_cases", "a test case to show, in the order to show them", "case reason"),
    declared("win_counts", "a main metric", "metric first_higher second_higher equal"),
    declared(
        "lesions",
        "a run or rule, and a lesion of a test case or a part marked falsely",
        "model case group side lesion pixels found overlap dice",
    ),
    declared("lesion_counts", "a run or rule", "model lesions lesions_found missed false_parts"),
    declared(
        "lesions_of_twins",
        "the twins: do they find lesions equally often?",
        "first second p_value method sentence",
    ),
    declared(
        "group_means",
        "a run or rule, and a metric of whole groups",
        "model metric mean low high level groups volumes",
        mean=("", "mean over the groups"),
    ),
    declared(
        "calibration",
        "a model with probabilities, and a bin of them; pixels of all test cases",
        "model bin pixels mean_probability foreground_share",
    ),
    declared(
        "thresholds",
        "a twin and a threshold, on validation cases",
        "model threshold dice cases best",
        dice=("", "mean Dice at this threshold"),
    ),
    declared("choices", "a test case", "case group chosen"),
    declared(
        "ceiling",
        "a run or rule, between the better twin and the best candidate of each case",
        f"dataset model better_twin cases ceiling gap share_of_gap {_SPAN}",
    ),
    declared(
        "doubt",
        "a validation or test case",
        "case group split disagreement uncertainty",
    ),
    declared(
        "risk_coverage",
        "a model, and what orders the test cases; the error is 1 - Dice",
        "dataset model doubt cases area area_random area_oracle gain_low gain_high level "
        "remaining_0 remaining_0.05 remaining_0.1 remaining_0.2 remaining_0.3 remaining_0.5",
    ),
    declared(
        "risk_curves",
        "a point of the curve of error against coverage",
        "model doubt coverage mean_error",
    ),
    declared(
        "risk_control",
        "an error rate, and a wished limit of it",
        "dataset risk alpha validation_groups smallest_alpha is_reachable limit validation_risk "
        "test_groups test_risk low high level price test_price",
    ),
    declared(
        "explanations",
        "a run, a kind of heat map, and a test case; the costly numbers for some",
        "model map group case layer region distance_unit in_reference in_prediction "
        "in_false_positives in_ring in_border area_of_reference pointing_hit rank_accuracy top_iou "
        "centre_distance target_overlap deletion insertion deletion_random insertion_random "
        "deletion_edges insertion_edges road randomised max_sensitivity",
    ),
    declared(
        "explanation_curves",
        "a point of a curve of evidence for one case",
        "model map curve at case value",
        value=("share", "of the answer kept or back, or rank correlation of maps"),
    ),
    declared(
        "belief",
        "a run, a kind of heat map, and a criterion of evidence",
        "model map layer region criterion value low high level groups answer",
        value=("", "mean of the criterion's number over cases"),
    ),
    declared("map_means", "a run, a kind of heat map, and a measure", "model map measure mean"),
    declared(
        "map_curves",
        "a point of a curve of evidence, mean over cases",
        "model map curve at value",
        value=("share", "of the answer kept or back, or rank correlation of maps"),
    ),
    declared(
        "twin_maps",
        "a kind of heat map and a test case, twin against twin",
        "map case rank_correlation top_agreement mean_absolute_difference",
    ),
    declared(
        "twin_map_means",
        "a kind of heat map, mean over test cases",
        "map rank_correlation top_agreement mean_absolute_difference",
    ),
    declared(
        "map_errors",
        "a kind of heat map and an error: does disagreement of the maps announce it?",
        "map error correlation low high level cases groups",
    ),
    declared(
        "stress",
        "a run or rule, a corruption and its strength: means over the test cases that were drawn "
        "(only where `stress_cases` is not 0)",
        "model kind corruption strength cases groups dice low high level type1_rate type2_rate "
        "missed_share",
        dice=("", "mean Dice"),
        type1_rate=("share", "mean type I rate"),
        type2_rate=("share", "mean type II rate"),
    ),
    declared(
        "heat_scales",
        "a kind of heat map and a run; without a run: all runs together, as pictures are drawn",
        "map model top",
        model=("", "id of the run; empty for all together"),
    ),
)
TABLES = {table.name: table for table in _DECLARED}
