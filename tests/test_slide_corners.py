"""What outlines count from: the corner of the glass, or of the area that was scanned."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.drawn_slides import aperio, box, tissue_picture, write_pyramid, write_scn
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.slides.geojson import read_geojson
from twinseg.data.sources.slides import SLIDES
from twinseg.records.source_settings import SourceSettings

AT, GLASS = (320, 160), (640, 400)  # of the scanned area, which is 128 wide and 96 high
SETTINGS = SourceSettings(tile_px=2000, level=0)  # one tile
ASAP = """<ASAP_Annotations><Annotations><Annotation Type="Polygon" PartOfGroup="None">
<Coordinates>{}</Coordinates></Annotation></Annotations></ASAP_Annotations>"""


def write_slide(folder: Path) -> None:
    picture = tissue_picture(96, 128, left=10, right=118)
    write_scn(folder / "s.scn", picture, at=AT, glass=GLASS)


def geojson(corners: list[tuple[float, float]], **properties: object) -> str:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [corners]},
        "properties": properties,
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def marked(folder: Path, **settings: object) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Left, top, right, bottom of what is marked on the whole glass; and the notes."""
    findings = SLIDES.find(folder, SETTINGS.model_copy(update=settings))
    (case,) = (case for unit in findings.units for case in unit.read())
    assert case.mask.shape == (GLASS[1], GLASS[0])
    rows, columns = np.nonzero(case.mask)
    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return tuple(int(edge) for edge in edges), findings.notes


def test_qupath_counts_from_the_scanned_area_and_that_is_said(tmp_path: Path) -> None:
    write_slide(tmp_path)
    text = geojson(box(20, 30, 60, 50), objectType="annotation")
    (tmp_path / "s.geojson").write_text(text)
    edges, notes = marked(tmp_path)
    assert edges == (340, 190, 380, 210)
    said = (
        "on 1 slide outlines count from the scanned area, as QuPath does (--origin says otherwise)"
    )
    assert said in notes
    edges, notes = marked(tmp_path, origin="glass")
    assert edges == (20, 30, 60, 50)
    assert "on 1 slide outlines count from the corner of the glass, as asked for" in notes
    assert "on 1 slide outlines touch no tissue: do they belong to another slide?" in notes


def test_asap_counts_from_the_corner_of_the_glass(tmp_path: Path) -> None:
    write_slide(tmp_path)
    points = "".join(
        f'<Coordinate Order="{n}" X="{x}" Y="{y}"/>'
        for n, (x, y) in enumerate(box(340, 190, 380, 210))
    )
    (tmp_path / "s.xml").write_text(ASAP.format(points))
    edges, notes = marked(tmp_path)
    assert edges == (340, 190, 380, 210)
    assert any("corner of the glass, as ASAP does" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.geojson", geojson(box(20, 30, 60, 50), classification="Tumor")),
        ("s.xml", aperio((box(20, 30, 60, 50), False))),
    ],
)
def test_what_no_program_says_is_asked(tmp_path: Path, name: str, text: str) -> None:
    write_slide(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(MaskValuesError, match=r"begins at 320, 160; say which: --origin glass or"):
        SLIDES.find(tmp_path, SETTINGS)
    assert marked(tmp_path, origin="scan")[0] == (340, 190, 380, 210)


def test_where_all_is_scanned_nothing_is_asked_or_said(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "a.tiff", tissue_picture(130, 200, left=10, right=130))
    (tmp_path / "a.xml").write_text(aperio((box(70, 10, 100, 40), False)))
    notes = SLIDES.find(tmp_path, SETTINGS).notes
    assert not any("count from" in note or "touch no tissue" in note for note in notes)


def test_outlines_beyond_the_slide_are_counted(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "a.tiff", tissue_picture(130, 200, left=10, right=130))
    regions = [box(70, 10, 100, 40), box(100, 100, 150, 180), box(900, 10, 990, 40)]
    (tmp_path / "a.xml").write_text(aperio(*[(one, False) for one in regions]))
    notes = SLIDES.find(tmp_path, SETTINGS).notes
    assert "1 areas outside their slide" in notes
    assert "1 areas in part outside their slide" in notes


def test_outlines_of_another_resolution_are_refused(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "a.tiff", tissue_picture(130, 200, left=10, right=130), mpp=0.25)
    (tmp_path / "a.xml").write_text(aperio((box(70, 10, 100, 40), False), mpp="0.5"))
    with pytest.raises(DataError, match=r"pixels of 0\.25 micrometres, its annotation .* of 0\.5"):
        SLIDES.find(tmp_path, SETTINGS)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('{"name": "Tumor", "color": [200, 0, 0]}', "Tumor"),
        ("{'name': 'Tumor', 'colorRGB': -3670016}", "Tumor"),
        ('{"names": ["Stroma", "CD3"]}', "Stroma: CD3"),
        ('"Tumor"', "Tumor"),
        ("{Tumor}", "{Tumor}"),
        ("Tumor", "Tumor"),
    ],
)
def test_classes_that_a_table_made_a_text_of(tmp_path: Path, said: str, name: str) -> None:
    (tmp_path / "a.geojson").write_text(geojson(box(0, 0, 4, 4), classification=said))
    assert read_geojson(tmp_path / "a.geojson").classes() == {name: 1}


def test_corners_of_a_smaller_level_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(geojson(box(0, 0, 4, 4), downsample=4))
    with pytest.raises(DataError, match="counts in pixels of downsample 4"):
        read_geojson(tmp_path / "a.geojson")
