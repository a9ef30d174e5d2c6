"""Layouts as published: ISIC, Gleason 2019, GlaS."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twinseg.core.errors import DataError
from twinseg.data.case_unit import Findings, Kind
from twinseg.data.sources.gleason import GLEASON, half_or_more
from twinseg.data.sources.isic import ISIC
from twinseg.data.sources.pairs import PAIRS
from twinseg.images.unit import LeftOut
from twinseg.records.source_settings import SourceSettings


def find(kind: Kind, source: Path, **settings: object) -> Findings:
    return kind.find(source, SourceSettings(**settings))


def write(path: Path, pixels: object = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.broadcast_to(np.array(pixels, np.uint8), (2, 4))
    Image.fromarray(np.ascontiguousarray(values)).save(path)


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("ISIC-2017_Training_Data", "ISIC-2017_Training_Part1_GroundTruth"),
        ("ISIC2018_Task1-2_Training_Input", "ISIC2018_Task1_Training_GroundTruth"),
        (".", "."),
    ],
)
def test_isic_as_it_unpacks(tmp_path: Path, images: str, masks: str) -> None:
    for number in ("0000001", "0000002"):
        write(tmp_path / images / f"ISIC_{number}.jpg", 99)
        write(tmp_path / masks / f"ISIC_{number}_segmentation.png", 255)
    write(tmp_path / images / "ISIC_0000001_superpixels.png")
    write(tmp_path / images / "ISIC_0000003.jpg")
    table = "image_id,lesion_id,sex\nISIC_0000001,L1,male\nISIC_0000002,L1,male\n"
    (tmp_path / "metadata.csv").write_text(table)
    assert ISIC.sees(tmp_path) == "2 masks named ISIC_*_segmentation.png"
    findings = find(ISIC, tmp_path)
    assert [(unit.picture.id, unit.picture.group) for unit in findings.units] == [
        ("ISIC_0000001", "L1"),
        ("ISIC_0000002", "L1"),
    ]
    assert [item.reason for item in findings.left_out] == ["no mask"]
    assert "1 superpixel files of ISIC not used" in findings.notes
    (case,) = findings.units[0].read()
    assert case.mask.all()


def test_isic_without_tables_says_that_patients_are_unknown(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unpack images and ground truth"):
        find(ISIC, tmp_path)
    write(tmp_path / "ISIC_1.jpg")
    write(tmp_path / "ISIC_1_segmentation.png")
    assert "each is its own group" in find(ISIC, tmp_path).notes[0]
    for number in range(9):
        write(tmp_path / f"other_{number}.png")
    assert ISIC.sees(tmp_path) == ""


def test_half_or_more_counted_by_hand() -> None:
    votes = [np.array([row], bool) for row in ([1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0])]
    assert half_or_more(votes).tolist() == [[True, True, False, False]]
    assert half_or_more(votes[1:]).tolist() == [[True, True, False, False]]  # a tie is the target
    assert half_or_more(votes[:1]).tolist() == votes[0].tolist()


def test_gleason_as_it_unpacks(tmp_path: Path) -> None:
    write(tmp_path / "Train Imgs" / "slide001_core003.jpg", 99)
    write(tmp_path / "Train Imgs" / "slide001_core004.jpg", 99)
    suffix = "_classimg_nonconvex.png"
    for number, row in ((1, [3, 4, 0, 1]), (2, [5, 1, 6, 3]), (4, [3, 4, 0, 6])):
        write(tmp_path / f"Maps{number}_T" / f"slide001_core003{suffix}", row)
    write(tmp_path / "Maps1_T" / f"slide009_core009{suffix}")
    assert GLEASON.sees(tmp_path) == "maps of pathologists of 2 cores (Gleason 2019)"
    findings = find(GLEASON, tmp_path)
    assert findings.left_out == (
        LeftOut(f"Maps1_T/slide009_core009{suffix}", "no image"),
        LeftOut("Train Imgs/slide001_core004.jpg", "no map"),
    )
    assert "classes 3, 4, 5 are the target" in findings.notes
    (case,) = findings.units[0].read()
    assert case.mask.tolist() == [[True, True, False, False]] * 2
    assert (case.picture.id, case.picture.group) == ("slide001_core003", "slide001_core003")
    (case,) = find(GLEASON, tmp_path, foreground="1,6").units[0].read()
    assert case.mask.tolist() == [[False, False, False, True]] * 2
    (tmp_path / "Maps2_T" / f"slide001_core003{suffix}").write_bytes(b"damaged")
    (left,) = findings.units[0].read()
    assert left.file == f"Maps2_T/slide001_core003{suffix}"


def test_gleason_groups_come_from_an_index_if_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unpack Train Imgs"):
        find(GLEASON, tmp_path)
    write(tmp_path / "Train_imgs" / "slide001_core003.jpg")
    write(tmp_path / "Maps1_T" / "slide001_core003_classimg_nonconvex.png", 3)
    (tmp_path / "index.csv").write_text("id,group\nslide001_core003,patient1\n")
    assert find(GLEASON, tmp_path).units[0].picture.group == "patient1"


def test_glas_as_it_unpacks(tmp_path: Path) -> None:
    write(tmp_path / "train_1.bmp", 99)
    write(tmp_path / "train_1_anno.bmp", [0, 1, 2, 3])
    (tmp_path / "Grade.csv").write_text("name,patient ID, grade (GlaS)\ntrain_1,7, benign\n")
    assert PAIRS.sees(tmp_path)
    assert ISIC.sees(tmp_path) == GLEASON.sees(tmp_path) == ""
    findings = find(PAIRS, tmp_path)
    assert findings.units[0].picture.group == "7"
    (case,) = findings.units[0].read()
    assert case.mask.tolist() == [[False, True, True, True]] * 2


def test_real_isic_originals_with_a_palette_whose_white_is_0(shared: Path) -> None:
    source = shared / "data" / "originals" / "skin"
    shares = [next(iter(unit.read())).mask.mean() for unit in find(ISIC, source).units]
    assert np.round(shares, 4).tolist() == [0.4656, 0.6548, 0.1646, 0.1157]
