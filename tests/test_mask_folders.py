"""Layouts in which several files may be the mask of an image: joined, asked for, or chosen."""

from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from PIL import Image

from twinseg.core.errors import DataError
from twinseg.core.progress import PlainLines
from twinseg.data.case_unit import ReadCase
from twinseg.data.mask_matching import Matched, match
from twinseg.data.prepare import prepare
from twinseg.data.sources.pairs import PAIRS
from twinseg.images.unit import LeftOut
from twinseg.records.source_settings import SourceSettings
from twinseg.study.prepare import prepare as prepare_and_say


def matched(text: str, *chosen: str) -> Matched:
    return match([PurePosixPath(name) for name in text.split()], chosen)


def pairs(text: str, *chosen: str) -> dict[str, list[str]]:
    found = matched(text, *chosen)
    assert found.rivals == ()
    return {str(image): [str(mask) for mask in masks] for image, masks in found.pairs}


DRIVE = " ".join(
    f"training/images/{n}_training.tif training/1st_manual/{n}_manual1.gif "
    f"training/mask/{n}_training_mask.gif"
    for n in (21, 22)
)
HRF = "images/1.jpg images/2.jpg manual1/1.tif manual1/2.tif mask/1_mask.tif mask/2_mask.tif"
CHASE = "1L.jpg 1R.jpg 1L_1stHO.png 1R_1stHO.png 1L_2ndHO.png 1R_2ndHO.png"
OLD = "images/a.png images/b.png masks/a.png masks/b.png masks_old/a.png masks_old/b.png"
TWO_NAMES = "images/a.png images/b.png masks/a.png masks/b.png labels/a.png labels/b.png"
UNNAMED = "images/a.png images/b.png mask/a.png mask/b.png vessels/a.png vessels/b.png"
BESIDE = "a.jpg b.jpg a_mask.png b_mask.png a_vessels.png b_vessels.png"
READERS = "images/a.png images/b.png masks/r1/a.png masks/r1/b.png masks/r2/a.png masks/r2/b.png"
PARTS = "train/images/a.png train/manual/a.png test/images/b.png test/mask/b.png"
HALVES = "images/a.png images/b.png mask/a.png manual/b.png"
UNLIKE = "images/a.png images/b.png mask/a.png mask/b.png manual/x1.png manual/x2.png"


@pytest.mark.parametrize(
    ("files", "rivals", "chosen", "mask_of_first"),
    [
        (DRIVE, ("1st_manual", "mask"), "1st_manual", "training/1st_manual/21_manual1.gif"),
        (DRIVE, ("1st_manual", "mask"), "mask", "training/mask/21_training_mask.gif"),
        (HRF, ("manual1", "mask"), "manual1", "manual1/1.tif"),
        (OLD, ("masks", "masks_old"), "masks", "masks/a.png"),
        (TWO_NAMES, ("labels", "masks"), "labels", "labels/a.png"),
        (UNNAMED, ("mask", "vessels"), "vessels", "vessels/a.png"),
        (BESIDE, ("mask", "vessels"), "vessels", "a_vessels.png"),
        (READERS, ("r1", "r2"), "r2", "masks/r2/a.png"),
        (READERS, ("r1", "r2"), "masks/R2/", "masks/r2/a.png"),
        (PARTS, ("manual", "mask"), "manual", "train/manual/a.png"),
        (HALVES, ("manual", "mask"), "mask", "mask/a.png"),
        (UNLIKE, ("manual", "mask"), "mask", "mask/a.png"),
    ],
)
def test_which_folder_holds_the_target_is_asked_and_chosen(
    files: str, rivals: tuple[str, ...], chosen: str, mask_of_first: str
) -> None:
    found = matched(files)
    assert tuple(sorted({*found.rivals})) == rivals
    first = min(pairs(files, chosen).values())
    assert first == [mask_of_first]


