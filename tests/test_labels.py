"""Facts of single labels: counted on paper, by laws, and against scikit-image."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinseg.core.arrays import Mask, MaskStack, Pictures
from twinseg.data.case import Case, Dataset
from twinseg.data.labels import label_table
from twinseg.data.labels.colour import colours_of, to_lab
from twinseg.data.labels.shape import compactness, perimeter, shape_of


def mask(*rows: str) -> Mask:
    return np.array([[letter == "#" for letter in row] for row in rows])


def disc(radius: float, spacing: tuple[float, float] = (1.0, 1.0)) -> Mask:
    rows, columns = np.indices((401, 401)) - 200
    return (rows * spacing[0]) ** 2 + (columns * spacing[1]) ** 2 <= radius**2


def test_parts_touch_by_corners_and_are_sized_by_count() -> None:
    found = shape_of(mask("##....", "..#...", ".....#", "....##"), None)
    assert found.parts == 2  # 3 pixels joined at a corner, and 3 more
    found = shape_of(mask("#.....", "...##.", "...##.", "......"), None)
    assert (found.parts, found.largest_part_px, found.median_part_px) == (2, 4, 2.5)
    assert found.touches_border
    assert found.border_share == 1 / 16  # 2 * 6 + 2 * 2 pixels around


def test_an_empty_and_a_full_mask() -> None:
    empty = shape_of(np.zeros((4, 5), dtype=bool), None)
    assert (empty.parts, empty.touches_border, empty.border_share) == (0, False, 0)
    assert all(map(isnan, (empty.largest_part_px, empty.median_part_px, empty.compactness)))
    full = shape_of(np.ones((4, 5), dtype=bool), None)
    assert (full.parts, full.largest_part_px, full.border_share) == (1, 20, 1)


def test_perimeter_of_one_pixel_on_paper() -> None:
    # Along rows 2 crossings, along columns 2, along both diagonals 2 each on lines 1/sqrt(2)
    # apart; each direction stands for a quarter of pi: pi/8 * (2 + 2 + 4/sqrt(2)).
    assert perimeter(mask("#")) == pytest.approx(pi / 8 * (4 + 4 / sqrt(2)))


@pytest.mark.parametrize("radius", [20, 40, 80])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 1.0), (1.0, 0.8)])
def test_discs_are_right_within_two_percent(radius: float, spacing: tuple[float, float]) -> None:
    drawn = disc(radius, spacing)
    assert perimeter(drawn, spacing) == pytest.approx(2 * pi * radius, rel=0.02)
    assert compactness(drawn, spacing) == pytest.approx(1, abs=0.05)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(0, 99))
def test_perimeter_agrees_with_scikit_image(density: int, seed: int) -> None:
    measure = pytest.importorskip("skimage.measure")
    drawn = np.random.default_rng(seed).random((9, 12)) < density / 10
    expected = measure.perimeter_crofton(np.pad(drawn, 2), directions=4)
    assert perimeter(drawn) == pytest.approx(expected)


def test_compactness_is_that_of_the_largest_part() -> None:
    drawn = disc(30)
    alone = shape_of(drawn, None).compactness
    drawn[0, 0] = drawn[400, 3:40] = True
    assert shape_of(drawn, None).compactness == alone
    inside = disc(60) & ~disc(50)
    ring = shape_of(inside, None).compactness
    assert shape_of(inside | disc(5), None).compactness == ring
    bar = np.zeros((401, 401), dtype=bool)
    bar[100:104, 10:190] = True
    assert shape_of(bar, None).compactness < 0.15


def test_colours_agree_with_scikit_image() -> None:
    colour = pytest.importorskip("skimage.color")
    picture = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    assert np.abs(to_lab(picture) - colour.rgb2lab(picture)).max() < 0.05


def test_greys_have_no_colour() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    lab = to_lab(greys)
    assert lab[0, 0, 0] == pytest.approx(0, abs=1e-3)
    assert lab[15, 15, 0] == pytest.approx(100, abs=1e-3)
    assert np.abs(lab[..., 1:]).max() < 1e-3


def test_contrast_on_paper() -> None:
    drawn = np.zeros((40, 40), dtype=bool)
    drawn[16:24, 16:24] = True
    picture = np.full((40, 40, 3), 255, dtype=np.uint8)  # lightness 100
    picture[12:28, 12:28] = 119  # lightness 50.03; the ring is 2 pixels wide: 5 % of 40
    picture[drawn] = 0
    found = colours_of(picture, drawn)
    assert found.lightness_inside == pytest.approx(0, abs=1e-3)
    assert isnan(found.contrast)  # both even: no spread to measure by
    picture[16:24, 16:20] = 119  # half of the target as bright as the ring
    lightness = float(to_lab(picture)[14, 14, 0])
    # Inside mean l/2 with squares 64 (l/2)^2; the ring of 144 - 64 = 80 pixels has none.
    spread = sqrt(64 * (lightness / 2) ** 2 / (64 + 80 - 2))
    found = colours_of(picture, drawn)
    assert found.contrast == pytest.approx(-(lightness / 2) / spread, rel=1e-4)
    assert found.lightness_outside > lightness


@dataclass(frozen=True)
class Made:
    """What a prepared dataset offers."""

    dataset: Dataset
    pictures: Pictures
    masks: MaskStack

    def reference(self, position: int) -> Mask:
        return self.masks[position]


MakeData = Callable[..., Made]


@pytest.fixture
def make_data() -> MakeData:
    def make(
        masks: MaskStack,
        pictures: Pictures | None = None,
        groups: list[str] | None = None,
        spacing_mm: tuple[float, float] | None = None,
    ) -> Made:
        rng = np.random.default_rng(0)
        if pictures is None:
            pictures = rng.integers(0, 256, (*masks.shape, 3), dtype=np.uint8)
        groups = groups or [f"g{number}" for number in range(len(masks))]
        cases = tuple(
            Case(
                id=f"c{number}",
                group=group,
                origin=None,
                height_px=drawn.shape[0],
                width_px=drawn.shape[1],
                foreground_px=int(drawn.sum()),
                spacing_mm=spacing_mm,
                digest=f"{picture.tobytes().hex()}{drawn.tobytes().hex()}",
            )
            for number, (group, drawn, picture) in enumerate(
                zip(groups, masks, pictures, strict=True)
            )
        )
        return Made(Dataset(name="made", cases=cases, left_out=(), notes=()), pictures, masks)

    return make


def test_the_table_has_a_row_per_case_and_sizes_in_mm(make_data: MakeData) -> None:
    masks = np.zeros((3, 20, 20), dtype=bool)
    masks[0, 5:10, 5:10] = True
    masks[0, 15, 15] = True
    masks[2] = True
    table = label_table(make_data(masks, spacing_mm=(0.5, 2.0)))
    assert table["case"].tolist() == ["c0", "c1", "c2"]
    first, empty, full = (table.iloc[row] for row in range(3))
    assert (first["foreground_share"], first["foreground_mm2"]) == (26 / 400, 26.0)
    assert (first["largest_part_share"], first["largest_part_mm2"]) == (25 / 400, 25.0)
    assert (first["median_part_share"], first["median_part_mm2"]) == (13 / 400, 13.0)
    assert (empty["parts"], empty["foreground_mm2"]) == (0, 0)
    unknown = ["largest_part_share", "compactness", "contrast", "lightness_inside"]
    assert empty[unknown].isna().all()
    assert empty["lightness_outside"] == pytest.approx(empty["lightness"])
    assert full[["contrast", "lightness_outside"]].isna().all()
    assert full["lightness_inside"] == pytest.approx(full["lightness"])
    without = label_table(make_data(masks))
    assert without[["foreground_mm2", "largest_part_mm2"]].isna().all(axis=None)
