"""Outlines as GeoJSON: valid, around exactly the pixels that are marked, however they come in."""

import json
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Curve
from scipy.ndimage import gaussian_filter

from twinseg.core.errors import CannotWriteError, ConfigError, DataError
from twinseg.core.pixels import connected_parts
from twinseg.data.polygons import fill_outlines
from twinseg.data.slides.geojson import QUPATH, read_geojson
from twinseg.images.slides.simplify_rings import TOLERANCE_PX, crosses_nearby, simplified
from twinseg.images.slides.trace_parts import parts_of
from twinseg.images.slides.trace_rings import RingTracer
from twinseg.images.slides.write_geojson import Written, write_geojson

SMOOTH = {"rough": 0.0, "fine": 0.8, "coarse": 2.5}


def bands(mask: np.ndarray, step: int) -> Iterator[np.ndarray]:
    for first in range(0, len(mask), step):
        yield mask[first : first + step]


def written(mask: np.ndarray, step: int = 7, **options: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.geojson"
        facts = write_geojson(path, bands(mask, step), width_px=mask.shape[1], **options)
        assert [*Path(folder).iterdir()] == [path]
        content = json.loads(path.read_text("utf-8"))
    assert facts == Written(len(content["features"]), int(mask.sum()))
    return content


def rings(content: dict[str, Any]) -> list[np.ndarray]:
    return [
        np.array(ring)
        for feature in content["features"]
        for ring in feature["geometry"]["coordinates"]
    ]


def drawn(text: str) -> np.ndarray:
    return np.array([[sign == "#" for sign in line] for line in text.split()])


def random_mask(height: int, width: int, kind: str, share: float, seed: int) -> np.ndarray:
    values = gaussian_filter(np.random.default_rng(seed).random((height, width)), SMOOTH[kind])
    mask: np.ndarray = values > np.quantile(values, share)
    return mask


masks = st.builds(
    random_mask,
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(sorted(SMOOTH)),
    st.sampled_from([0.0, 0.2, 0.5, 0.8]),
    st.integers(0, 10_000),
)


def area(ring: np.ndarray) -> float:
    (x, y), (x2, y2) = ring[:-1].T, ring[1:].T
    return float((x * y2 - x2 * y).sum() / 2)


def meet(a: Any, b: Any, c: Any, d: Any) -> bool:
    """Whether two sides have a point in common; from the definition, with whole numbers."""

    def turn(p: Any, q: Any, r: Any) -> int:
        return int(np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])))

    def on(p: Any, q: Any, r: Any) -> bool:
        return turn(p, q, r) == 0 and all(
            min(p[k], q[k]) <= r[k] <= max(p[k], q[k]) for k in (0, 1)
        )

    if turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0:
        return True
    return on(a, b, c) or on(a, b, d) or on(c, d, a) or on(c, d, b)


def require_sound(content: dict[str, Any]) -> None:
    """As RFC 7946, 3.1.6, and the simple-features rules want polygons, ring by ring."""
    for feature in content["features"]:
        assert feature["type"] == "Feature"
        assert feature["geometry"]["type"] == "Polygon"
        polygon = feature["geometry"]["coordinates"]
        sides = []
        for number, ring in enumerate(polygon):
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert (area(np.array(ring)) > 0) == (number == 0)
            if number:
                assert Curve(polygon[0]).contains_point(ring[0])
            doubled = (2 * np.array(ring)).astype(int).tolist()
            for place, (start, end) in enumerate(pairwise(doubled)):
                sides.append((number, place, len(ring) - 1, start, end))
        for first, (number, place, _, a, b) in enumerate(sides):
            for other, place2, length, c, d in sides[first + 1 :]:
                if number != other or (place2 - place) % length not in (1, length - 1):
                    assert not meet(a, b, c, d), feature


def test_one_pixel_worked_out_on_paper() -> None:
    mask = np.zeros((4, 5), np.bool_)
    mask[2, 3] = True  # from (3, 2) to (4, 3)
    (feature,) = written(mask, scale=10.0, mpp=2.0, name="tumour")["features"]
    assert feature["geometry"]["coordinates"] == [
        [[35.0, 20.0], [40.0, 25.0], [35.0, 30.0], [30.0, 25.0], [35.0, 20.0]]
    ]
    assert feature["properties"] == {
        "objectType": "annotation",
        "classification": {"name": "tumour", "color": [200, 0, 0]},
        "isLocked": False,
        "measurements": {"Area µm^2": 4.0, "Perimeter µm": 5.657},  # 4 * sqrt(1/2) * 2
    }


def test_a_part_with_a_hole_worked_out_on_paper() -> None:
    mask = drawn("....... .#####. .#####. .##.##. .#####. .#####. .......")
    (feature,) = written(mask, corner_px=(1.0, 0.0))["features"]
    outline, hole = (np.array(ring) for ring in feature["geometry"]["coordinates"])
    assert hole.tolist() == [[2.5, 3], [2, 3.5], [2.5, 4], [3, 3.5], [2.5, 3]]
    assert area(outline) == 24.5  # 25, less an eighth in each corner
    assert area(hole) == -0.5
    sides = 4 * 4 + 4 * 0.5**0.5  # of the outline
    assert feature["properties"]["measurements"] == {
        "Area px^2": 24.0,
        "Perimeter px": round(sides + 4 * 0.5**0.5, 3),
    }


