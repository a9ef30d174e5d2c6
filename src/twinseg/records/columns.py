"""What every column of a study's tables means: its kind, its unit, one line each.

Columns that are metrics are declared with the metrics.
"""

from dataclasses import dataclass
from enum import Enum


class ColumnKind(Enum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    YES_NO = "yes or no"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: As in the file.
        kind: What it holds.
        unit: Of a number; "" if it has none.
        meaning: In one line.
    """

    name: str
    kind: ColumnKind
    unit: str
    meaning: str


def _columns(kind: ColumnKind, *rows: tuple[str, str, str]) -> dict[str, Column]:
    return {name: Column(name, kind, unit, meaning) for name, unit, meaning in rows}


COLUMNS = {
    **_columns(
        ColumnKind.TEXT,
        ("answer", "", "what the criterion says: holds, fails or open"),
        ("better_twin", "", "the twin with the higher mean Dice on validation"),
        ("case", "", "id of the case"),
        ("cases_of", "", "cases that the row is of: all, or those in which both twins have a Dice"),
        ("chosen", "", "the candidate whose mask was taken"),
        ("column", "", "column of labels by which cases are parted"),
        ("component", "", "the source of spread"),
        ("corruption", "", "what was done to the pictures; none at strength 0"),
        ("correction", "", "over how many p values, and by whom"),
        ("criterion", "", "name of the criterion of evidence"),
        ("curve", "", "deletion, insertion, or randomised"),
        ("dataset", "", "name of the dataset"),
        ("design", "", "how the training groups were drawn"),
        ("digest", "", "SHA-256 of the pixels of image and mask"),
        ("distance_unit", "", "mm where the spacing is known, else px"),
        ("doubt", "", "what orders the cases: disagreement of masks, or uncertainty of their mean"),
        ("effect_name", "", "what effect_size is"),
        ("error", "", "the error that disagreement may announce"),
        ("first", "", "the model that is subtracted"),
        ("formula", "", "of the model; random effects in brackets"),
        ("group", "", "group of the case: patient, lesion, slide, series"),
        ("init", "", "where the encoder's first weights come from; empty for a rule"),
        ("inits", "", "of the twins that a rule stands on, with a comma between; empty for a run"),
        ("interval_method", "", "Student, percentile or BCa: how low and high were found"),
        ("kind", "", "run or rule"),
        ("layer", "", "bottleneck or decoder"),
        ("map", "", "kind of heat map: method, layer, region"),
        ("measure", "", "a column of explanations"),
        ("method", "", "name of the test"),
        ("metric", "", "a column of scores"),
        ("model", "", "id of the run, or name of the rule"),
        ("price", "", "what control of the risk costs"),
        ("problems", "", "what stands against the numbers; empty if nothing was found"),
        (
            "reason",
            "",
            "best or worst mean Dice of the twins, or most disagreeing in Dice",
        ),
        ("region", "", "target or non-target"),
        ("risk", "", "the error rate that is controlled"),
        ("rule", "", "name of the rule; empty for a run"),
        (
            "same_as",
            "",
            "model whose values the second has in every case: one hypothesis; empty if none",
        ),
        ("second", "", "the model it is subtracted from"),
        ("sentence", "", "the finding in words"),
        ("side", "", "reference for a lesion, false for a marked part that lies on none"),
        ("split", "", "train, validation, test or unused"),
        ("stack", "", "name of the stack of slices; empty if it is no slice"),
        ("stratum", "", "the part of the cases"),
        ("term", "", "of the model; empty if it could not be fitted"),
    ),
    **_columns(
        ColumnKind.WHOLE,
        ("bin", "", "number of the bin of probabilities, from 0"),
        ("cases", "cases", "with a value"),
        ("empty_masks", "cases", "whose reference marks nothing"),
        ("equal", "cases", "in which both twins have the same value"),
        ("false_parts", "parts", "marked where no lesion is"),
        ("first_dice", "Dice", "mean of the first twin, of the cases where both have one"),
        ("first_higher", "cases", "in which the first twin has the higher value"),
        ("fn", "px", "missed: reference only"),
        ("foreground_px", "px", "that the reference marks"),
        ("fp", "px", "marked by mistake: prediction only"),
        ("groups", "groups", "of these cases"),
        ("groups_needed", "groups", "of one case each, to show it; empty if no number suffices"),
        ("height_px", "px", "rows of the picture"),
        ("lesion", "", "number of the lesion in its case, from 1"),
        ("lesions", "lesions", "connected parts of the reference, 8 neighbours"),
        ("lesions_false", "parts", "marked parts that lie on no lesion"),
        ("lesions_found", "lesions", "of which enough is marked"),
        ("missed", "", "not found at all"),
        ("needed_high", "cases", "upper end of that; empty if too many resamples never get there"),
        ("needed_low", "cases", "lower end of that"),
        ("parts", "parts", "connected parts of the reference"),
        ("pixels", "px", "counted"),
        ("predicted_pixels", "px", "that the model marks"),
        ("reference_pixels", "px", "that the reference marks"),
        ("rows", "scores", "in the fit"),
        ("seed", "", "of the study"),
        ("second_higher", "cases", "in which the second twin has the higher value"),
        ("seeds", "", "with runs there"),
        ("strength", "", "of the corruption, 1 to 5; 0: pictures as they are"),
        ("test_groups", "groups", "on which the limit was looked at"),
        ("tn", "px", "marked by neither"),
        ("tp", "px", "marked by both"),
        ("train_cases", "cases", "that the runs were trained on"),
        ("train_cases_needed", "cases", "to train on for the wished Dice; empty if out of reach"),
        ("train_cases_random", "cases", "that the runs of design random were trained on"),
        ("undefined", "cases", "left out because a value is undefined"),
        ("undefined_first", "cases", "without a value of the first model"),
        ("undefined_second", "cases", "without a value of the second model"),
        ("validation_groups", "groups", "on which the limit was set"),
        ("volumes", "groups", "measured in space, all slices of a stack as one body"),
        ("width_px", "px", "columns of the picture"),
        ("with_object", "cases", "whose reference marks something"),
    ),
    **_columns(
        ColumnKind.YES_NO,
        ("all_same", "", "whether both have the same value in every case and seed"),
        ("best", "", "whether this threshold has the highest mean Dice"),
        ("found", "", "whether enough of it is marked"),
        ("is_reachable", "", "whether so few groups can promise so low a rate"),
        ("touches_border", "", "whether the target reaches the border of the picture"),
    ),
    **_columns(
        ColumnKind.NUMBER,
        ("alpha", "share", "the error rate that was wished for"),
        ("area", "", "mean of the curve of error against coverage; smaller is better"),
        ("area_of_reference", "share", "of the picture that the reference covers: chance"),
        ("area_oracle", "", "the same in the order of the error itself"),
        ("area_random", "", "the same in an order at random"),
        ("at", "share", "how far along the curve, 0 to 1"),
        ("border_share", "share", "of the outermost ring of pixels that is target"),
        ("ceiling", "Dice", "mean of the best candidate of each case, seen with the reference"),
        (
            "centre_distance",
            "see distance_unit",
            "from the centre of relevance to the object",
        ),
        ("column_spacing_mm", "mm", "between columns; empty if nobody says"),
        ("compactness", "", "of the largest part: 1 for a disc, less for ragged outlines"),
        ("contrast", "", "lightness inside minus that of a ring around, in standard deviations"),
        ("correlation", "", "Spearman's rank correlation over cases"),
        ("coverage", "share", "of the cases that are kept, the least doubtful first"),
        ("deletion", "share", "of the answer kept while the most relevant pixels go first, mean"),
        ("deletion_edges", "share", "the same in the order of the strongest edges"),
        ("deletion_random", "share", "the same in an order at random"),
        ("dice", "", "Dice coefficient of the masks"),
        ("difference", "Dice", "the true difference that should be shown"),
        ("disagreement", "", "1 - mean Dice of the members' masks in pairs"),
        ("effect_size", "", "see effect_name"),
        ("estimate", "logit", "of the term"),
        ("expected", "Dice", "mean at twice the largest number of training cases"),
        ("foreground_mm2", "mm2", "area of the target; empty if the spacing is not known"),
        ("foreground_share", "share", "of the pixels that are diseased"),
        ("fraction", "share", "of the training groups used"),
        ("gain_high", "", "upper end: area at random minus area"),
        ("gain_low", "", "lower end: area at random minus area"),
        ("gap", "Dice", "from the better twin to the ceiling"),
        ("height_mm", "mm", "of the slice along the normal; empty if it is no slice"),
        ("high", "", "upper end of the interval"),
        ("in_border", "share", "of the heat in the outer twentieth on each side"),
        ("in_false_positives", "share", "of the heat on what was marked by mistake"),
        ("in_prediction", "share", "of the heat on the prediction"),
        ("in_reference", "share", "of the heat on the reference"),
        ("in_ring", "share", "of the heat in the ring around the reference"),
        (
            "insertion",
            "share",
            "of the answer back while the most relevant pixels come, mean",
        ),
        ("insertion_edges", "share", "the same in the order of the strongest edges"),
        ("insertion_random", "share", "the same in an order at random"),
        ("largest", "", "largest value of the column in this half"),
        ("largest_part_mm2", "mm2", "area of the largest part"),
        ("largest_part_share", "share", "of the picture in the largest part"),
        ("law_a", "Dice", "mean with endless data"),
        ("law_b", "Dice", "what is missing from that with one training case"),
        ("law_c", "", "how fast more training cases make up for it"),
        ("level", "share", "of the interval"),
        ("lightness", "L*", "of the picture, CIELAB"),
        ("lightness_inside", "L*", "of the target"),
        ("lightness_outside", "L*", "of a ring around the target"),
        ("limit", "", "threshold, or limit of disagreement, that was set"),
        ("low", "", "lower end of the interval"),
        ("max_sensitivity", "", "largest change of the map under noise, in its own size"),
        ("maximum", "", "largest value"),
        ("mean", "", "mean over the cases"),
        ("mean_error", "1 - Dice", "of the kept cases"),
        ("mean_absolute_difference", "logit", "of the twins' maps"),
        ("mean_difference", "", "mean of second minus first"),
        ("missed_share", "share", "of the cases with an object, of those without a pixel found"),
        ("mean_probability", "", "that the model gave these pixels"),
        ("median", "", "median over the cases"),
        ("median_part_mm2", "mm2", "median area of the parts"),
        ("median_part_share", "share", "median share of the picture of the parts"),
        ("median_share", "share", "median share of foreground"),
        ("minimum", "", "smallest value"),
        ("overlap", "share", "of the lesion that is marked, or of the false part on the reference"),
        ("p_adjusted", "", "p value after the correction"),
        ("p_interaction", "", "of the test whether the strata differ"),
        ("p_value", "", "of the test"),
        (
            "pointing_hit",
            "",
            "1 if the most relevant pixel lies on or just beside the object",
        ),
        ("power", "share", "the chance to show it, at two-sided 5 %"),
        ("randomised", "", "rank correlation with the map of shuffled weights"),
        ("rank_accuracy", "share", "on the object, of as many most relevant pixels as it has"),
        ("rank_correlation", "", "of the twins' maps"),
        (
            "rarity",
            "",
            "rank of the distance to cases of other groups; 1 is rarest",
        ),
        ("red_inside", "a*", "green to red of the target, CIELAB"),
        ("red_outside", "a*", "green to red of a ring around the target"),
        (
            "road",
            "",
            "ROAD: half of the gap between both orders, a fifth imputed",
        ),
        ("row_spacing_mm", "mm", "between rows; empty if nobody says"),
        ("share", "share", "of the whole spread"),
        ("share_of_gap", "share", "of the gap that the model closes"),
        ("second_dice", "Dice", "mean of the second twin, of the same cases"),
        ("smallest", "", "smallest value of the column in this half"),
        ("smallest_alpha", "share", "the lowest rate that so many groups can promise"),
        ("standard_deviation", "", "over the cases, with divisor n - 1"),
        ("standard_error", "logit", "of the estimate"),
        ("target_overlap", "", "IoU of the relevant tenths for target and non-target"),
        ("test_price", "share", "mean price on the test groups"),
        ("test_risk", "share", "mean controlled error on the test groups"),
        ("threshold", "", "probability above which a pixel is marked"),
        ("top", "logit", "value that has the brightest colour: 99th percentile above 0"),
        ("top_agreement", "", "IoU of the most relevant tenths of the twins' maps"),
        ("top_iou", "", "IoU of as many most relevant pixels with the object"),
        ("uncertainty", "bit", "mean entropy of the mean probability where it is above 0.05"),
        ("unreachable", "share", "of the resampled laws that never reach the wished Dice"),
        ("validation_risk", "share", "mean controlled error on the validation groups"),
        ("value", "", "the number itself"),
        ("variance", "Dice2", "as estimated: chance can make one negative; empty if not known"),
        ("wished", "Dice", "best measured mean of all runs, and 0.01 more"),
        ("yellow_inside", "b*", "blue to yellow of the target, CIELAB"),
        ("yellow_outside", "b*", "blue to yellow of a ring around the target"),
    ),
    **{
        f"remaining_{sent}": Column(
            f"remaining_{sent}",
            ColumnKind.NUMBER,
            "",
            f"mean error of what remains when {float(sent):.0%} of the cases are sent away",
        )
        for sent in ("0", "0.05", "0.1", "0.2", "0.3", "0.5")
    },
}
