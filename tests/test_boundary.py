import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from scipy.spatial.distance import cdist

from tests.drawn_masks import mask, two_masks
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.pixels import LARGEST_SIDE, nearest_px
from twinseg.metrics import boundary_distances, hausdorff95, surface_dice

PIXELS = (1.0, 1.0)
spacings = st.tuples(*[st.sampled_from([0.3, 0.7, 1.0, 2.5])] * 2)


def test_boundary_and_distances_worked_out_on_paper():
    # The 3 x 3 square loses its middle by erosion: 8 boundary pixels, each at a known distance
    # from the one pixel in the middle: 4 sides at 1, 4 corners at the root of 2.
    square = mask(".....", ".###.", ".###.", ".###.", ".....")
    middle = mask(".....", ".....", "..#..", ".....", ".....")
    distances = boundary_distances(square, middle, spacing=PIXELS)
    corner = math.sqrt(2)
    assert sorted(distances.from_prediction) == [1, 1, 1, 1, corner, corner, corner, corner]
    assert distances.from_reference.tolist() == [1]
    assert hausdorff95(distances) == corner
    assert surface_dice(distances, tolerance=1.0) == (4 + 1) / (8 + 1)


def test_the_border_of_the_image_counts_as_outside():
    full, corner = mask("###", "###", "###"), mask("#..", "...", "...")
    distances = boundary_distances(full, corner, spacing=PIXELS)
    # 8 pixels touch the border; from the corner: 0, 1, 2, 1, root 5, 2, root 5, root 8
    expected = [0, 1, 1, 2, 2, math.sqrt(5), math.sqrt(5), math.sqrt(8)]
    assert sorted(distances.from_prediction) == expected


def test_a_plus_keeps_its_arms_because_erosion_is_4_connected():
    # With 8 neighbours the middle of the plus would be boundary too.
    plus = mask(".#.", "###", ".#.")
    assert boundary_distances(plus, plus, spacing=PIXELS).from_prediction.size == 4


def test_the_percentile_is_linear_and_the_larger_side_counts():
    # From the reference's two pixels to the one predicted: 0 and 4; 95 % of the way is 3.8.
    distances = boundary_distances(mask("#...."), mask("#...#"), spacing=PIXELS)
    assert distances.from_prediction.tolist() == [0]
    assert hausdorff95(distances) == pytest.approx(3.8)


def test_spacing_is_row_then_column():
    down = boundary_distances(mask("#", "."), mask(".", "#"), spacing=(3.0, 5.0))
    across = boundary_distances(mask("#."), mask(".#"), spacing=(3.0, 5.0))
    assert (hausdorff95(down), hausdorff95(across)) == (3.0, 5.0)


@pytest.mark.parametrize(
    ("predicted", "reference", "distance", "share"),
    [
        (mask("....", "...."), mask("....", "...."), math.nan, math.nan),
        (mask("#...", "...."), mask("....", "...."), 10.0, 0.0),  # 2 rows of 3, 4 columns of 2:
        (mask("....", "...."), mask("#...", "...."), 10.0, 0.0),  # root of 6 * 6 + 8 * 8
    ],
)
def test_when_a_mask_is_empty(predicted, reference, distance, share):
    distances = boundary_distances(predicted, reference, spacing=(3.0, 2.0))
    one_sided = [*distances.from_prediction, *distances.from_reference]
    assert all(value == math.inf for value in one_sided)
    measured = [hausdorff95(distances), surface_dice(distances, tolerance=1e9)]
    np.testing.assert_array_equal(measured, [distance, share])


def test_a_missed_object_is_worse_than_any_found_one():
    corners = mask("#...", "....", "...."), mask("....", "....", "...#")
    farthest = hausdorff95(boundary_distances(*corners, spacing=PIXELS))
    missed = hausdorff95(boundary_distances(corners[0] & False, corners[1], spacing=PIXELS))
    assert (farthest, missed) == (math.sqrt(3**2 + 2**2), 5.0)


def test_a_distance_equal_to_the_tolerance_passes_in_spite_of_rounding():
    distances = boundary_distances(mask("#..."), mask("...#"), spacing=(0.1, 0.1))
    assert distances.from_prediction[0] > 0.3  # 3 * 0.1 in binary
    assert surface_dice(distances, tolerance=0.3) == 1.0


