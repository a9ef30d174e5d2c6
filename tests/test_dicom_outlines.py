"""Outlines of an RTSTRUCT: which slice each lies on, how several make one mask, damaged ones."""

import numpy as np
import pytest

from tests.dicom_files import (
    SHAPE,
    change_outline,
    ct_slice,
    save,
    square,
    write_series,
    write_structures,
)
from twinseg.core.errors import DataError
from twinseg.data.sources.dicom import DICOM
from twinseg.records.source_settings import SourceSettings

PLAIN = SourceSettings()
A = SourceSettings(roi=("a",))


@pytest.fixture
def slices(tmp_path):
    write_series(tmp_path / "slices", [0, 2, 4, 6, 8])
    return tmp_path


def masks_of(source, settings=PLAIN):
    (unit,) = DICOM.find(source, settings).units
    return np.stack([case.mask for case in unit.read()])


def areas(source, settings=PLAIN):
    return masks_of(source, settings).sum(axis=(1, 2)).tolist()


def notes_of(source, settings=PLAIN):
    return "\n".join(DICOM.find(source, settings).notes)


def shifted(outline, x, y=0.0):
    return np.add(outline, (x, y, 0))


def test_all_outlines_of_a_slice_count_though_their_heights_are_rounded_differently(slices):
    # two parts at 3.866 and 3.9, a ring at 5.866 and 5.9; slices at 4 and 6
    parts = [square(1.5, 5.5, 3.866), shifted(square(1.5, 4.5, 3.9), 8)]
    ring = [square(1.5, 11.5, 5.866), square(4.5, 8.5, 5.9)]
    write_structures(slices / "rt.dcm", {"a": [*parts, *ring]})
    assert areas(slices) == [0, 0, 16 + 9, 100 - 16, 0]
    assert "outlines" not in notes_of(slices)


def test_oblique_outlines_with_coordinates_of_one_decimal(tmp_path):
    """Slices of 1 mm, turned by 33 degrees: rounding moves heights by up to 0.07 mm."""
    turn = np.deg2rad(33)
    across, down = np.array([1.0, 0, 0]), np.array([0, np.cos(turn), np.sin(turn)])
    normal, start = np.cross(across, down), np.array([-50.03, 20.21, 7.17])
    for number in range(3):
        at = start + number * normal
        dataset = ct_slice(
            np.zeros(SHAPE), number=number, position_mm=at, orientation=[*across, *down]
        )
        save(dataset, tmp_path / f"{number}.dcm")
    outlines = [
        np.round([start + normal + x * across + y * down for x, y, _ in square(low, low + 2, 0)], 1)
        for low in (0.5, 3.5, 6.5, 9.5, 12.5, 15.5)
    ]
    assert np.ptp([outline.mean(axis=0) @ normal for outline in outlines]) > 0.03
    write_structures(tmp_path / "rt.dcm", {"a": outlines})
    assert areas(tmp_path) == [0, 6 * 4, 0]


def test_outlines_beside_nearer_ones_are_counted_and_said(slices):
    outlines = [square(1.5, 5.5, 3.5), square(1.5, 6.5, 4.1), square(1.5, 7.5, 4.6)]
    write_structures(slices / "rt.dcm", {"a": outlines})
    assert areas(slices) == [0, 0, 25, 0, 0]
    assert "2 of 3 outlines not used: others lie nearer to their slices" in notes_of(slices)


def test_an_outline_goes_by_the_step_where_it_lies(tmp_path):
    # steps of 1 below and 4 above; a slice is missing between 10 and 18
    write_series(tmp_path / "slices", [0, 1, 2, 6, 10, 18, 22])
    heights = [1.4, 2.6, 4.4, 11.9, 14, 16.2]
    outlines = [square(1.5, 1.5 + side, at) for side, at in enumerate(heights, start=2)]
    write_structures(tmp_path / "rt.dcm", {"a": outlines})
    # 2.6 is beyond half a step of 1 and nearer to 2 than to 6; 14 lies where the slice is missing
    assert areas(tmp_path) == [0, 4, 0, 16, 25, 49, 0]
    assert "2 of 6 outlines lie on no slice" in notes_of(tmp_path)


RING = [square(1.5, 11.5, 4), square(4.5, 8.5, 4)]
CLOSER = np.vstack([RING[0], RING[0][:1]])  # the first corner once more at the end
_OUTER = [(6.5, 11.5), (1.5, 11.5), (1.5, 1.5), (11.5, 1.5), (11.5, 11.5), (6.5, 11.5)]
_INNER = [(6.5, 8.5), (8.5, 8.5), (8.5, 4.5), (4.5, 4.5), (4.5, 8.5), (6.5, 8.5)]
KEYHOLE = np.array([*_OUTER, *_INNER])
KEYHOLE = np.hstack([KEYHOLE, np.full((len(KEYHOLE), 1), 4.0)])
L_SHAPE = np.array([(1.5, 1.5), (11.5, 1.5), (11.5, 4.5), (4.5, 4.5), (4.5, 11.5), (1.5, 11.5)])
L_SHAPE = np.hstack([L_SHAPE, np.full((len(L_SHAPE), 1), 4.0)])


