import math

import numpy as np
import pytest
from hypothesis import given

from tests.drawn_masks import mask, two_masks
from twinseg.core.errors import DataError
from twinseg.metrics import (
    METRICS,
    Counts,
    count,
    overlap,
    score_case,
    summarise,
)

OVERLAP = ["dice", "iou", "sensitivity", "specificity", "precision", "type1_rate", "type2_rate"]
COLUMNS = [
    "tp",
    "fp",
    "fn",
    "tn",
    "dice",
    "iou",
    "sensitivity",
    "specificity",
    "precision",
    "type1_rate",
    "type2_rate",
    "hausdorff95",
    "surface_dice",
    "distance_unit",
    "reference_pixels",
    "predicted_pixels",
]
NAN = math.nan


def all_overlap(counts: Counts) -> list[float]:
    return [getattr(overlap, name)(counts) for name in OVERLAP]


def test_counted_by_hand():
    predicted = mask("###.", "....")
    reference = mask(".##.", ".###")
    # both: columns 1, 2 of row 0; only predicted: column 0; only reference: three of row 1
    assert count(predicted, reference) == Counts(tp=2, fp=1, fn=3, tn=2)
    assert count(reference, predicted) == Counts(tp=2, fp=3, fn=1, tn=2)


def test_sums_of_counts():
    counts = Counts(tp=2, fp=1, fn=3, tn=2)
    sums = (counts.predicted_pixels, counts.reference_pixels, counts.background_pixels)
    assert sums == (3, 5, 3)


def test_overlap_worked_out_on_paper():
    # tp 2, fp 1, fn 3, tn 2: Dice 4/8, IoU 2/6, found 2/5, left unmarked 2/3, right 2/3,
    # marked by mistake 1/3, missed 3/5
    expected = [4 / 8, 2 / 6, 2 / 5, 2 / 3, 2 / 3, 1 / 3, 3 / 5]
    assert all_overlap(Counts(tp=2, fp=1, fn=3, tn=2)) == expected


@pytest.mark.parametrize(
    ("predicted", "reference", "expected"),
    [
        ("....", "....", [NAN, NAN, NAN, 1, NAN, 0, NAN]),  # both empty
        ("#...", "....", [0, 0, NAN, 3 / 4, 0, 1 / 4, NAN]),  # only the reference is empty
        ("....", "#...", [0, 0, 0, 1, NAN, 0, 1]),  # only the prediction is empty
        ("###.", "####", [6 / 7, 3 / 4, 3 / 4, NAN, 1, NAN, 1 / 4]),  # no background
        ("....", "####", [0, 0, 0, NAN, NAN, NAN, 1]),  # no background and nothing predicted
        ("####", "....", [0, 0, NAN, 0, 0, 1, NAN]),  # all marked, nothing there
    ],
)
def test_overlap_when_a_mask_is_empty(predicted, reference, expected):
    measured = all_overlap(count(mask(predicted), mask(reference)))
    np.testing.assert_array_equal(measured, expected)


FORMULAS = {  # part and whole, written a second time on purpose
    "dice": lambda c: (2 * c.tp, 2 * c.tp + c.fp + c.fn),
    "iou": lambda c: (c.tp, c.tp + c.fp + c.fn),
    "sensitivity": lambda c: (c.tp, c.tp + c.fn),
    "specificity": lambda c: (c.tn, c.tn + c.fp),
    "precision": lambda c: (c.tp, c.tp + c.fp),
    "type1_rate": lambda c: (c.fp, c.fp + c.tn),
    "type2_rate": lambda c: (c.fn, c.fn + c.tp),
}


@given(two_masks)
def test_the_table_departs_from_the_formula_only_where_it_divides_by_zero(pair):
    counts = count(*pair)
    for name, formula in FORMULAS.items():
        part, whole = formula(counts)
        expected = part / whole if whole else NAN
        np.testing.assert_equal(getattr(overlap, name)(counts), expected, err_msg=name)


