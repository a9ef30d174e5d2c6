"""Annotations: four programs' files, with areas worked out on paper."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.drawn_slides import aperio, box
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.slides.crossing import crosses_itself
from twinseg.data.slides.outlined_areas import Annotation, Area
from twinseg.data.slides.outlines import Outlines, check_classes, read_annotation
from twinseg.images.slides.slide import Tile
from twinseg.images.slides.tiles import Grid

WHOLE = Tile(1.0, 0, 0, 100, 100)
ASAP = """<?xml version="1.0"?><ASAP_Annotations><Annotations>
<Annotation Name="a" Type="Polygon" PartOfGroup="Met" Color="#F4FA58"><Coordinates>
<Coordinate Order="2" X="30" Y="20"/><Coordinate Order="0" X="10" Y="10"/>
<Coordinate Order="1" X="30" Y="10"/><Coordinate Order="3" X="10" Y="20"/>
</Coordinates></Annotation>
<Annotation Name="b" Type="Rectangle" PartOfGroup="_2" Color="#000000"><Coordinates>
<Coordinate Order="0" X="12" Y="12"/><Coordinate Order="1" X="16" Y="12"/>
<Coordinate Order="2" X="16" Y="16"/><Coordinate Order="3" X="12" Y="16"/>
</Coordinates></Annotation>
<Annotation Name="c" Type="Dot" PartOfGroup="None" Color="#F4FA58"><Coordinates>
<Coordinate Order="0" X="1" Y="1"/></Coordinates></Annotation></Annotations>
<AnnotationGroups><Group Name="Met" PartOfGroup="Tumour"/><Group Name="Tumour" PartOfGroup="None"/>
<Group Name="_2" PartOfGroup="None"/></AnnotationGroups></ASAP_Annotations>"""


def read(folder: Path, name: str, text: str) -> Annotation:
    (folder / name).write_text(text)
    return read_annotation(folder / name)


def area(annotation: Annotation, *foreground: str) -> int:
    return int(Outlines(annotation, foreground).mask(WHOLE).sum())


def feature(kind: str, coordinates: list, classification: object = None) -> dict:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"classification": classification} if classification else {},
    }


def ring(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    corners = [list(corner) for corner in box(left, top, right, bottom)]
    return [*corners, corners[0]]


def test_aperio_regions_add_up_and_negative_ones_are_cut_out(tmp_path: Path) -> None:
    text = aperio(
        (box(10, 10, 30, 20), False),
        (box(20, 10, 40, 20), False),  # overlaps: 300 together, no hole
        (box(15, 12, 25, 14), True),  # 20 less
        ([(1, 1), (2, 2)], False),
        mpp="0.25",
    )
    annotation = read(tmp_path, "a.xml", text)
    assert area(annotation) == 280
    assert annotation.classes() == {"#ff0000": 2}  # 255 is red: Windows writes blue first
    assert annotation.oddities == {"outlines of fewer than 3 corners skipped": 1}
    assert annotation.mpp == 0.25


def test_aperio_layers_are_called_by_name_attribute_or_colour(tmp_path: Path) -> None:
    text = aperio((box(0, 0, 2, 2), False))
    named = text.replace('Name=""', 'Name="Tumor"')
    said = text.replace(
        "<Regions>", '<Attributes><Attribute Name="Description" Value="CaP"/></Attributes><Regions>'
    )
    for number, (layer, name) in enumerate([(text, "#ff0000"), (named, "Tumor"), (said, "CaP")]):
        annotation = read(tmp_path, f"{number}.xml", layer)
        assert annotation.shapes[0].names[0] == name
        assert area(annotation, "#FF0000") == area(annotation, name.upper()) == 4


def test_asap_groups_order_of_corners_and_cutting_out(tmp_path: Path) -> None:
    annotation = read(tmp_path, "a.xml", ASAP)
    assert annotation.classes() == {"Met": 1, "_2": 1}
    assert area(annotation, "met") == area(annotation, "tumour") == 200
    assert area(annotation, "Met", "-_2") == 200 - 16
    assert annotation.oddities == {"points and lines skipped: they are no areas": 1}


def test_qupath_holes_parts_and_classes(tmp_path: Path) -> None:
    tumor = {"name": "Tumor", "colorRGB": -3670016}
    features = [
        feature("Polygon", [ring(0, 0, 10, 10), ring(2, 2, 6, 6)], tumor),  # 100 - 16
        feature(
            "MultiPolygon", [[ring(20, 0, 25, 5)], [ring(30, 0, 40, 4), ring(31, 1, 33, 3)]], tumor
        ),
        feature(
            "Polygon", [ring(50, 50, 60, 60)], {"names": ["Stroma", "CD3"], "color": [0, 255, 0]}
        ),
        feature("Point", [1, 1]),
    ]
    expected = {"Tumor": 84 + 25 + 36, "#C80000": 145, "stroma: cd3": 100, "#00ff00": 100}
    collection = {"type": "FeatureCollection", "features": features}
    written = {
        "a.geojson": json.dumps(collection),
        "b.json": json.dumps(features),
        "c.json": json.dumps([collection]),
    }
    for name, text in written.items():
        annotation = read(tmp_path, name, text)
        assert {one: area(annotation, one) for one in expected} == expected
        assert annotation.classes() == {"Tumor": 3, "Stroma: CD3": 1}
    with gzip.open(tmp_path / "d.geojson.gz", "wt") as file:
        file.write(json.dumps(collection))
    assert area(read_annotation(tmp_path / "d.geojson.gz"), "Tumor") == 145


def test_geometries_without_features_have_no_class(tmp_path: Path) -> None:
    parts = [{"type": "Polygon", "coordinates": [ring(0, 0, 3, 3)]}]
    text = json.dumps({"type": "GeometryCollection", "geometries": parts})
    annotation = read(tmp_path, "a.json", text)
    assert annotation.classes() == {"(no class)": 1}
    assert area(annotation) == 9


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><Annotations>&c;</Annotations>'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.xml", BOMB, "no sound XML"),
        ("a.xml", "<Annotations><Annotation>", "no sound XML"),
        ("a.xml", "<annotation/>", "expected that of ImageScope or ASAP"),
        ("a.xml", aperio(([("x", 1)], False)), "no number"),
        ("a.json", "[" * 100_000, "no sound JSON"),
        ("a.json", "[" * 100 + "]" * 100, "nests collections"),
        ("a.json", '{"type": "Polygon", "coordinates": [[["a", 1]]]}', "not two numbers"),
        ("a.json", '{"type": "Polygon", "coordinates": [[[1]]]}', "not two numbers"),
        ("a.json", '{"type": "Polygon", "coordinates": 7}', "list of corners"),
        ("a.json", '{"type": "Circle"}', "expected GeoJSON"),
        ("a.json", "[1]", "feature was expected"),
        ("a.json", "[]", "holds no polygon"),
        ("a.json.gz", "[]", "holds no polygon"),
    ],
)
def test_damaged_annotations_say_what_is_wrong(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, name, text)


def test_impossible_numbers_are_skipped_and_counted(tmp_path: Path) -> None:
    rings = "[[NaN, 1], [2, 3], [4, 9]], [[1, 1], [1, 1e999], [3, 2]], [[0, 0], [1e308, 0], [9, 9]]"
    text = f'{{"type": "Polygon", "coordinates": [{rings}]}}'
    assert read(tmp_path, "a.json", text).oddities == {
        "outlines with impossible numbers skipped": 3
    }


def test_several_classes_are_never_guessed() -> None:
    known = {"tumor", "stroma"}
    with pytest.raises(MaskValuesError, match=r'Tumor \(5\), Stroma \(2\).*--foreground "Tumor"'):
        check_classes({"Tumor": 5, "Stroma": 2}, known, ())
    with pytest.raises(MaskValuesError, match="no annotation holds cancer"):
        check_classes({"Tumor": 5}, known, ("cancer",))
    assert check_classes({"Tumor": 5}, known, ("TUMOR", "-Lumen")).startswith(
        "no annotation holds -Lumen"
    )
    assert check_classes({"Tumor": 5}, known, ()) == ""


def test_self_crossing_outlines_are_told_and_filled_even_odd() -> None:
    bow = np.array([(0.0, 0), (10, 10), (10, 0), (0, 10)])
    assert crosses_itself(bow)
    assert not crosses_itself(np.array(box(0, 0, 10, 10), dtype=float))
    # A keyhole goes to its hole and back along the same line: it touches, it does not cross.
    hole = [
        (0, 0),
        (10, 0),
        (10, 10),
        (0, 10),
        (0, 5),
        (3, 5),
        (3, 7),
        (6, 7),
        (6, 5),
        (3, 5),
        (0, 5),
    ]
    assert not crosses_itself(np.array(hole, dtype=float))
    corner_on_edge = [(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)]
    assert not crosses_itself(np.array(corner_on_edge, dtype=float))
    outlines = Outlines(Annotation((Area(("a",), (bow,)),)), ())
    assert outlines.crossed() == 1
    # Two triangles of 25 pixels, less those whose middle is on an edge or beyond.
    assert 40 <= outlines.mask(WHOLE).sum() <= 50


shapes = st.lists(
    st.lists(st.tuples(st.floats(-20, 120), st.floats(-20, 120)), min_size=3, max_size=7),
    min_size=1,
    max_size=3,
)


# An edge through the middles of pixels: in a tile it was rounded to the other side.
DIAGONAL = [
    (64.8879553164248, 17.780613661084985),
    (39.30995589314923, 39.30995589314923),
    (0.0, 0.0),
]


# As long as a tile, from just beside one to just inside the next but one.
AS_LONG_AS_A_TILE = [(-7.384776302546061e-84, 8.0), (35.0, 0.0), (0.0, 0.0)]


@given(shapes, st.integers(7, 40))
@example([DIAGONAL], 7)
@example([AS_LONG_AS_A_TILE], 7)
@settings(max_examples=60)
def test_tiles_put_together_are_the_whole_and_marked_tiles_hold_all(
    drawn: list[list[tuple[float, float]]], side: int
) -> None:
    rings = [np.asarray(corners, dtype=np.float64) for corners in drawn]
    outlines = Outlines(Annotation(tuple(Area(("a",), (ring,)) for ring in rings)), ())
    whole = outlines.mask(WHOLE)
    edges = (*range(0, (2 * 100 + side) // (2 * side) * side, side), 100)
    grid = Grid(1.0, edges, edges)
    marked = outlines.marked(grid)
    for row, column in np.ndindex(grid.shape):
        tile = grid.tile(row, column)
        part = outlines.mask(tile)
        assert (part == whole[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]).all()
        assert marked[row, column] or not part.any()


def test_the_same_outlines_in_two_files_of_two_programs(shared: Path) -> None:
    stem = str(shared / "data" / "wsi" / "TCGA-EJ-5519-01Z-00-DX1_annotations_only")
    qupath, image_scope = (
        read_annotation(Path(stem + ".json")),
        read_annotation(Path(stem + ".xml")),
    )
    assert qupath.classes() == {"Other": 3, "Tumor": 1, "Negative": 1}
    assert image_scope.mpp == 0.252
    small = Tile(64.0, 0, 0, 1540, 970)
    for name, layer in [("Tumor", "CaP"), ("Other", "#00ffff"), ("Negative", "#ff0000")]:
        first = Outlines(qupath, (name,)).mask(small)
        assert first.any()
        assert (first == Outlines(image_scope, (layer,)).mask(small)).all()
