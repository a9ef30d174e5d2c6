"""``index.csv``: groups, pairs by name, and every slip that would mix patients."""

from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import WritePairs
from twinseg.core.errors import DataError
from twinseg.data.case_unit import Findings
from twinseg.data.sources.pairs import PAIRS
from twinseg.images.unit import LeftOut
from twinseg.records.source_settings import SourceSettings


def find(source: Path) -> Findings:
    return PAIRS.find(source, SourceSettings())


def groups(source: Path) -> dict[str, str]:
    return {unit.picture.id: unit.picture.group for unit in find(source).units}


def test_groups_also_with_capitals_blanks_suffixes_and_ghosts(write_pairs: WritePairs) -> None:
    source = write_pairs()
    rows = [f"case{n:02d}.png, patient{n % 9}" for n in range(10)] + ["ghost,patient1"]
    (source / "index.csv").write_text("ID, Group\n" + "\n".join(rows))
    assert groups(source)["case01"] == "patient1"
    not_used = "1 of 11 rows of index.csv not used, since no case has their id: number 12"
    assert find(source).notes == (not_used,)


def test_an_index_saved_by_a_spreadsheet_is_read(write_pairs: WritePairs) -> None:
    source = write_pairs()
    rows = "".join(f"case{n:02d};p{n % 9}\r\n" for n in range(10)) + ";\r\n\r\n; ;\r\n"
    (source / "index.csv").write_bytes(b"\xef\xbb\xbfid;group\r\n" + rows.encode())
    assert groups(source)["case09"] == "p0"
    assert find(source).notes == ("2 blank rows of index.csv left out",)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("", "needs the columns id and group, found nothing"),
        ("name,group\na,b", "found name, group"),
        ("mask,id\na,b", "has the column mask without image"),
        ("id,group\ncase00,a\nother,b", "gives no group to 9 of 10 cases, such as 'case01'; fill"),
        ("id,group\ncase00,a\ncase01,\n", "gives no group to 9 of 10 cases"),
        ("id,Patient\ncase00,a", "has the column patient but no column group; call it group"),
        ("id,group\ncase00,a\n,b\n", "has no id in row 3; fill it, or delete the row"),
        ("id,group,age\ncase00,a,1\n\n,,44\n", "has no id in row 4; fill it"),
        ("image,group\ncase00.png,a\n,b\n", "has no id in row 3; fill it"),
        ("id,group, Group\ncase00,a,b", "has 2 columns called group; keep one"),
        ("id,group\n,\n", "has a header and no rows below; give each case a row"),
        (
            "id,group\nCASE00.PNG,a",
            r"as 'case00' \('CASE00.PNG' differs from it only in capital and",
        ),
        ("id,group\ncase00,a\ncase00,b", "puts id 'case00' in two groups, 'a' and 'b'"),
    ],
)
def test_an_index_that_cannot_be_used_stops(write_pairs: WritePairs, index: str, said: str) -> None:
    source = write_pairs()
    (source / "index.csv").write_text(index)
    with pytest.raises(DataError, match=said):
        find(source)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Files whose names say nothing: the index has to."""
    for name in ("one.png", "two.png", "sub/x.png", "sub/y.png", "spare.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (4, 4)).save(tmp_path / name)
    return tmp_path


def test_an_index_may_name_the_pairs(photos: Path) -> None:
    rows = "image,mask,id,group\none.png,sub/x.png,,p1\ntwo.png,sub\\y.png,second,p2\n"
    (photos / "index.csv").write_text(rows)
    findings = find(photos)
    described = [
        (unit.picture.id, unit.picture.group, unit.name, *unit.masks) for unit in findings.units
    ]
    assert described == [
        ("one", "p1", "one.png", "sub/x.png"),
        ("second", "p2", "two.png", "sub/y.png"),
    ]
    assert findings.left_out == (LeftOut("spare.png", "not in index.csv"),)
    assert len(list(findings.units[1].read())) == 1


def test_rows_that_cannot_be_used_are_listed(photos: Path) -> None:
    rows = "image,mask\none.png,\ntwo.png,gone.png\nsub/x.png,sub/y.png\nsub/x.png,spare.png\n"
    (photos / "index.csv").write_text(rows + "sub/x.png,sub/y.png\n")
    with pytest.raises(DataError):
        find(photos)
    (photos / "index.csv").write_text(rows + "spare.png,sub/y.png\n")
    assert {(item.file, item.reason) for item in find(photos).left_out} == {
        ("one.png", "no mask"),
        ("gone.png", "is not there, although index.csv names it"),
        ("sub/x.png", "2 masks: spare.png, sub/y.png; keep one"),
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("../a.png,sub/x.png,a", "names ../a.png, which is not below"),
        ("/etc/a.png,sub/x.png,a", "names /etc/a.png, which is not below"),
        ("one.png,sub/x.png,a\ntwo.png,sub/y.png,a", "the id 'a' for one.png and two.png"),
    ],
)
def test_paths_that_lead_elsewhere_and_equal_ids_stop(photos: Path, rows: str, said: str) -> None:
    (photos / "index.csv").write_text("image,mask,id\n" + rows)
    with pytest.raises(DataError, match=said):
        find(photos)


def test_repeated_stems_are_named_by_their_path(photos: Path) -> None:
    for part in ("train", "test"):
        for kind in ("images", "masks"):
            (photos / part / kind).mkdir(parents=True)
            Image.new("L", (4, 4)).save(photos / part / kind / "1.png")
    rows = "id,group\ntrain/images/1.png,p1\ntest/images/1,p2\n"
    (photos / "index.csv").write_text(rows)
    assert groups(photos) == {"train-1": "p1", "test-1": "p2"}
