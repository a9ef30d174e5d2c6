"""A folder of pairs to a dataset: what is left out, what stops."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import WritePairs
from twinseg.core.errors import DataError
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.data.shrink import shrink_mask, shrink_picture
from twinseg.records.source_settings import make_source_settings


def load(source: Path, **options: object) -> PreparedDataset:
    shutil.rmtree(source.with_name("prepared"), ignore_errors=True)
    return prepare(source, source.with_name("prepared"), make_source_settings(size=32, **options))


def test_pairs_come_in_order_with_their_facts(write_pairs: WritePairs) -> None:
    data = load(write_pairs())
    first = data.dataset.cases[0]
    assert [case.id for case in data.dataset.cases] == [f"case{n:02d}" for n in range(10)]
    assert (first.group, first.height_px, first.width_px) == ("case00", 40, 40)
    mask = np.asarray(Image.open(data.folder.with_name("pairs") / "masks" / "case00.png")) > 0
    assert first.foreground_px == mask.sum()
    assert (data.reference(0) == mask).all()
    assert data.pictures.shape == (10, 32, 32, 3)
    assert data.dataset.left_out == ()
    assert data.dataset.notes == (
        "no index.csv: each case, or each DICOM series, is a group of its own",
    )


def test_index_gives_groups_also_with_capitals_blanks_and_suffixes(write_pairs: WritePairs) -> None:
    source = write_pairs()
    rows = [f"case{n:02d}.png, patient{n % 9}" for n in range(10)]
    (source / "index.csv").write_text("ID, Group\n" + "\n".join(rows))
    dataset = load(source).dataset
    assert dataset.cases[1].group == "patient1"
    assert dataset.notes == ()


def test_an_index_saved_by_a_spreadsheet_is_read(write_pairs: WritePairs) -> None:
    source = write_pairs()
    rows = "".join(f"case{n:02d};p{n % 9}\r\n" for n in range(10))
    (source / "index.csv").write_bytes(b"\xef\xbb\xbfid;group\r\n" + rows.encode())
    assert load(source).dataset.cases[9].group == "p0"


def test_bad_files_are_listed_and_the_rest_is_read(write_pairs: WritePairs) -> None:
    source = write_pairs(cases=14)
    (source / "masks" / "case00.png").unlink()
    (source / "images" / "case01.png").unlink()
    (source / "images" / "case02.png").write_bytes(b"\x89PNG broken")
    Image.new("L", (7, 9)).save(source / "masks" / "case03.png")
    (source / "images" / "notes.txt").write_text("hello")
    Image.new("RGB", (40, 40)).save(source / "images" / "case04.jpg")
    (source / "images" / ".hidden.png").write_text("")
    (source / "images" / "Thumbs.db").write_text("")
    dataset = load(source).dataset
    assert [case.id for case in dataset.cases] == [f"case{n:02d}" for n in range(5, 14)]
    assert {(item.file, item.reason.partition(" (")[0]) for item in dataset.left_out} == {
        ("images/case00.png", "no mask"),
        ("masks/case01.png", "no image"),
        ("images/case02.png", "cannot be read: cannot identify image file"),
        ("masks/case03.png", "mask is 7x9 pixels, its image 40x40"),
        ("images/notes.txt", "not a kind of file we read"),
        ("images/case04.jpg", "one of 2 files of one stem"),
        ("images/case04.png", "one of 2 files of one stem"),
        ("masks/case04.png", "its image is one of 2 files of one stem"),
    }
    with pytest.raises(DataError, match="8 files of .* cannot be used and --strict is on: images/"):
        load(source, strict=True)


def test_a_mask_of_classes_stops_with_the_values(write_pairs: WritePairs) -> None:
    source = write_pairs()
    Image.fromarray(np.full((40, 40), 3, np.uint8) + np.eye(40, dtype=np.uint8)).save(
        source / "masks" / "case05.png"
    )
    with pytest.raises(DataError, match=r"case05\.png: .*3 .*4 .*--foreground"):
        load(source)


def test_an_empty_mask_is_fine_and_counted(write_pairs: WritePairs) -> None:
    source = write_pairs()
    Image.new("L", (40, 40)).save(source / "masks" / "case00.png")
    assert load(source).dataset.empty_masks == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s: None, "does not exist"),
        (lambda s: s.mkdir(), "holds no images"),
        (lambda s: [(s / n).mkdir(parents=True) for n in ("images", "masks")], "holds no images"),
    ],
)
def test_a_missing_folder_says_what_was_expected(tmp_path: Path, spoil, said: str) -> None:
    spoil(tmp_path / "source")
    with pytest.raises(DataError, match=said):
        load(tmp_path / "source")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("", "needs the columns id and group, found nothing"),
        ("name,group\na,b", "found name, group"),
        ("id,group\ncase00,a\nother,b", "gives no group to 9 of 10 cases, such as 'case01'; fill"),
        ("id,group\ncase00,a\ncase01,\n", "gives no group to 9 of 10 cases"),
        ("id,group\ncase00,a\ncase00,b", "puts id 'case00' in two groups, 'a' and 'b'"),
    ],
)
def test_an_index_that_cannot_be_used_stops(write_pairs: WritePairs, index: str, said: str) -> None:
    source = write_pairs()
    (source / "index.csv").write_text(index)
    with pytest.raises(DataError, match=said):
        load(source)


def test_the_fingerprint_changes_with_any_pixel_label_or_group(write_pairs: WritePairs) -> None:
    source = write_pairs()
    prints = {load(source).dataset.fingerprint}
    assert {load(source).dataset.fingerprint} == prints
    for part, pixel in (("images", (1, 2, 3)), ("masks", 255)):
        with Image.open(source / part / "case03.png") as image:
            image.putpixel((0, 0), pixel)
            image.save(source / part / "case03.png")
        prints.add(load(source).dataset.fingerprint)
    rows = "".join(f"case{n:02d},g{n}\n" for n in range(10))
    (source / "index.csv").write_text("id,group\n" + rows)
    prints.add(load(source).dataset.fingerprint)
    assert len(prints) == 4


def test_shrinking_worked_out_on_paper() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:2] = 200
    assert shrink_picture(picture, 1).tolist() == [[[100, 100, 100]]]
    mask = np.array([[1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 0, 0], [1, 0, 0, 0]], bool)
    # All four of a block, one of four, two of four, none.
    assert shrink_mask(mask, 2).tolist() == [[True, False], [True, False]]
