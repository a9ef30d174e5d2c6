"""Pictures without references: found in any source, named and read as their cases are."""

import pickle
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.dicom_files import write_series
from tests.drawn_slides import tissue_picture, write_pyramid
from tests.fuzz_sources import MAKERS, half, noise, picture_of
from tests.toy_format import TEXT_CASES, TEXTS, WordOrigin
from tests.volume_files import write
from twinseg.core.errors import DataError
from twinseg.data import kinds
from twinseg.data.case_unit import ReadCase
from twinseg.data.find_pictures import find_pictures
from twinseg.data.kinds import KINDS
from twinseg.data.prepare import prepare
from twinseg.images import formats
from twinseg.images.dicom.slice_pictures import FrameOrigin
from twinseg.images.files.picture_files import FileOrigin
from twinseg.images.formats import origin_from_text, origin_to_text, picture_at
from twinseg.images.picture import Origin, SourcePicture
from twinseg.images.slides.slide import Tile
from twinseg.images.slides.tile_pictures import TileOrigin
from twinseg.images.unit import FoundPictures, LeftOut, PictureUnit
from twinseg.images.volumes.volume_pictures import SliceOrigin
from twinseg.images.window import Window
from twinseg.records.source_settings import SourceSettings, make_source_settings

SETTINGS = make_source_settings(size=16)
SLIDES = make_source_settings(size=16, tile_px=64, level=0)


def read(found: FoundPictures) -> dict[str, SourcePicture]:
    """Read every unit from a copy, as another process does."""
    units: list[PictureUnit] = [pickle.loads(pickle.dumps(unit)) for unit in found.units]
    outcomes = [outcome for unit in units for outcome in unit.read()]
    pictures = [one for one in outcomes if isinstance(one, SourcePicture)]
    assert len(pictures) == len(outcomes) == len({one.id for one in pictures})
    return {one.id: one for one in pictures}


@pytest.mark.parametrize("name", MAKERS)
def test_pictures_of_every_kind_are_those_of_its_cases(name: str, tmp_path: Path) -> None:
    maker = MAKERS[name]
    for number in range(3):
        maker.write(tmp_path, number)
    kind = KINDS["slides" if name == "masked" else name]
    settings = make_source_settings(size=16, **{"tissue_share": 0.0, **maker.settings})
    found = read(kind.pictures(tmp_path, settings))
    outcomes = [case for unit in kind.find(tmp_path, settings).units for case in unit.read()]
    cases = [case.picture for case in outcomes if isinstance(case, ReadCase)]
    assert {case.id for case in cases} == set(found)
    for case in cases:
        picture = found[case.id]
        assert picture.origin is not None
        assert replace(case, pixels=picture.pixels) == picture
        assert np.array_equal(case.pixels, picture.pixels)
        again = picture_at(tmp_path, origin_from_text(origin_to_text(picture.origin)))
        assert np.array_equal(again, picture.pixels)


@pytest.mark.parametrize(
    "origin",
    [
        FileOrigin("a/b.png"),
        FileOrigin("é.png", Window(0.0, 4095.5)),
        FrameOrigin("x.dcm", 3, Window(-160.25, 1 / 3, True)),
        SliceOrigin("v.nii.gz", 7, Window(-1e-9, 1e9)),
        TileOrigin("s.svs", Tile(4 / 3, 10, 20, 512, 500)),
    ],
)
def test_origins_go_to_text_and_back(origin: Origin) -> None:
    assert origin_from_text(origin_to_text(origin)) == origin


@pytest.mark.parametrize("text", ["", "[0]", "{}", '{"format": "none"}', '{"format": "files"}'])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no origin|Expecting value"):
        origin_from_text(text)


def test_pictures_alone_are_found_in_any_depth_and_one_by_one(tmp_path: Path) -> None:
    picture_of(tmp_path / "a" / "b", "one.png", noise(1, 9, 8, 3))
    picture_of(tmp_path / "c", "one.jpg", noise(2, 9, 8, 3))
    picture_of(tmp_path, "two.tif", noise(3, 9, 8, 3))
    (tmp_path / "index.csv").write_text("id,group\ntwo,anna\n")  # of others nobody knows
    found = read(find_pictures(tmp_path, SETTINGS))
    assert {name: one.group for name, one in found.items()} == {
        "a-b-one": "a-b-one",
        "c-one": "c-one",
        "two": "anna",
    }
    alone = read(find_pictures(tmp_path / "c" / "one.jpg", SETTINGS))
    assert np.array_equal(alone["one"].pixels, found["c-one"].pixels)
    assert alone["one"].origin == FileOrigin("one.jpg")
    assert np.array_equal(
        picture_at(tmp_path / "c" / "one.jpg", FileOrigin("one.jpg")), alone["one"].pixels
    )


def test_masks_are_no_pictures_and_pictures_without_masks_are(tmp_path: Path) -> None:
    for name in ("a", "b", "target_9"):
        picture_of(tmp_path / "images", f"{name}.png", noise(1, 9, 8, 3))
    for name in ("a", "gone"):
        picture_of(tmp_path / "masks", f"{name}.png", half(9, 8))
    picture_of(tmp_path / "images", "b_mask.png", half(9, 8))
    assert set(read(find_pictures(tmp_path, SETTINGS))) == {"a", "b", "target_9"}


def test_what_is_named_like_a_mask_is_a_picture_where_there_is_nothing_else(tmp_path: Path) -> None:
    picture_of(tmp_path, "target_1.png", noise(1, 9, 8, 3))
    picture_of(tmp_path, "target_2.png", noise(1, 9, 8, 3))
    assert set(read(find_pictures(tmp_path, SETTINGS))) == {"target_1", "target_2"}


