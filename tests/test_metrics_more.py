"""Outlines and probabilities, worked out on paper; laws; independent oracles."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import SimpleITK
import surface_distance
import torch
from hypothesis import given
from hypothesis import strategies as st
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance
from monai.metrics.utils import get_mask_edges, get_surface_distance
from PIL import Image
from scipy import ndimage
from skimage import metrics as skimage_metrics
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from tests.drawn_masks import mask, two_masks
from twinseg.core.errors import DataError
from twinseg.core.pixels import boundary, cropped, eroded, nearest_px
from twinseg.metrics import (
    BoundaryDistances,
    boundary_distances,
    boundary_iou,
    count,
    dice,
    hausdorff,
    hausdorff95,
    iou,
    lesion_dice,
    match_lesions,
    mean_surface_distance,
    surface_dice,
    volume_similarity,
)
from twinseg.metrics.calibration import (
    THRESHOLDS,
    brier,
    dice_by_threshold,
    dice_over_thresholds,
    expected_calibration_error,
    histogram,
)
from twinseg.metrics.detail_tables import group_table

NAN = float("nan")
EMPTY = mask("....", "....")
SOME = mask("#...", "....")


def test_volume_similarity_on_paper() -> None:
    # tp 1, fp 3, fn 1: 1 - |1 - 3| / (2 + 3 + 1)
    assert volume_similarity(count(mask("####.", "....."), mask("#...#", "....."))) == 2 / 3
    assert math.isnan(volume_similarity(count(EMPTY, EMPTY)))
    assert volume_similarity(count(SOME, EMPTY)) == volume_similarity(count(EMPTY, SOME)) == 0


def test_outlines_on_paper() -> None:
    # Predicted pixel to both reference pixels: 0 and 4 columns of half a unit; back 0.
    distances = boundary_distances(mask("#...."), mask("#...#"), spacing=(1.0, 0.5))
    assert hausdorff(distances) == 2.0
    assert mean_surface_distance(distances) == (0 + 0 + 2) / 3
    for metric in (hausdorff, mean_surface_distance):
        assert math.isnan(metric(boundary_distances(EMPTY, EMPTY, spacing=(3.0, 2.0))))
        assert metric(boundary_distances(SOME, EMPTY, spacing=(3.0, 2.0))) == 10.0
        assert metric(boundary_distances(EMPTY, SOME, spacing=(3.0, 2.0))) == 10.0


def test_bands_of_boundary_iou_on_paper() -> None:
    # A 5 x 5 square loses its outer ring of 16 by one step; shifted by a column, the rings share
    # 2 rows of 4 pixels and the columns where both have one: none.
    square = np.zeros((9, 9), bool)
    square[2:7, 1:6] = True
    moved = np.roll(square, 1, axis=1)
    ring, other = square & ~eroded(square, 1), moved & ~eroded(moved, 1)
    assert ring.sum() == 16
    shared = (ring & other).sum()
    assert shared == 8
    assert boundary_iou(square, moved) == 8 / (16 + 16 - 8)
    assert boundary_iou(square, square) == 1.0
    assert math.isnan(boundary_iou(EMPTY, EMPTY))
    assert boundary_iou(SOME, EMPTY) == boundary_iou(EMPTY, SOME) == 0.0


def test_the_border_is_outside_for_all_of_pixels() -> None:
    full = np.ones((5, 6), bool)
    assert boundary(full).sum() == 18
    assert eroded(full, 1).sum() == 12
    assert eroded(full, 3).sum() == 0


@given(two_masks, st.integers(0, 3))
def test_crops_and_flips_change_nothing(pair: tuple[np.ndarray, np.ndarray], margin: int) -> None:
    predicted, reference = pair

    def of(first: np.ndarray, second: np.ndarray) -> list[float]:
        distances = boundary_distances(first, second, spacing=(1.0, 2.0))
        found = match_lesions(first, second)
        both_there = first.any() and second.any()  # else the diagonal of the image counts
        return [
            hausdorff(distances) if both_there else NAN,
            mean_surface_distance(distances) if both_there else NAN,
            lesion_dice(found),
            volume_similarity(count(first, second)),
        ]

    wider = [np.pad(one, margin) for one in pair]
    flipped = [one[::-1] for one in pair]
    before = of(predicted, reference)
    np.testing.assert_allclose(of(*wider), before)
    np.testing.assert_allclose(of(*flipped), before)
    np.testing.assert_allclose(of(reference, predicted)[:2], before[:2])  # symmetric
    assert all(part.sum() == one.sum() for part, one in zip(cropped(*pair), pair, strict=True))


def test_probabilities_on_paper() -> None:
    probability = np.array([[0.9, 0.9, 0.1, 0.1]])
    reference = mask("#.#.")
    counted = histogram(probability, reference)
    # Both bins say 0.9 or 0.1 and see one half: apart by 0.4 in each.
    assert expected_calibration_error(counted) == pytest.approx(0.4)
    assert brier(counted) == pytest.approx((0.01 + 0.81 + 0.81 + 0.01) / 4)
    # Up to 0.1 all are marked: 2 * 2 / (4 + 2); up to 0.9 the first two: 2 * 1 / (2 + 2).
    by_threshold = dice_by_threshold(counted)
    assert by_threshold[THRESHOLDS <= 0.1] == pytest.approx(2 / 3)
    assert by_threshold[(THRESHOLDS > 0.1) & (THRESHOLDS <= 0.9)] == pytest.approx(0.5)
    assert by_threshold[THRESHOLDS > 0.9] == pytest.approx(0.0)
    assert dice_over_thresholds(counted) == pytest.approx((10 * 2 / 3 + 80 * 0.5) / 99)
    assert math.isnan(dice_over_thresholds(histogram(probability, reference & False)))
    perfect = histogram(reference.astype(np.float32), reference)
    assert (expected_calibration_error(perfect), brier(perfect)) == (0, 0)
    assert dice_over_thresholds(perfect) == 1


def test_histograms_add_up_and_refuse_what_is_no_probability() -> None:
    rng = np.random.default_rng(0)
    planes, references = rng.random((2, 6, 8)), rng.random((2, 6, 8)) < 0.4
    both = histogram(planes[0], references[0]) + histogram(planes[1], references[1])
    joined = histogram(planes.reshape(12, 8), references.reshape(12, 8))
    np.testing.assert_allclose(both.foreground, joined.foreground)
    assert brier(both) == pytest.approx(brier(joined))
    with pytest.raises(DataError, match="take the sigmoid of logits first"):
        histogram(planes[0] * 9, references[0])


def test_calibration_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    probability = rng.random((50, 60))
    reference = rng.random((50, 60)) < probability**2
    counted = histogram(probability, reference)
    truth, values = reference.ravel(), probability.ravel()
    assert brier(counted) == pytest.approx(brier_score_loss(truth, values), abs=1e-12)
    seen, said = calibration_curve(truth, values, n_bins=20)
    _, ours_said, ours_seen = counted.coarse()
    np.testing.assert_allclose(ours_said, said)
    np.testing.assert_allclose(ours_seen, seen)
    for threshold in (0.25, 0.5, 0.83):
        place = int(np.argmin(np.abs(THRESHOLDS - threshold)))
        marked = probability >= THRESHOLDS[place]
        assert dice_by_threshold(counted)[place] == pytest.approx(dice(count(marked, reference)))


def test_groups_are_scored_as_one_picture() -> None:
    rows = [
        {"tp": 1, "fp": 1, "fn": 0, "tn": 8, "group": "a"},
        {"tp": 5, "fp": 0, "fn": 3, "tn": 2, "group": "a"},
        {"tp": 0, "fp": 0, "fn": 0, "tn": 9, "group": "b"},
    ]
    about = {"dataset": "d", "model": "m", "kind": "run"}
    found = group_table(pd.DataFrame([about | row for row in rows]))
    assert found["cases"].tolist() == [2, 1]
    assert found["dice"].iloc[0] == 2 * 6 / (2 * 6 + 1 + 3)
    assert math.isnan(found["dice"].iloc[1])
    assert found["tn"].tolist() == [10, 9]


def drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two masks of blobs that mostly lie on each other."""
    shape = tuple(rng.integers(20, 60, 2))
    field = ndimage.gaussian_filter(rng.normal(size=shape), 3)
    other = field + 0.3 * ndimage.gaussian_filter(rng.normal(size=shape), 3)
    level = np.quantile(field, rng.uniform(0.5, 0.95))
    return field > level, other > level


