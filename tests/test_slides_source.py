"""Slides as a source: cases with their masks, groups that name nobody, nothing lost silently."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.drawn_slides import aperio, box, tissue_picture, write_dicom, write_pyramid
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import Findings, ReadCase
from twinseg.data.sources.slides import SLIDES
from twinseg.images.formats import picture_at
from twinseg.images.slides.opening import open_slide
from twinseg.images.unit import LeftOut
from twinseg.records.source_settings import SourceSettings

PICTURE = tissue_picture(130, 200, left=10, right=130)
SETTINGS = SourceSettings(tile_px=64, level=0)


def cases_of(findings: Findings) -> dict[str, ReadCase]:
    read = [case for unit in findings.units for case in unit.read()]
    assert all(isinstance(case, ReadCase) for case in read), read
    return {case.picture.id: case for case in read if isinstance(case, ReadCase)}


def write_annotated(folder: Path, name: str = "a", text: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.xml").write_text(text or aperio((box(70, 10, 100, 40), False)))
    return write_pyramid(folder / f"{name}.tiff", PICTURE)


def test_tiles_are_cases_with_masks_and_can_be_read_again(tmp_path: Path) -> None:
    write_annotated(tmp_path / "sub")
    assert SLIDES.sees(tmp_path) == "1 slide with annotations"
    findings = SLIDES.find(tmp_path, SETTINGS)
    assert findings.left_out == ()
    assert pickle.loads(pickle.dumps(findings.units)) == findings.units
    found = cases_of(findings)
    # Columns at 0, 64, 128; rows at 0, 64 (66 high); the last column is glass but for 2 px.
    assert sorted(found) == ["a-x0-y0", "a-x0-y64", "a-x64-y0", "a-x64-y64"]
    assert {name: int(case.mask.sum()) for name, case in found.items() if case.mask.any()} == {
        "a-x64-y0": 900
    }
    for case in found.values():
        assert case.picture.group == "a"
        assert case.picture.spacing_mm == pytest.approx((0.0005, 0.0005))
        assert case.picture.origin is not None
        assert case.picture.origin.file == "sub/a.tiff"
        assert (picture_at(tmp_path, case.picture.origin) == case.picture.pixels).all()
    assert (found["a-x64-y64"].picture.pixels == PICTURE[64:130, 64:128]).all()
    assert "2 of 6 tiles not taken: less than 50% tissue and nothing marked" in findings.notes


def test_a_mark_on_glass_keeps_its_tile_and_areas_follow_the_resolution(tmp_path: Path) -> None:
    write_annotated(tmp_path, text=aperio((box(150, 70, 190, 110), False)))
    assert cases_of(SLIDES.find(tmp_path, SETTINGS))["a-x128-y64"].mask.sum() == 1600
    coarse = SLIDES.find(tmp_path, SourceSettings(tile_px=64, mpp=1.0))
    assert sum(case.mask.sum() for case in cases_of(coarse).values()) == 400
    assert coarse.facts["mpp"] == 1.0


def test_slides_and_annotations_without_partner_are_listed(tmp_path: Path) -> None:
    write_annotated(tmp_path)
    write_pyramid(tmp_path / "b.tiff", PICTURE)
    write_annotated(tmp_path, "c")
    (tmp_path / "c.geojson").write_text("[]")
    (tmp_path / "d.json").write_text('[{"type": "Feature"}]')
    (tmp_path / "e.json").write_text('{"shapes": []}')
    assert SLIDES.find(tmp_path, SETTINGS).left_out == (
        LeftOut("b.tiff", "no annotation beside it; fine for prediction"),
        LeftOut("c.tiff", "2 annotations: c.geojson, c.xml; keep one"),
        LeftOut("d.json", "annotation without a slide of this name"),
    )


def test_pairs_are_not_slides(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        for suffix in ("png", "tif"):
            Image.fromarray(PICTURE).save(tmp_path / folder / f"{suffix}.{suffix}")
    (tmp_path / "images" / "png.json").write_text('{"shapes": [{"shape_type": "polygon"}]}')
    (tmp_path / "images" / "tif.xml").write_text("<annotation><object/></annotation>")
    assert SLIDES.sees(tmp_path) == ""
    with pytest.raises(DataError, match="no slide of"):
        SLIDES.find(tmp_path / "images", SETTINGS)


def test_classes_are_chosen_over_all_slides(tmp_path: Path) -> None:
    for name, layer in [("a", "Tumor"), ("b", "Stroma")]:
        text = aperio((box(70, 10, 100, 40), False)).replace('Name=""', f'Name="{layer}"')
        write_annotated(tmp_path, name, text)
    with pytest.raises(MaskValuesError, match=r"several classes: .*Stroma \(1\)"):
        SLIDES.find(tmp_path, SETTINGS)
    chosen = SLIDES.find(tmp_path, SETTINGS.model_copy(update={"foreground": ("tumor",)}))
    marked = [name for name, case in cases_of(chosen).items() if case.mask.any()]
    assert marked == ["a-x64-y0"]


def test_groups_come_from_the_index_else_from_the_barcode(tmp_path: Path) -> None:
    names = ["TCGA-EJ-5519-01Z", "TCGA-EJ-5519-02Z", "other"]
    for name in names:
        write_annotated(tmp_path, name)
    plain = SLIDES.find(tmp_path, SETTINGS)
    assert {unit.pictures.slide.group for unit in plain.units} == {"TCGA-EJ-5519", "other"}
    (tmp_path / "index.csv").write_text("id,group\n" + "".join(f"{name},p\n" for name in names))
    said = SLIDES.find(tmp_path, SETTINGS)
    assert {unit.pictures.slide.group for unit in said.units} == {"p"}


def write_panda(folder: Path, values: np.ndarray) -> None:
    for part in ("train_images", "train_label_masks"):
        (folder / part).mkdir()
    write_pyramid(folder / "train_images" / "x.tiff", PICTURE)
    stored = np.zeros((*values.shape, 3), dtype=np.uint8)
    stored[..., 0] = values
    write_pyramid(folder / "train_label_masks" / "x_mask.tiff", stored, mpp=None)


def test_mask_slides_by_value(tmp_path: Path) -> None:
    values = np.zeros((130, 200), dtype=np.uint8)
    values[:, 10:130] = 1
    values[20:41, 70:110] = 3
    values[100:110, 20:30] = 5
    write_panda(tmp_path, values)
    assert SLIDES.sees(tmp_path) == "1 slide with annotations"
    with pytest.raises(MaskValuesError, match="in x_mask.tiff: mask holds 4 values"):
        SLIDES.find(tmp_path, SETTINGS)
    # 21 x 40 and 10 x 10; at half the size 11 x 20, the last row of which is half marked, and 25.
    for settings, expected in [({"level": 0}, 940), ({"mpp": 1.0, "level": None}, 245)]:
        asked = SETTINGS.model_copy(update={"foreground": ("3", "5"), **settings})
        found = cases_of(SLIDES.find(tmp_path, asked))
        assert sum(case.mask.sum() for case in found.values()) == expected
    tile = cases_of(SLIDES.find(tmp_path, SETTINGS.model_copy(update={"foreground": ("3",)})))
    assert (tile["x-x64-y0"].mask == (values[:64, 64:128] == 3)).all()


def test_mask_slides_that_do_not_fit(tmp_path: Path) -> None:
    write_panda(tmp_path, np.zeros((130, 100), dtype=np.uint8))
    with pytest.raises(DataError, match="which is not the form of the slide, 200x130"):
        SLIDES.find(tmp_path, SETTINGS)
    path = tmp_path / "train_label_masks" / "x_mask.tiff"
    tifffile.imwrite(path, PICTURE, tile=(64, 64), compression="jpeg", photometric="rgb")
    with pytest.raises(DataError, match="compressed with loss"):
        SLIDES.find(tmp_path, SETTINGS)


def test_dicom_slides_name_nobody(tmp_path: Path) -> None:
    for number, name in enumerate(["slide.dcm", "P123.dcm"]):
        series = f"1.2.826.0.1.{number}"
        write_dicom(tmp_path / name, PICTURE, series=series, patient="P123")
        (tmp_path / name).with_suffix(".xml").write_text(aperio((box(70, 10, 100, 40), False)))
    write_dicom(tmp_path / "small.dcm", PICTURE[::2, ::2], series="1.2.826.0.1.0", patient="P123")
    assert SLIDES.sees(tmp_path) == "2 slides with annotations"
    findings = SLIDES.find(tmp_path, SETTINGS)
    found = cases_of(findings)
    assert len(found) == 8  # four tiles of either slide: the small level is no slide of its own
    assert sum(case.mask.sum() for case in found.values()) == 1800
    assert len({case.picture.group for case in found.values()}) == 1
    said = repr([*found, *[case.picture.group for case in found.values()], findings.left_out])
    for secret in ("P123", "DOE", "JOHN", "1.2.826"):
        assert secret not in said
    assert {case.picture.origin.file for case in found.values() if case.picture.origin} == {
        "P123.dcm",
        "slide.dcm",
    }
    kept = SLIDES.find(tmp_path, SETTINGS.model_copy(update={"keep_ids": True}))
    assert {unit.pictures.slide.group for unit in kept.units} == {"P123"}


def test_a_damaged_tile_costs_only_itself(tmp_path: Path) -> None:
    path = write_annotated(tmp_path)
    findings = SLIDES.find(tmp_path, SETTINGS)
    with tifffile.TiffFile(path) as file:
        offset = file.pages.first.dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + 40] = bytes(40)
    path.write_bytes(bytes(content))
    read = [case for unit in findings.units for case in unit.read()]
    assert [case.file for case in read if isinstance(case, LeftOut)] == ["a.tiff (a-x0-y0)"]
    assert len([case for case in read if isinstance(case, ReadCase)]) == 3


def test_a_slide_that_is_cut_off_is_given_up_after_eight_tiles(tmp_path: Path) -> None:
    path = write_annotated(tmp_path)
    findings = SLIDES.find(tmp_path, SourceSettings(tile_px=32, level=0, tissue_share=0.0))
    with tifffile.TiffFile(path) as file:
        offsets, counts = file.pages.first.dataoffsets, file.pages.first.databytecounts
    content = bytearray(path.read_bytes())
    content[offsets[0] : offsets[-1] + counts[-1]] = bytes(offsets[-1] + counts[-1] - offsets[0])
    path.write_bytes(bytes(content))
    reasons = [case.reason for case in findings.units[0].read() if isinstance(case, LeftOut)]
    assert len(reasons) == 24  # 6 columns, 4 rows
    assert [reason.startswith("not read") for reason in reasons] == [False] * 8 + [True] * 16


def test_a_slide_without_its_pages_says_so(tmp_path: Path) -> None:
    path = write_annotated(tmp_path)
    content = bytearray(path.read_bytes())
    content[4:8] = (2**30).to_bytes(4, "little")  # where scanners write it: behind all pixels
    path.write_bytes(content)
    with pytest.raises(DataError, match="a TIFF file without a page: cut off, or damaged"):
        open_slide(path)


def test_outlines_of_another_slide_are_refused(tmp_path: Path) -> None:
    write_annotated(tmp_path, text=aperio((box(500, 10, 600, 40), False)))
    with pytest.raises(DataError, match="all outlines lie outside the picture"):
        SLIDES.find(tmp_path, SETTINGS)
    with pytest.raises(DataError, match="not both"):
        SLIDES.find(tmp_path, SETTINGS.model_copy(update={"mpp": 1.0}))


def test_units_hold_at_most_64_tiles(tmp_path: Path) -> None:
    write_annotated(tmp_path)
    findings = SLIDES.find(tmp_path, SourceSettings(tile_px=10, level=0, tissue_share=0.0))
    assert [len(unit.pictures.tiles) for unit in findings.units] == [64, 64, 64, 64, 4]
    assert findings.units[1].name == "a.tiff (tiles 65 to 128)"
    first = findings.units[0]
    assert replace(first, pictures=replace(first.pictures, first=2)) != first


def test_real_nuclei_lie_on_dark_spots_and_have_the_areas_the_program_says(shared: Path) -> None:
    source = shared / "data" / "wsi"
    assert SLIDES.sees(source) == "2 slides with annotations"
    findings = SLIDES.find(source, SourceSettings(level=0))
    reasons = {item.file: item.reason for item in findings.left_out}
    assert reasons["CMU-1-Small-Region.svs"] == "no annotation beside it; fine for prediction"
    assert "small_dicom.dcm" in reasons
    assert sum("without a slide" in reason for reason in reasons.values()) == 2
    found = cases_of(findings)
    assert len(found) == 8
    assert {case.picture.group for case in found.values()} == {"TCGA-EJ-A46H", "TCGA-G9-6362"}
    for case in found.values():
        grey = case.picture.pixels.mean(axis=2)
        assert grey[case.mask].mean() < grey[~case.mask].mean() - 20
    counted = {name[:12]: 0 for name in found}
    for name, case in found.items():
        counted[name[:12]] += int(case.mask.sum())
    assert counted == {"TCGA-EJ-A46H": 152335, "TCGA-G9-6362": 247300}