def test_an_index_names_pictures_and_masks(tmp_path: Path) -> None:
    picture_of(tmp_path, "x.png", noise(1, 9, 8, 3))
    picture_of(tmp_path, "y.png", half(9, 8))
    (tmp_path / "index.csv").write_text("id,group,image,mask\nfirst,p,x.png,y.png\n")
    found = read(find_pictures(tmp_path, SETTINGS))
    assert {name: one.group for name, one in found.items()} == {"first": "p"}


def test_dicom_series_are_found_without_masks_and_name_nobody(tmp_path: Path) -> None:
    write_series(tmp_path / "Doe" / "one", [0, 2, 4])
    write_series(tmp_path / "Doe" / "two", [0, 2], series="b")
    write_series(tmp_path / "Roe", [0, 2], series="c", patient="Roe")
    (tmp_path / "Roe" / "bad.dcm").write_bytes(b"?")
    found = find_pictures(tmp_path, SETTINGS)
    pictures = read(found)
    assert len(pictures) == 7
    series = Counter(name.rpartition("-")[0] for name in pictures)
    assert sorted(series.values()) == [2, 2, 3]
    assert sorted(name[-3:] for name in series) == ["-s1", "-s1", "-s2"]
    assert len({one.group for one in pictures.values()}) == 2
    assert all(one.is_grey and one.layer for one in pictures.values())
    said = repr([found.left_out, found.notes, [unit.name for unit in found.units], *pictures])
    assert "oe" not in said
    assert "bad" not in said
    assert len(found.left_out) == 1
    assert found.facts == {"window_hu": [-160.0, 240.0]}


def test_of_a_hidden_source_nothing_names_a_file(tmp_path: Path) -> None:
    picture_of(tmp_path / "source", "Doe.png", noise(1, 9, 8, 3))
    (tmp_path / "source" / "Doe2.png").write_bytes(b"?")
    found = find_pictures(tmp_path / "source", make_source_settings(hide_paths=True))
    outcomes = [outcome for unit in found.units for outcome in unit.read()]
    (picture,) = (one for one in outcomes if isinstance(one, SourcePicture))
    (left,) = (one for one in outcomes if isinstance(one, LeftOut))
    assert picture.id.startswith("case-")
    assert picture.group.startswith("group-")
    assert picture.origin == FileOrigin("Doe.png")  # for who holds the source
    assert "Doe" not in repr([left, picture.id, picture.group, [one.name for one in found.units]])
    empty = tmp_path / "Doe3"
    empty.mkdir()
    with pytest.raises(DataError, match=r"^SOURCE holds no"):
        find_pictures(empty, make_source_settings(hide_paths=True, kind="pairs"))


def test_volumes_are_found_without_labels_and_labels_are_none(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(-900, 900, (6, 5, 3)).astype(np.int16)
    write(tmp_path / "imagesTs" / "one_0000.nii.gz", values)
    write(tmp_path / "imagesTs" / "two_0000.nrrd", values)
    write(tmp_path / "labelsTs" / "gone.nii.gz", (values > 0).astype(np.uint8))
    found = read(find_pictures(tmp_path, SETTINGS))
    assert sorted(found) == [f"{name}-{at:04d}" for name in ("one", "two") for at in range(3)]
    alone = read(find_pictures(tmp_path / "imagesTs" / "two_0000.nrrd", SETTINGS))
    assert len(alone) == 3
    assert np.array_equal(next(iter(alone.values())).pixels, found["two-0000"].pixels)


def test_slides_are_found_without_annotations(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "TCGA-EJ-A46H-x.tiff", tissue_picture(130, 200, left=10, right=130))
    Image.new("RGB", (9, 9)).save(tmp_path / "notes.png")  # a picture, but no slide
    found = find_pictures(tmp_path, SLIDES.model_copy(update={"kind": "slides"}))
    pictures = read(found)
    assert "TCGA-EJ-A46H-x-x0-y0" in pictures
    assert {one.group for one in pictures.values()} == {"TCGA-EJ-A46H"}
    assert found.facts["tile_px"] == 64
    alone = read(find_pictures(tmp_path / "TCGA-EJ-A46H-x.tiff", SLIDES))
    assert set(alone) == set(pictures)
    assert all(one.startswith("TCGA") for one in pictures)


def test_a_source_without_pictures_says_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("?")
    with pytest.raises(DataError, match="holds no pictures; give a file or folder of pictures"):
        find_pictures(tmp_path, SETTINGS)
    with pytest.raises(DataError, match="does not exist"):
        find_pictures(tmp_path / "none", SETTINGS)


def test_a_format_takes_one_file_and_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is ``tests/toy_format.py``; a second row joins its pictures with references."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.txt").write_text("30 31")
    monkeypatch.setitem(formats.FORMATS, "texts", TEXTS)
    found = read(find_pictures(source, SETTINGS))
    assert {name: one.pixels.shape for name, one in found.items()} == {
        "a-0": (20, 30, 3),
        "a-1": (20, 31, 3),
    }
    assert found["a-1"].origin == WordOrigin("a.txt", 31)
    monkeypatch.setattr(kinds, "KINDS", {"texts": TEXT_CASES})
    data = prepare(source, tmp_path / "set", SourceSettings(size=16))
    assert data.dataset.facts["kind"] == "texts"
    assert [case.origin for case in data.dataset.cases] == [one.origin for one in found.values()]
    assert data.picture(1).shape == (20, 31, 3)
    assert data.reference(1).sum() == 30