def test_masks_called_like_no_mask_are_chosen_by_the_end_of_their_names() -> None:
    assert matched(CHASE).masks == 0
    assert pairs(CHASE, "1stHO") == {"1L.jpg": ["1L_1stHO.png"], "1R.jpg": ["1R_1stHO.png"]}
    both = pairs(CHASE, "1stHO", "2ndHO")
    assert both["1L.jpg"] == ["1L_1stHO.png", "1L_2ndHO.png"]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ("a.png a_mask.png a_mask_1.png", {"a.png": ["a_mask.png", "a_mask_1.png"]}),
        ("a.png a_mask1.png a_mask2.png", {"a.png": ["a_mask1.png", "a_mask2.png"]}),
        (
            "t/x/images/x.png t/x/masks/c1.png t/x/masks/c2.png",
            {"t/x/images/x.png": ["t/x/masks/c1.png", "t/x/masks/c2.png"]},
        ),
        (
            "p1/image.png p1/mask.png p2/image.png p2/mask.png",
            {"p1/image.png": ["p1/mask.png"], "p2/image.png": ["p2/mask.png"]},
        ),
        (
            "p1/image1.png p1/mask1.png p1/image2.png p1/mask2.png",
            {"p1/image1.png": ["p1/mask1.png"], "p1/image2.png": ["p1/mask2.png"]},
        ),
        (
            "JPEGImages/a.jpg SegmentationClass/a.png",
            {"JPEGImages/a.jpg": ["SegmentationClass/a.png"]},
        ),
        (
            "JPEGImages/a.jpg SegmentationClass/a.npy SegmentationClassPNG/a.png "
            "SegmentationClassVisualization/a.jpg",
            {"JPEGImages/a.jpg": ["SegmentationClassPNG/a.png"]},
        ),
        ("images/a.png images/segm/a.png", {"images/a.png": ["images/segm/a.png"]}),
        (
            "train/images/a.png train/masks/a.png val/images/b.png val_mask/b.png",
            {"train/images/a.png": ["train/masks/a.png"], "val/images/b.png": ["val_mask/b.png"]},
        ),
        ("images/a.png masks/a.npy", {"images/a.png": ["masks/a.npy"]}),
        ("images/A01.JPG masks/a01.png", {"images/A01.JPG": ["masks/a01.png"]}),
        (
            "images/a_0000.png images/b_0000.png labels/a.png labels/b.png",
            {"images/a_0000.png": ["labels/a.png"], "images/b_0000.png": ["labels/b.png"]},
        ),
    ],
)
def test_layouts_of_published_sets(files: str, found: dict[str, list[str]]) -> None:
    assert pairs(files) == found
    assert matched(files).left_out == ()


def test_what_is_put_together_or_not_used_is_said() -> None:
    assert matched("a.png a_mask.png a_mask_1.png").notes == (
        "of 1 image several masks are put together, such as a_mask.png, a_mask_1.png",
    )
    notes = matched("images/a.png masks/a.png masks/a.npy overlay/a.png").notes
    assert notes == ("1 file not used: drawings, by their folder overlay",)


def test_one_odd_mask_is_listed_and_stops_nobody() -> None:
    found = matched("a.jpg b.jpg c.jpg a_mask.png a_label.png b_mask.png c_mask.png")
    assert found.rivals == ()
    assert [str(image) for image, _masks in found.pairs] == ["b.jpg", "c.jpg"]
    assert found.left_out[0].reason.endswith("say which by --masks, or keep one")


def test_two_masks_of_one_stem_say_so_beside_their_image() -> None:
    found = matched("images/a.png masks/a.png masks/a.tif images/b.png masks/b.png")
    twins = (
        "one of 2 files of one stem (a.png, a.tif); keep one, or name the pairs in index.csv "
        "(columns image, mask)"
    )
    assert found.left_out == (
        LeftOut("images/a.png", f"its mask is {twins}"),
        LeftOut("masks/a.png", twins),
        LeftOut("masks/a.tif", twins),
    )


def test_masks_of_a_part_without_images_are_listed_and_not_asked_for() -> None:
    files = "train/images/1.png train/images/2.png train/masks/1.png train/masks/2.png "
    found = matched(files + "test/masks/8.png test/masks/9.png")
    assert found.rivals == ()
    assert LeftOut("test/masks/8.png", "no image") in found.left_out