def agrees(predicted: np.ndarray, reference: np.ndarray, spacing: tuple[float, float]) -> None:
    """Compare with four libraries what each defines alike."""
    counts = count(predicted, reference)
    distances = boundary_distances(predicted, reference, spacing=spacing)
    overlap = SimpleITK.LabelOverlapMeasuresImageFilter()
    overlap.Execute(
        *(SimpleITK.GetImageFromArray(m.astype(np.uint8)) for m in (reference, predicted))
    )
    assert dice(counts) == pytest.approx(overlap.GetDiceCoefficient(), abs=1e-9)
    assert iou(counts) == pytest.approx(overlap.GetJaccardCoefficient(), abs=1e-9)
    if spacing == (1.0, 1.0):
        theirs = skimage_metrics.hausdorff_distance(*map(boundary, (predicted, reference)))
        assert hausdorff(distances) == pytest.approx(theirs, abs=1e-9)
    agrees_with_monai(distances, predicted, reference, spacing)
    assert dice(counts) == pytest.approx(
        surface_distance.compute_dice_coefficient(reference, predicted), abs=1e-9
    )
    agrees_with_surface_distance(distances, predicted, reference, spacing)


def agrees_with_monai(
    distances: BoundaryDistances,
    predicted: np.ndarray,
    reference: np.ndarray,
    spacing: tuple[float, float],
) -> None:
    """Its float32 as it is, and to 1e-9 what it rounded off."""
    masks = [torch.from_numpy(m)[None, None] for m in (predicted, reference)]
    options = {"include_background": True, "spacing": list(spacing)}
    theirs = compute_hausdorff_distance(*masks, percentile=95, **options)
    assert hausdorff95(distances) == pytest.approx(float(theirs), rel=1e-4)
    theirs = compute_hausdorff_distance(*masks, **options)
    assert hausdorff(distances) == pytest.approx(unrounded(float(theirs)), abs=1e-9)
    theirs = compute_average_surface_distance(*masks, symmetric=True, **options)
    assert mean_surface_distance(distances) == pytest.approx(float(theirs), rel=2e-6)
    edges = get_mask_edges(predicted, reference, crop=False)
    there, back = (
        unrounded(get_surface_distance(*pair, spacing=spacing)) for pair in (edges, edges[::-1])
    )
    percentiles = [np.percentile(side, 95) for side in (there, back)]
    assert hausdorff95(distances) == pytest.approx(max(percentiles), abs=1e-9)
    both = np.concatenate([there, back])
    assert mean_surface_distance(distances) == pytest.approx(both.mean(), abs=1e-9)


