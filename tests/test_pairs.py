"""Which mask belongs to which image, and what a pair gives."""

from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import WritePairs
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import CaseUnit, Findings, ReadCase
from twinseg.data.mask_matching import Matched, match
from twinseg.data.sources.pairs import NO_INDEX, PAIRS
from twinseg.images.files.picture_files import FileOrigin
from twinseg.images.formats import picture_at
from twinseg.images.ids import unique_ids
from twinseg.images.tree import walk
from twinseg.images.unit import LeftOut
from twinseg.images.window import Window
from twinseg.records.source_settings import SourceSettings


def matched(*names: str) -> Matched:
    return match(PurePosixPath(name) for name in names)


def pairs(*names: str) -> set[tuple[str, str]]:
    return {(str(image), str(mask)) for image, (mask,) in matched(*names).pairs}


def find(source: Path, **settings: object) -> Findings:
    return PAIRS.find(source, SourceSettings(**settings))


def outcomes(unit: CaseUnit) -> list[ReadCase | LeftOut]:
    return list(unit.read())


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("images/a.jpg", "masks/a.png"),
        ("img/a.jpg", "GroundTruth/a_segmentation.png"),
        ("a.tif", "a_mask.tif"),
        ("a.jpg", "a_mask_0G3_1G4.png"),
        ("train_1.bmp", "train_1_anno.bmp"),
        ("p1/a.png", "p1/masks/a.png"),
        ("train/images/a.png", "train/labels/a.png"),
        ("images/train/a.png", "ground_truth/train/a.png"),
        ("imagesTr/a.png", "labelsTr/a.png"),
        ("a.jpg", "annotations/trimaps/a.png"),
        ("data/a_image.png", "data/a_mask.png"),
        ("image_001.png", "mask_001.png"),
        ("images/patient_seg_1.png", "masks/patient_seg_1.png"),
        ("images/ct.dcm", "masks/ct.png"),
        ("Training_Data/ISIC_1.jpg", "Training_Part1_GroundTruth/ISIC_1_segmentation.png"),
    ],
)
def test_layouts_people_have(image: str, mask: str) -> None:
    assert pairs(image, mask) == {(image, mask)}
    assert matched(image, mask).left_out == ()


def test_an_exact_name_goes_before_a_shorter_one() -> None:
    files = ("images/a.png", "images/a_seg.png", "masks/a.png", "masks/a_seg.png")
    assert pairs(*files) == {(files[0], files[2]), (files[1], files[3])}
    assert pairs("images/a.png", "images/a_image.png", "masks/a.png") == {
        ("images/a.png", "masks/a.png")
    }


def test_equal_names_in_train_and_test_are_never_mixed() -> None:
    files = [f"{part}/{kind}/1.png" for part in ("test", "train") for kind in ("images", "masks")]
    assert pairs(*files) == {(files[0], files[1]), (files[2], files[3])}
    lost = matched("train/images/1.png", "test/masks/1.png")
    assert lost.pairs == ()
    assert {item.reason for item in lost.left_out} == {"no mask", "no image"}


def test_two_masks_of_one_image_are_listed_not_guessed() -> None:
    found = matched("a.jpg", "a_mask.png", "a_label.png", "b.jpg", "b_mask.png")
    assert found.pairs == ((PurePosixPath("b.jpg"), (PurePosixPath("b_mask.png"),)),)
    assert found.left_out == (
        LeftOut("a.jpg", "2 masks: a_label.png, a_mask.png; say which by --masks, or keep one"),
        LeftOut("a_label.png", "one of 2 masks of a.jpg"),
        LeftOut("a_mask.png", "one of 2 masks of a.jpg"),
    )
    found = matched("x/images/1.png", "y/images/1.png", "masks/1.png")
    assert LeftOut("masks/1.png", "2 images of this name") in found.left_out
    assert found.pairs == ()


def test_ids_are_stems_and_longer_only_where_they_must_be() -> None:
    paths = [PurePosixPath(n) for n in ("train/images/1.png", "test/images/1.png", "images/2.png")]
    assert list(unique_ids(paths).values()) == ["train-1", "test-1", "2"]


@given(
    st.sets(st.from_regex(r"([ab]/)?(images/|masks/)?[ab](_mask|_img)?\.(png|jpg)", fullmatch=True))
)
def test_every_file_is_in_one_pair_or_listed_once(names: set[str]) -> None:
    found = matched(*sorted(names))
    used = [str(path) for image, masks in found.pairs for path in (image, *masks)]
    assert sorted(used + [item.file for item in found.left_out]) == sorted(names)
    ids = unique_ids(image for image, _ in found.pairs)
    assert len(set(ids.values())) == len(found.pairs)


def test_walking_ends_in_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").touch()
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "2.png").touch()
    assert [str(path) for path in walk(tmp_path)] == ["a/1.png"]


def test_a_pair_gives_its_case_and_its_picture_again(write_pairs: WritePairs) -> None:
    source = write_pairs()
    assert PAIRS.sees(source) == "10 pairs of an image and a mask"
    findings = find(source)
    assert findings.notes == (NO_INDEX,)
    (case,) = outcomes(findings.units[3])
    with Image.open(source / "masks" / "case03.png") as image:
        assert (case.mask == (np.asarray(image) > 0)).all()
    assert (case.picture.id, case.picture.group, case.note) == ("case03", "case03", "")
    assert (picture_at(source, case.picture.origin) == case.picture.pixels).all()


