import errno
from math import nan
from pathlib import Path

import pandas as pd
import pytest

from twinseg.core.errors import StoreError
from twinseg.core.store import read_json, whole_file, whole_folder, write_csv, write_json
from twinseg.core.tables import Rows


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "facts.json"
    write_json(file, {"b": 1, "a": [2.5]})
    assert read_json(file) == {"a": [2.5], "b": 1}
    with pytest.raises(ZeroDivisionError), whole_file(file) as scratch:
        scratch.write_text("half")
        raise ZeroDivisionError
    assert read_json(file) == {"a": [2.5], "b": 1}
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_is_whole_or_absent(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(ZeroDivisionError), whole_folder(folder) as scratch:
        (scratch / "one").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with whole_folder(folder) as scratch:
        (scratch / "one").write_text("whole")
    assert [path.name for path in folder.iterdir()] == ["one"]


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / ".run.part"
    left.mkdir()
    (left / "old").write_text("half")
    with whole_folder(tmp_path / "run") as scratch:
        (scratch / "new").write_text("whole")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_existing_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(StoreError, match="exists already"), whole_folder(tmp_path / "mine"):
        pass


@pytest.mark.parametrize("kind", [whole_file, whole_folder])
def test_a_full_disk_leaves_nothing_and_is_one_line(tmp_path: Path, kind) -> None:
    with pytest.raises(StoreError, match="No space left on device; make room") as caught:
        with kind(tmp_path / "thing") as scratch:
            (scratch / "part" if scratch.is_dir() else scratch).write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_numbers_in_csv_keep_every_digit(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", ["a", "b"], [[0.1 + 0.2, "x,y"]])
    assert (tmp_path / "t.csv").read_text() == 'a,b\n0.30000000000000004,"x,y"\n'


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(StoreError, match="is this a twinseg folder"):
        read_json(tmp_path / "bad.json")


def test_rows_that_are_packed_on_the_way_make_the_same_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Rows, "_AT_ONCE", 2)
    rows, plain = Rows(), []
    for number in range(5):
        row = {"case": f"c{number}", "pixels": number, "dice": nan if number < 2 else 0.5}
        rows.add(row)
        plain.append(row)
    pd.testing.assert_frame_equal(rows.table(), pd.DataFrame(plain))
    assert Rows().table().empty