def unrounded(distance: Any) -> Any:
    """What a distance was before float32; with these spacings four times its square is whole."""
    return np.sqrt(np.rint(4 * np.square(distance, dtype=np.float64)) / 4)


def agrees_with_surface_distance(
    distances: BoundaryDistances,
    predicted: np.ndarray,
    reference: np.ndarray,
    spacing: tuple[float, float],
) -> None:
    """It measures between corners of pixels: the same from ours; shares are only close."""
    measured = surface_distance.compute_surface_distances(reference, predicted, spacing)
    if spacing == (1.0, 1.0):
        there, back = (np.argwhere(corners(m)) for m in (predicted, reference))
        for start, goal, name in ((there, back, "pred_to_gt"), (back, there, "gt_to_pred")):
            theirs = measured[f"distances_{name}"]
            np.testing.assert_allclose(np.sort(nearest_px(start, goal)), theirs, atol=1e-9)
    theirs = surface_distance.compute_surface_dice_at_tolerance(measured, 3.0)
    assert surface_dice(distances, tolerance=3.0) == pytest.approx(theirs, abs=0.25)


def corners(of: np.ndarray) -> np.ndarray:
    """Corners of pixels that touch both marked and unmarked ones."""
    wide = np.pad(of, 1)
    around = np.stack([wide[:-1, :-1], wide[:-1, 1:], wide[1:, :-1], wide[1:, 1:]])
    return around.any(axis=0) & ~around.all(axis=0)


@pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("count_", [60, pytest.param(1700, marks=pytest.mark.slow)])
def test_oracles_agree_on_random_masks(count_: int) -> None:
    rng = np.random.default_rng(count_)
    for number in range(count_):
        predicted, reference = drawn(rng)
        if predicted.any() and reference.any():
            agrees(predicted, reference, (1.0, 1.0) if number % 2 else (0.5, 1.5))


@pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("count_", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_oracles_agree_on_real_masks(count_: int, shared: Path) -> None:
    rng = np.random.default_rng(0)
    for path in sorted((shared / "data" / "skin" / "masks").iterdir())[:count_]:
        with Image.open(path) as image:
            reference = np.asarray(image) > 0
        moved = np.roll(reference, rng.integers(-9, 9, 2), axis=(0, 1))
        predicted = ndimage.binary_opening(moved, iterations=3)
        if predicted.any():
            agrees(predicted, reference, (1.0, 1.0))