def write(path: Path, values: np.ndarray, orientation: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(values).save(path, exif=exif)


def test_the_union_is_read_and_the_question_names_the_way_out(tmp_path: Path) -> None:
    first, second = (np.zeros((4, 5), np.uint8) for _ in range(2))
    first[0, 0], second[3, 4] = 255, 255
    for name in ("a", "b"):
        write(tmp_path / "images" / f"{name}.png", np.zeros((4, 5, 3), np.uint8))
        write(tmp_path / "left" / f"{name}.png", first)
        write(tmp_path / "masks" / f"{name}.png", second)
    with pytest.raises(DataError, match=r'masks in several places, .* --masks "'):
        PAIRS.find(tmp_path, SourceSettings())
    findings = PAIRS.find(tmp_path, SourceSettings(masks="left,masks"))
    (case, _other) = (case for unit in findings.units for case in unit.read())
    assert np.argwhere(case.mask).tolist() == [[0, 0], [3, 4]]


def test_a_name_of_masks_that_nothing_has_stops_and_one_that_an_image_lacks_is_counted(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        write(tmp_path / "images" / f"{name}.png", np.zeros((4, 5, 3), np.uint8))
        write(tmp_path / "liver" / f"{name}.png", np.eye(4, 5, dtype=np.uint8))
    write(tmp_path / "spleen" / "a.png", np.eye(4, 5, dtype=np.uint8))
    said = r"ends in splen; did you mean spleen\?$"
    with pytest.raises(DataError, match=said):
        PAIRS.find(tmp_path, SourceSettings(masks="liver,splen"))
    findings = PAIRS.find(tmp_path, SourceSettings(masks="liver,spleen"))
    assert "1 of 2 images without a mask spleen, which counts as not there" in findings.notes
    whole = PAIRS.find(tmp_path, SourceSettings(masks="liver"))
    assert not any("not there" in note for note in whole.notes)


def test_outlines_of_labelme_and_coco_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.png", np.zeros((4, 5, 3), np.uint8))
    (tmp_path / "a.json").write_text('{"shapes": [], "imagePath": "a.png"}')
    with pytest.raises(DataError, match="a.json, but no masks: outlines of labelme or COCO are"):
        PAIRS.find(tmp_path, SourceSettings())


def test_a_target_that_no_mask_holds_stops(tmp_path: Path) -> None:
    write(tmp_path / "in" / "images" / "a.png", np.zeros((4, 5, 3), np.uint8))
    write(tmp_path / "in" / "masks" / "a.png", np.eye(4, 5, dtype=np.uint8))
    with pytest.raises(DataError, match=r"none of 1 mask of .* holds 7; leave --foreground"):
        prepare(tmp_path / "in", tmp_path / "out", SourceSettings(foreground="7"))
    assert not (tmp_path / "out").exists()
    data = prepare(tmp_path / "in", tmp_path / "out", SourceSettings(foreground="1"))
    assert data.dataset.cases[0].foreground_px == 4


def test_masks_of_which_some_are_inverted_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for at in range(8):
        mask = np.zeros((40, 48), np.uint8)
        mask[5:15, 5:15] = 255  # 100 of 1920 pixels
        if at % 2:
            mask = 255 - mask
        write(tmp_path / "in" / "images" / f"c{at}.png", np.full((40, 48, 3), at, np.uint8))
        write(tmp_path / "in" / "masks" / f"c{at}.png", mask)
    said = "4 of 8 masks mark more than 75% of the picture and 4 less than 25%: c1, c3, c5, c7; if"
    prepare_and_say(tmp_path / "in", tmp_path / "set", size=32, progress=PlainLines())
    assert f"note: {said}" in capsys.readouterr().out
    for at in (0, 2, 4, 6):  # as many of half of the picture: targets of every size
        mask = np.zeros((40, 48), np.uint8)
        mask[:20] = 255
        write(tmp_path / "in" / "masks" / f"c{at}.png", mask)
    mask[:20, :30] = 0
    write(tmp_path / "in" / "masks" / "c0.png", mask)
    write(tmp_path / "in" / "masks" / "c1.png", mask)
    prepare_and_say(tmp_path / "in", tmp_path / "other", size=32, progress=PlainLines())
    assert "mark more than" not in capsys.readouterr().out


STORED = np.zeros((4, 6), np.uint8)
STORED[0, 1] = 255  # first row, second column
UPRIGHT = {1: (0, 1), 2: (0, 4), 3: (3, 4), 4: (3, 1), 5: (1, 0), 6: (1, 3), 7: (4, 3), 8: (4, 0)}


def cases(folder: Path) -> list[ReadCase | LeftOut]:
    findings = PAIRS.find(folder, SourceSettings())
    return [outcome for unit in findings.units for outcome in unit.read()]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_drawn_on_stored_pictures_follow_all_orientations(
    tmp_path: Path, orientation: int
) -> None:
    picture = np.repeat(STORED[..., None], 3, axis=2)
    write(tmp_path / "images" / "a.png", picture, orientation)
    write(tmp_path / "images" / "quarter.png", picture, 6)  # says how all are meant
    for name in ("a", "quarter"):
        write(tmp_path / "masks" / f"{name}.png", STORED)
    (case, _quarter) = cases(tmp_path)
    assert [tuple(place) for place in np.argwhere(case.mask)] == [UPRIGHT[orientation]]
    assert (case.mask == (case.picture.pixels[..., 0] == 255)).all()
    assert ("masks drawn on pictures as stored" in case.note) == (orientation > 1)


def test_where_no_size_tells_turned_pictures_are_left_out(tmp_path: Path) -> None:
    for name, orientation in (("a", 1), ("b", 3)):
        write(tmp_path / "images" / f"{name}.png", np.zeros((4, 6, 3), np.uint8), orientation)
        write(tmp_path / "masks" / f"{name}.png", STORED)
    first, second = cases(tmp_path)
    assert isinstance(first, ReadCase)
    assert isinstance(second, LeftOut)
    assert "fits as stored and as turned; save the image upright" in second.reason


def test_masks_drawn_on_upright_pictures_stay(tmp_path: Path) -> None:
    for name, orientation in (("a", 3), ("b", 6)):
        write(tmp_path / "images" / f"{name}.png", np.zeros((4, 6, 3), np.uint8), orientation)
    write(tmp_path / "masks" / "a.png", STORED)
    write(tmp_path / "masks" / "b.png", np.ascontiguousarray(np.rot90(STORED, -1)))
    first, second = cases(tmp_path)
    assert np.argwhere(first.mask).tolist() == [[0, 1]]
    assert np.argwhere(second.mask).tolist() == [[1, 3]]