@pytest.mark.parametrize(
    ("outlines", "area"),
    [
        pytest.param([square(1.5, 9.5, 4), square(5.5, 13.5, 4)], 64 + 64 - 16, id="crossing"),
        pytest.param([RING[0]] * 2, 100, id="twice"),
        pytest.param([RING[0], RING[0][::-1], CLOSER], 100, id="twice turned and closed"),
        pytest.param([RING[0], np.roll(RING[0], 2, axis=0) + 0.01], 100, id="twice rounded"),
        pytest.param([square(2, 12, 4), square(2.01, 11.99, 4)], 100, id="twice on the middles"),
        pytest.param(RING[::-1], 84, id="hole first"),
        pytest.param(RING * 2, 84, id="ring twice"),
        pytest.param([RING[0], RING[1], RING[1] - [0, 0, 0.01]], 84, id="hole twice"),
        pytest.param([*RING, square(5.5, 7.5, 4)], 84 + 4, id="island in the hole"),
        pytest.param([KEYHOLE], 84, id="keyhole"),
        pytest.param([KEYHOLE, square(5.5, 7.5, 4)], 84 + 4, id="island in a keyhole"),
        pytest.param(
            [RING[0], shifted(square(1.5, 4.5, 4), 10)], 100 + 9, id="touching along an edge"
        ),
        pytest.param([L_SHAPE, square(4.5, 11.5, 4)], 100, id="in the corner of an L"),
        pytest.param(
            [square(1.5, 9.5, 4), square(3.5, 13.5, 4), square(4.5, 8.5, 4)],
            64 + 100 - 36 - 16,
            id="hole in the overlap",
        ),
        pytest.param(
            [RING[0], square(3.5, 6.5, 4), square(5.5, 9.5, 4)],
            100 - (9 + 16 - 1),
            id="holes that cross",
        ),
        pytest.param(
            [square(1.5, 8.5, 4), square(2.5, 5.5, 4), square(4.5, 12.5, 4)],
            49 - 9 + 64 - 16 + 1,
            id="hole partly under another outline",
        ),
    ],
)
def test_several_outlines_on_one_slice(slices, outlines, area):
    for order in (outlines, outlines[::-1]):
        write_structures(slices / "rt.dcm", {"a": order})
        assert areas(slices) == [0, 0, area, 0, 0]


def test_only_exclusive_outlines_leave_out_what_they_share(slices):
    outlines = [square(1.5, 9.5, 4), square(5.5, 13.5, 4)]
    path = write_structures(slices / "rt.dcm", {"a": outlines})
    for at in (0, 1):
        change_outline(path, 0, at, ContourGeometricType="CLOSEDPLANAR_XOR")
    assert areas(slices) == [0, 0, 64 + 64 - 2 * 16, 0, 0]


@pytest.mark.parametrize(
    "damage",
    [
        {"ContourData": [1.0, 2.0, 3.0, 4.0]},
        {"ContourData": [1e7, 2, 3] * 3},
        {"ContourGeometricType": "CLOSED"},
        {"ContourGeometricType": None},
    ],
)
def test_a_damaged_outline_costs_its_own_region_only(slices, damage):
    regions = {"a": [square(1.5, 5.5, 4)], "b": [square(1.5, 5.5, 4), square(1.5, 5.5, 6)]}
    path = write_structures(slices / "rt.dcm", regions)
    change_outline(path, 1, 1, **damage)
    assert areas(slices, A) == [0, 0, 16, 0, 0]
    with pytest.raises(
        DataError, match=r"rt\.dcm: outline 2 of the region .* export the region b again"
    ):
        DICOM.find(slices, SourceSettings(roi=("b",)))


@pytest.mark.parametrize("written", [b"here", b" nan", b"1\\ 2"])
def test_text_for_a_number_costs_its_own_region_only(slices, written):
    path = write_structures(
        slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)], "b": [square(7.25, 9.5, 4)]}
    )
    path.write_bytes(path.read_bytes().replace(b"7.25", written))
    assert areas(slices, A) == [0, 0, 16, 0, 0]
    with pytest.raises(DataError, match="outline 1 of the region (holds|lies)"):
        DICOM.find(slices, SourceSettings(roi=("b",)))


@pytest.mark.parametrize("empty", [{"ContourData": ""}, {"ContourData": None}])
def test_an_empty_outline_marks_nothing(slices, empty):
    path = write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4), square(1.5, 5.5, 6)]})
    change_outline(path, 0, 1, **empty)
    assert areas(slices) == [0, 0, 16, 0, 0]


def test_what_has_no_area_is_counted(slices):
    outlines = [square(1.5, 5.5, 4)] * 2 + [square(1.5, 9.5, 4)] * 2
    path = write_structures(slices / "rt.dcm", {"a": outlines})
    change_outline(path, 0, 1, ContourData=[1, 2, 4, 3, 2, 4])
    change_outline(path, 0, 2, ContourGeometricType="OPEN_PLANAR")
    change_outline(path, 0, 3, ContourGeometricType="POINT", ContourData=[1, 2, 4])
    assert areas(slices) == [0, 0, 16, 0, 0]
    assert "3 points, lines or outlines of two corners mark nothing" in notes_of(slices)
