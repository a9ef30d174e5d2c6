"""Every metric: what it is called, what it means, how it is computed. One row is all it takes."""

from twinseg.metrics import boundary, calibration, lesions, overlap, spellings
from twinseg.metrics.empty import ALWAYS_DEFINED, NO_DISTANCE, NO_OUTLINE, NO_OVERLAP
from twinseg.metrics.metric import DISTANCE, Metric

METRICS: dict[str, Metric] = {
    "dice": Metric(
        label="Dice",
        formula="Dice coefficient of the masks",
        meaning="How well the marked area and the reference area cover each other: 1 is the same "
        "area, 0 is no common pixel.",
        when_empty=NO_OVERLAP,
        of_masks=lambda masks: overlap.dice(masks.counts),
    ),
    "iou": Metric(
        label="IoU",
        formula="intersection over union of the masks",
        meaning="The area marked in both masks, divided by the area marked in at least one; "
        "orders two masks of one image as Dice does, but is lower.",
        when_empty=NO_OVERLAP,
        of_masks=lambda masks: overlap.iou(masks.counts),
    ),
    "sensitivity": Metric(
        label="sensitivity",
        formula="TP / (TP + FN)",
        meaning="The share of the diseased pixels that was found.",
        when_empty=overlap.SENSITIVITY_WHEN_EMPTY,
        of_masks=lambda masks: overlap.sensitivity(masks.counts),
    ),
    "specificity": Metric(
        label="specificity",
        formula="TN / (TN + FP)",
        meaning="The share of the healthy pixels that was left unmarked; close to 1 whenever the "
        "object is small in the image.",
        when_empty=overlap.SPECIFICITY_WHEN_EMPTY,
        of_masks=lambda masks: overlap.specificity(masks.counts),
    ),
    "precision": Metric(
        label="precision",
        formula="TP / (TP + FP)",
        meaning="The share of the marked pixels that is diseased.",
        when_empty=overlap.PRECISION_WHEN_EMPTY,
        of_masks=lambda masks: overlap.precision(masks.counts),
    ),
    "type1_rate": Metric(
        label="type I rate",
        formula="FP / (FP + TN)",
        meaning="The share of the healthy pixels that was marked by mistake.",
        when_empty=overlap.TYPE1_WHEN_EMPTY,
        of_masks=lambda masks: overlap.type1_rate(masks.counts),
    ),
    "type2_rate": Metric(
        label="type II rate",
        formula="FN / (FN + TP)",
        meaning="The share of the diseased pixels that was missed.",
        when_empty=overlap.TYPE2_WHEN_EMPTY,
        of_masks=lambda masks: overlap.type2_rate(masks.counts),
    ),
    "hausdorff95": Metric(
        label="95 % Hausdorff distance",
        unit=DISTANCE,
        formula="95th percentile of the distances of outlines",
        meaning="How far the two outlines lie apart at their worst places, the worst twentieth "
        "left out.",
        when_empty=NO_DISTANCE,
        of_masks=lambda masks: boundary.hausdorff95(masks.distances),
    ),
    "surface_dice": Metric(
        label="surface Dice",
        formula="share of both outlines within the tolerance",
        meaning="The share of the two outlines that lies within the tolerance of the other one.",
        when_empty=NO_OUTLINE,
        of_masks=lambda masks: boundary.surface_dice(masks.distances, tolerance=masks.tolerance),
    ),
    "volume_similarity": Metric(
        label="volume similarity",
        formula="1 - |FN - FP| / (2 TP + FP + FN)",
        meaning="How alike the marked area and the reference area are in size, wherever they lie.",
        when_empty=overlap.SIZE_WHEN_EMPTY,
        of_masks=lambda masks: overlap.volume_similarity(masks.counts),
    ),
    "hausdorff": Metric(
        label="Hausdorff distance",
        unit=DISTANCE,
        formula="largest distance between the outlines",
        meaning="How far the two outlines lie apart at their very worst place.",
        when_empty=NO_DISTANCE,
        of_masks=lambda masks: boundary.hausdorff(masks.distances),
    ),
    "mean_surface_distance": Metric(
        label="mean surface distance",
        unit=DISTANCE,
        formula="mean distance of the outlines",
        meaning="How far the two outlines lie apart on average.",
        when_empty=NO_DISTANCE,
        of_masks=lambda masks: boundary.mean_surface_distance(masks.distances),
    ),
    "boundary_iou": Metric(
        label="boundary IoU",
        formula="IoU of the bands along both outlines",
        meaning="How well the bands along the two outlines cover each other; strict also for "
        "large objects, whose inside is easy.",
        when_empty=NO_OUTLINE,
        of_masks=lambda masks: masks.boundary_iou,
    ),
    "ece": Metric(
        label="expected calibration error",
        formula="expected calibration error",
        meaning="How far the probabilities lie from the shares of diseased pixels they stand for, "
        "on average over pixels.",
        when_empty=ALWAYS_DEFINED,
        of_probabilities=calibration.expected_calibration_error,
    ),
    "brier": Metric(
        label="Brier score",
        formula="mean squared distance of the probabilities from the truth",
        meaning="The mean squared distance of the probabilities from the truth; rewards being "
        "right and being sure only where right.",
        when_empty=ALWAYS_DEFINED,
        of_probabilities=calibration.brier,
    ),
    "dice_over_thresholds": Metric(
        label="Dice over thresholds",
        formula="mean Dice over all thresholds",
        meaning="The mean Dice over all thresholds from 0.01 to 0.99: close to Dice if little "
        "hangs on the threshold.",
        when_empty=calibration.THRESHOLDS_WHEN_EMPTY,
        of_probabilities=calibration.dice_over_thresholds,
    ),
    "lesion_dice": Metric(
        label="lesion-wise Dice",
        formula="mean Dice over lesions; a missed and a false one count 0",
        meaning="The mean Dice over all lesions, small ones counting as much as large ones; "
        "a missed lesion and a false one count 0.",
        when_empty=lesions.LESIONS_WHEN_EMPTY,
        of_masks=lambda masks: lesions.lesion_dice(masks.lesions),
    ),
}

MAIN_METRICS = ("dice", "type1_rate", "type2_rate")  # in which twins are compared and drawn


def higher_is_better(metric: str) -> bool | None:
    """Tell whether more of it is better, whoever measured it; None where the name does not say."""
    known = METRICS.get(metric)
    return known.higher_is_better if known else spellings.higher_is_better(metric)