def brute_force_sides(predicted, reference, spacing):
    """Distances between boundary pixels found one by one: the oracle."""

    def boundary(drawn):
        rows, columns = drawn.shape
        return [
            (y * spacing[0], x * spacing[1])
            for y, x in product(range(rows), range(columns))
            if drawn[y, x]
            and not all(
                0 <= v < rows and 0 <= u < columns and drawn[v, u]
                for v, u in [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            )
        ]

    between = cdist(boundary(predicted), boundary(reference))
    return between.min(axis=1), between.min(axis=0)


@given(two_masks, spacings)
def test_equal_to_brute_force(pair, spacing):
    if not (pair[0].any() and pair[1].any()):
        return
    sides = brute_force_sides(*pair, spacing)
    distances = boundary_distances(*pair, spacing=spacing)
    np.testing.assert_allclose(sorted(distances.from_prediction), sorted(sides[0]))
    np.testing.assert_allclose(sorted(distances.from_reference), sorted(sides[1]))
    np.testing.assert_allclose(
        hausdorff95(distances), max(np.quantile(side, 0.95) for side in sides)
    )
    near = sum((side <= 1.0 + 1e-9).sum() for side in sides)
    assert surface_dice(distances, tolerance=1.0) == near / (len(sides[0]) + len(sides[1]))


def measured(predicted, reference, spacing):
    distances = boundary_distances(predicted, reference, spacing=spacing)
    return [hausdorff95(distances), surface_dice(distances, tolerance=1.0)]


@given(two_masks, spacings)
def test_symmetry_and_joint_moves_change_nothing(pair, spacing):
    a, b = pair
    expected = measured(a, b, spacing)
    around = [(1, 2), (3, 0)]
    np.testing.assert_allclose(measured(b, a, spacing), expected)
    np.testing.assert_allclose(measured(a[::-1], b[::-1], spacing), expected)
    np.testing.assert_allclose(measured(a[:, ::-1], b[:, ::-1], spacing), expected)
    np.testing.assert_allclose(measured(a.T, b.T, spacing[::-1]), expected)
    if a.any() and b.any():
        np.testing.assert_allclose(
            measured(np.pad(a, around), np.pad(b, around), spacing), expected
        )


@given(two_masks)
def test_a_mask_has_no_distance_from_itself(pair):
    if pair[0].any():
        distances = boundary_distances(pair[0], pair[0], spacing=PIXELS)
        assert hausdorff95(distances) == 0.0
        assert surface_dice(distances, tolerance=0.0) == 1.0


@given(two_masks, spacings)
def test_the_unit_scales_distances(pair, spacing):
    ten_times = (10 * spacing[0], 10 * spacing[1])
    np.testing.assert_allclose(
        measured(*pair, ten_times)[0], 10 * measured(*pair, spacing)[0], rtol=1e-6
    )


@pytest.mark.usefixtures("as_users_run_it")
@pytest.mark.parametrize("spacing", [(0.0, 1.0), (1.0, -1.0), (math.inf, 1.0), (1.0,), ()])
def test_bad_spacing_is_refused(spacing):
    with pytest.raises(DataError, match=r"two positive numbers \(row, column\), got \("):
        boundary_distances(mask("#"), mask("#"), spacing=spacing)


@pytest.mark.usefixtures("as_users_run_it")
def test_masks_of_different_shapes_are_refused():
    with pytest.raises(DataError, match=r"\(1, 2\) and the reference \(2, 1\)"):
        boundary_distances(mask("##"), mask("#", "#"), spacing=PIXELS)


@pytest.mark.parametrize("tolerance", [-1.0, math.nan])
def test_a_bad_tolerance_is_refused(tolerance):
    distances = boundary_distances(mask("#"), mask("#"), spacing=PIXELS)
    with pytest.raises(ConfigError, match="tolerance must be a distance of at least 0, got"):
        surface_dice(distances, tolerance=tolerance)


@given(
    arrays(np.int64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.integers(0, 2895)),
    arrays(np.int64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.integers(0, 2895)),
)
def test_nearest_places_are_exact_up_to_the_largest_side(
    start: np.ndarray, goal: np.ndarray
) -> None:
    assert 2 * (LARGEST_SIDE - 1) ** 2 < 2**24
    squared = ((start[:, None] - goal[None]) ** 2).sum(axis=2).min(axis=1)
    assert (nearest_px(start, goal) == np.sqrt(squared)).all()


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.37, 0.37)])
def test_both_ways_to_measure_agree(spacing: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    first, second = (ndimage.gaussian_filter(rng.normal(size=(90, 70)), 4) > 0 for _ in range(2))
    quick = boundary_distances(first, second, spacing=spacing)
    # The last bit of a spacing makes pixels that are not square.
    other = (spacing[0], float(np.nextafter(spacing[1], 1e9)))
    slow = boundary_distances(first, second, spacing=other)
    np.testing.assert_allclose(quick.from_prediction, slow.from_prediction, rtol=1e-12)
    np.testing.assert_allclose(quick.from_reference, slow.from_reference, rtol=1e-12)