@given(two_masks)
def test_laws_of_overlap(pair):
    counts = count(*pair)
    dice, iou, sensitivity, specificity, precision, type1_rate, type2_rate = all_overlap(counts)
    np.testing.assert_allclose(iou, dice / (2 - dice))
    np.testing.assert_allclose(type1_rate, 1 - specificity)
    np.testing.assert_allclose(type2_rate, 1 - sensitivity)
    if counts.tp:
        np.testing.assert_allclose(2 / dice, 1 / sensitivity + 1 / precision)  # harmonic mean


@given(two_masks)
def test_laws_of_counting(pair):
    predicted, reference = pair
    counts = count(predicted, reference)
    assert counts.tp + counts.fp + counts.fn + counts.tn == reference.size
    assert counts == count(predicted[::-1], reference[::-1]) == count(predicted.T, reference.T)
    inverted = count(~predicted, ~reference)
    swapped = Counts(tp=counts.tn, fp=counts.fn, fn=counts.fp, tn=counts.tp)
    assert inverted == swapped


@pytest.mark.usefixtures("as_users_run_it")
def test_masks_of_different_shapes_are_refused():
    with pytest.raises(DataError, match=r"prediction has shape \(1, 3\) .* reference \(1, 1\)"):
        count(mask("##."), mask("#"))


def test_metrics_stand_in_the_promised_order_and_know_which_way_is_better():
    assert list(METRICS)[: len(OVERLAP) + 2] == [*OVERLAP, "hausdorff95", "surface_dice"]
    lower_is_better = [name for name, metric in METRICS.items() if not metric.higher_is_better]
    distances = ["hausdorff95", "hausdorff", "mean_surface_distance"]
    assert lower_is_better == ["type1_rate", "type2_rate", *distances, "ece", "brier"]


def test_a_scored_case_has_the_promised_columns_in_order():
    scores = score_case(mask("##.", "..."), mask("#..", "#.."), spacing_mm=None)
    assert list(scores)[: len(COLUMNS)] == COLUMNS
    # one shared pixel, one on each side: tp 1, fp 1, fn 1, tn 3; all within 2 px of each other
    shares = [1 / 2, 1 / 3, 1 / 2, 3 / 4, 1 / 2, 1 / 4, 1 / 2]
    # distances 0 and 1 on both sides; 95th percentile between them, linear: 0.95
    promised = list(scores.values())[: len(COLUMNS)]
    assert promised == [1, 1, 1, 3, *shares, 0.95, 1.0, "px", 2, 2]


def test_spacing_and_tolerance_reach_the_distances():
    predicted, reference = mask("#....", "....."), mask("...#.", ".....")
    in_pixels = score_case(predicted, reference, spacing_mm=None)
    in_mm = score_case(predicted, reference, spacing_mm=(9.0, 0.5))
    strict = score_case(predicted, reference, spacing_mm=(9.0, 0.5), tolerance=1.4)
    chosen = ("hausdorff95", "surface_dice", "distance_unit")
    assert [in_pixels[name] for name in chosen] == [3.0, 0.0, "px"]  # 3 columns apart
    assert [in_mm[name] for name in chosen] == [1.5, 1.0, "mm"]  # 3 columns of 0.5 mm
    assert [strict[name] for name in chosen] == [1.5, 0.0, "mm"]


def test_a_summary_worked_out_on_paper():
    # 1, 2, 6: mean 3, median 2, squared deviations 4 + 1 + 9 = 14, 14 / (3 - 1) = 7
    summary = summarise(np.array([6.0, NAN, 1.0, 2.0]))
    assert (summary.cases, summary.undefined) == (3, 1)
    assert (summary.mean, summary.median, summary.minimum, summary.maximum) == (3, 2, 1, 6)
    assert summary.standard_deviation == pytest.approx(math.sqrt(7))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], [0, 0, NAN, NAN, NAN, NAN, NAN]),
        ([NAN, math.inf], [0, 2, NAN, NAN, NAN, NAN, NAN]),
        ([0.5, NAN], [1, 1, 0.5, 0.5, NAN, 0.5, 0.5]),
    ],
)
def test_a_summary_of_few_values(values, expected):
    summary = summarise(np.array(values, dtype=float))
    np.testing.assert_array_equal(list(vars(summary).values()), expected)