@pytest.mark.parametrize(
    ("text", "parts", "holes"),
    [
        (".", 0, 0),
        ("#", 1, 0),
        ("#. .#", 1, 0),  # they touch at a corner
        ("### #.# ###", 1, 1),
        ("#### #.## ##.# ####", 1, 2),  # holes do not join at a corner
        ("##### #...# #.#.# #...# #####", 2, 1),  # a part in the hole of another
        ("#.# #.# ###", 1, 0),  # two that become one further below
        ("#.#.# #.#.# #.### ###..", 1, 0),
        (".#. #.# .#.", 1, 1),
    ],
)
def test_parts_and_holes_worked_out_on_paper(text: str, parts: int, holes: int) -> None:
    for step in (1, 2, 10):
        content = written(drawn(text), step)
        assert len(content["features"]) == parts
        assert len(rings(content)) == parts + holes
        require_sound(content)


@settings(deadline=None, max_examples=30)
@given(masks)
def test_polygons_are_valid(mask: np.ndarray) -> None:
    require_sound(written(mask))


@settings(deadline=None, max_examples=30)
@given(masks, st.integers(1, 45))
@example(random_mask(12, 19, "rough", 0.5, 0), 1)  # holes came in another order
def test_filled_polygons_are_the_mask_pixel_by_pixel(mask: np.ndarray, step: int) -> None:
    content = written(mask, step)
    found = rings(content)
    np.testing.assert_array_equal(fill_outlines([r - 0.5 for r in found], mask.shape), mask)
    middles = np.indices(mask.shape)[::-1].reshape(2, -1).T + 0.5
    inside = np.zeros(mask.size, int)
    for ring in found:  # another program's rule
        inside += Curve(ring).contains_points(middles)
    np.testing.assert_array_equal(inside.reshape(mask.shape) % 2 == 1, mask)
    assert len(content["features"]) == connected_parts(mask).count
    assert content == written(mask, len(mask))  # however it is cut into bands


@settings(deadline=None, max_examples=40)
@given(masks)
def test_corners_that_are_left_out_lie_near(mask: np.ndarray) -> None:
    tracer = RingTracer(mask.shape[1])
    exact = tracer.add(mask) + tracer.add(np.zeros((1, mask.shape[1]), np.bool_))
    fewer = simplified(exact)
    for ring, simple in zip(exact, fewer, strict=True):
        closed = np.concatenate([simple, simple[:1]])
        start, along = closed[:-1].astype(float), np.diff(closed, axis=0)
        offset = ring[:, None] - start[None]
        share = ((offset * along).sum(axis=2) / (along**2).sum(axis=1)).clip(0, 1)
        apart = np.hypot(*(offset - share[..., None] * along).transpose(2, 0, 1)).min(axis=1)
        assert apart.max() / 2 <= TOLERANCE_PX + 1e-9
    assert not exact or not crosses_nearby(fewer).any()


def test_outlines_have_few_corners() -> None:
    rows, columns = np.indices((300, 300))
    disc = np.hypot(rows - 150, columns - 150) < 100
    (ring,) = rings(written(disc))
    assert len(ring) < 250  # of about 470 on the outline of the pixels
    assert abs(area(ring) / disc.sum() - 1) < 0.002
    assert np.abs(np.hypot(*(ring - 150.5).T) - 100).max() < 0.75


def test_sides_that_cross_are_told() -> None:
    bow = np.array([[0, 0], [4, 4], [4, 0], [0, 4]])
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]])
    touching = np.array([[0, 0], [8, 0], [8, 4], [4, 0], [0, 4]])
    assert crosses_nearby([bow, square, touching]).tolist() == [True, False, True]


def test_our_own_reader_takes_it_for_qupath(tmp_path: Path) -> None:
    mask = drawn("##### #...# #.#.# #...# #####")
    write_geojson(tmp_path / "a.geojson", [mask], width_px=5, name="Gland", color=(1, 2, 3))
    annotation = read_geojson(tmp_path / "a.geojson")
    assert annotation.program == QUPATH
    assert [len(shape.rings) for shape in annotation.shapes] == [1, 2]
    assert annotation.shapes[0].names[0] == "Gland"


def test_an_empty_mask_is_an_empty_collection() -> None:
    for mask in (np.zeros((5, 3), np.bool_), np.zeros((0, 3), np.bool_)):
        assert written(mask) == {"type": "FeatureCollection", "features": []}


def test_outlines_that_go_on_are_all_that_is_held() -> None:
    """Ten thousand parts of 16 pixels: none waits longer than for the band after its own."""
    cell = np.zeros((6, 6), np.bool_)
    cell[:4, :4] = True
    rows = np.tile(cell, (1, 100))
    given_rows = 0

    def source() -> Iterator[np.ndarray]:
        nonlocal given_rows
        for _ in range(100):
            given_rows += 6
            yield rows

    for number, part in enumerate(parts_of(source(), 600)):
        assert part.pixels == 16
        assert given_rows <= 6 * (number // 100 + 2)
    assert number == 9_999


def test_what_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    mask = np.ones((3, 4), np.bool_)
    with pytest.raises(DataError, match=r"expected bool, \(rows, 5\)"):
        write_geojson(tmp_path / "a.geojson", [mask], width_px=5)
    with pytest.raises(DataError, match="a band of uint8"):
        write_geojson(tmp_path / "a.geojson", iter([mask.view(np.uint8)]), width_px=4)
    with pytest.raises(ConfigError, match=r"ends in one of \.geojson"):
        write_geojson(tmp_path / "a.txt", [mask], width_px=4)
    assert not [*tmp_path.iterdir()]
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="choose another folder"):
        write_geojson(tmp_path / "file" / "a.json", [mask], width_px=4)