def test_a_16_bit_picture_is_shown_again_through_the_same_window(write_pairs: WritePairs) -> None:
    source = write_pairs(cases=1)
    deep = np.arange(1600, dtype=np.uint16).reshape(40, 40)
    Image.fromarray(deep).save(source / "images" / "case00.png")
    (left,) = outcomes(find(source).units[0])
    assert left.file == "images/case00.png"
    assert "no value above 1599" in left.reason
    (case,) = outcomes(find(source, window="0,1599").units[0])
    assert case.picture.origin == FileOrigin("images/case00.png", Window(0.0, 1599.0))
    assert (picture_at(source, case.picture.origin) == case.picture.pixels).all()


def test_bad_files_are_listed_with_their_reason(write_pairs: WritePairs) -> None:
    source = write_pairs(cases=6)
    (source / "masks" / "case00.png").unlink()
    (source / "images" / "case01.png").unlink()
    (source / "images" / "case02.png").write_bytes(b"\x89PNG broken")
    Image.new("L", (7, 9)).save(source / "masks" / "case03.png")
    (source / "images" / "notes.txt").write_text("hello")
    Image.new("RGB", (40, 40)).save(source / "images" / "case04.jpg")
    (source / "images" / ".hidden.png").write_text("")
    (source / "README.md").write_text("hello")
    findings = find(source)
    twins = (
        "one of 2 files of one stem (case04.jpg, case04.png); keep one, or name the pairs in "
        "index.csv (columns image, mask)"
    )
    assert findings.left_out == (
        LeftOut("images/case00.png", "no mask"),
        LeftOut("images/case04.jpg", twins),
        LeftOut("images/case04.png", twins),
        LeftOut("images/notes.txt", "not a kind of file we read"),
        LeftOut("masks/case01.png", "no image"),
        LeftOut("masks/case04.png", f"its image is {twins}"),
    )
    read = [outcome for unit in findings.units for outcome in unit.read()]
    assert read[:2] == [
        LeftOut("images/case02.png", "cannot be read: cannot identify image file"),
        LeftOut("masks/case03.png", "mask is 7x9 pixels, its image 40x40"),
    ]
    assert [case.picture.id for case in read[2:]] == ["case05"]


def test_classes_are_asked_for_with_the_file_and_then_chosen(write_pairs: WritePairs) -> None:
    source = write_pairs(cases=1)
    values = np.eye(40, dtype=np.uint8) + 3
    Image.fromarray(values).save(source / "masks" / "case00.png")
    with pytest.raises(
        MaskValuesError, match=r"in masks/case00\.png: mask holds 2 values: 3 in 97"
    ):
        outcomes(find(source).units[0])
    (case,) = outcomes(find(source, foreground="4").units[0])
    assert case.mask.sum() == 40
    with pytest.raises(DataError, match="'lesion' is no class of a mask file"):
        find(source, foreground="lesion")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "holds no images"),
        (["images/a.png", "b.jpg"], "holds 2 images but no masks"),
        (["images/a.png", "masks/b.png"], "1 images and 1 masks, but none fit together, such as"),
    ],
)
def test_a_folder_without_pairs_says_why(tmp_path: Path, files: list[str], said: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert PAIRS.sees(tmp_path) == ""
    with pytest.raises(DataError, match=said):
        find(tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        find(tmp_path / "absent")


def test_other_kinds_are_not_claimed(tmp_path: Path) -> None:
    for name in ("slide.svs", "tile.tif", "tile.xml", "case_00000/imaging.nii.gz", "a.dcm"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert PAIRS.sees(tmp_path) == ""
    assert PAIRS.sees(tmp_path / "tile.tif") == ""


@pytest.mark.parametrize(
    ("folder", "pairs", "groups"),
    [("skin", 858, 858), ("prostate", 87, 6), ("glands", 145, 16), ("kidney", 660, 375)],
)
def test_real_folders(shared: Path, folder: str, pairs: int, groups: int) -> None:
    findings = find(shared / "data" / folder)
    assert (len(findings.units), findings.left_out, findings.notes) == (pairs, (), ())
    assert len({unit.picture.group for unit in findings.units}) == groups
    assert isinstance(outcomes(findings.units[-1])[0], ReadCase)


def test_three_real_encodings_are_asked_for_and_chosen(shared: Path) -> None:
    source = shared / "data" / "originals" / "prostate"
    with pytest.raises(MaskValuesError, match="1 in 46.9 %, 4 in 28.5 %, 0 in 24.6 %"):
        outcomes(find(source).units[0])
    (bii,) = outcomes(find(source, foreground="0,1,2").units[0])
    assert bii.mask.mean() == pytest.approx(0.7145, abs=1e-4)
    chosen = find(source, foreground="255,#ff0000").units
    shares = [round(float(outcomes(unit)[0].mask.mean()), 4) for unit in chosen]
    assert shares == [0.0, 0.4267, 0.0111]
