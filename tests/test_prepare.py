"""From units to a prepared dataset: whole or absent, equal twice; a bad unit costs itself."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.toy_format import TEXT_CASES, TEXTS, TextCases, TextPictures
from twinseg.core.errors import DataError, MaskValuesError, StoreError
from twinseg.core.tables import read_table, write_table
from twinseg.data import kinds
from twinseg.data.case_unit import Findings
from twinseg.data.dataset_files import write_prepared
from twinseg.data.originals import ORIGINALS, originals_of
from twinseg.data.own_folder import is_prepared
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.images import formats
from twinseg.records.source_settings import make_source_settings

SETTINGS = make_source_settings(size=16, kind="pairs")


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(formats.FORMATS, "texts", TEXTS)
    monkeypatch.setitem(kinds.KINDS, "pairs", replace(TEXT_CASES, name="pairs"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name, words in {"a": "30 31", "b": "40 bad", "c": "41 hole 42", "d": "50"}.items():
        (folder / f"{name}.txt").write_text(words)
    return folder


def ids(data: PreparedDataset) -> list[str]:
    return [case.id for case in data.dataset.cases]


def test_cases_lie_in_the_order_of_their_ids_with_all_their_facts(
    source: Path, tmp_path: Path
) -> None:
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert ids(data) == ["a-0", "a-1", "c-0", "c-2", "d-0"]
    assert data.pictures.shape == (5, 16, 16, 3)
    assert data.pictures[:, 0, 0, 0].tolist() == [30, 31, 41, 42, 50]
    assert data.dataset.cases[1].spacing_mm == (0.5, 0.25)
    assert data.dataset.cases[0].spacing_mm is None
    for position, columns in enumerate((30, 31, 41, 42, 50)):
        reference = data.reference(position)
        assert reference.shape == (20, columns)
        assert reference.sum() == 30
        assert reference[5:10, 3:9].all()
        assert data.picture(position).shape == (20, columns, 3)
    assert data.dataset.notes[0] == "read from text"
    assert data.dataset.facts["colour"] == "grey"
    assert data.size == 16


def test_slices_left_out_for_being_empty_are_counted_once_for_all(
    source: Path, tmp_path: Path
) -> None:
    data = prepare(source, tmp_path / "set", SETTINGS)
    # Of 30, 31, 41, 42 and 50 columns; the file with a case of 40 is left out whole.
    assert "5 of 194 slices without foreground kept" in data.dataset.notes


def test_a_bad_unit_is_listed_and_takes_nothing_with_it(source: Path, tmp_path: Path) -> None:
    (source / "e.txt").write_text("59 bug")
    (source / "f.txt").write_text("58 crash")
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert ids(data) == ["a-0", "a-1", "c-0", "c-2", "d-0"]
    assert [(item.file, item.reason) for item in data.dataset.left_out] == [
        ("b.txt", "it is bad"),
        ("c.txt#1", "a hole"),
        ("e.txt", "cannot be read: KeyError: 'unexpected'"),
        ("f.txt", "the library that reads it crashed"),
        ("z.doc", "no text"),
    ]


def test_twice_the_same_and_changed_by_any_pixel_label_or_group(
    source: Path, tmp_path: Path
) -> None:
    first = prepare(source, tmp_path / "one", SETTINGS)
    again = prepare(source, tmp_path / "two", SETTINGS)
    assert first.dataset.fingerprint == again.dataset.fingerprint
    for name in ("pictures.npy", "masks.npy", "references.bin", "cases.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    (source / "d.txt").write_text("51")
    changed = prepare(source, tmp_path / "three", SETTINGS)
    assert changed.dataset.fingerprint != first.dataset.fingerprint
    (source / "d.txt").rename(source / "e.txt")
    renamed = prepare(source, tmp_path / "four", SETTINGS)
    assert renamed.dataset.fingerprint != changed.dataset.fingerprint


def test_a_finished_dataset_is_opened_and_one_of_other_files_refused(
    source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    before = prepare(source, folder, SETTINGS)
    written = (folder / "pictures.npy").stat().st_mtime_ns
    prepare(source, folder, SETTINGS)
    assert (folder / "pictures.npy").stat().st_mtime_ns == written
    os.utime(source / "d.txt", ns=(1, 1))  # touched, not changed: read again, and equal
    assert prepare(source, folder, SETTINGS).dataset.fingerprint == before.dataset.fingerprint
    (source / "d.txt").write_text("51")
    with pytest.raises(StoreError, match="was prepared from other files: images, masks or groups"):
        prepare(source, folder, SETTINGS)
    assert open_prepared(folder).dataset.fingerprint == before.dataset.fingerprint


def test_a_preparation_that_was_killed_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, seen = tmp_path / "set", []

    def look(*args: object) -> None:
        seen.append({path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.bin")})
        if len(seen) == 1:
            raise KeyboardInterrupt
        write_prepared(*args)

    monkeypatch.setattr("twinseg.data.prepare.write_prepared", look)
    with pytest.raises(KeyboardInterrupt):
        prepare(source, folder, SETTINGS)
    assert not folder.exists()
    assert len(prepare(source, folder, SETTINGS).dataset.cases) == 5
    assert seen[0] == seen[1]  # no part was read again
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "set-originals", "source"]


def test_a_part_that_lost_bytes_to_a_power_cut_is_read_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = prepare(source, tmp_path / "whole", SETTINGS)

    def cut(*args: object) -> None:
        for path in (tmp_path / ".set.preparing" / "parts").glob("*.bin"):
            os.truncate(path, 7)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("twinseg.data.prepare.write_prepared", cut)
        with pytest.raises(KeyboardInterrupt):
            prepare(source, tmp_path / "set", SETTINGS)
    found = prepare(source, tmp_path / "set", SETTINGS)
    assert (found.pictures == expected.pictures).all()
    assert all((found.reference(at) == expected.reference(at)).all() for at in range(5))


def test_strict_stops_at_the_first_thing_left_out(source: Path, tmp_path: Path) -> None:
    strict = make_source_settings(size=16, kind="pairs", strict=True)
    with pytest.raises(DataError, match=r"3 files of .* --strict is on: b.txt \(it is bad\); c"):
        prepare(source, tmp_path / "set", strict)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_classes_stop_everything_and_leave_nothing(source: Path, tmp_path: Path) -> None:
    (source / "d.txt").write_text("classes")
    with pytest.raises(MaskValuesError, match="d.txt: holds 0, 1, 2"):
        prepare(source, tmp_path / "set", SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_masks_that_mark_different_classes_stop_everything(source: Path, tmp_path: Path) -> None:
    (source / "d.txt").write_text("70")
    with pytest.raises(MaskValuesError, match="different values .255, 7., each alone; choose"):
        prepare(source, tmp_path / "set", SETTINGS)
    asked = make_source_settings(size=16, kind="pairs", foreground="7,9,255")
    assert (
        "no mask holds 9 of --foreground" in prepare(source, tmp_path / "set", asked).dataset.notes
    )


def test_nothing_usable_says_what_was_wrong(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.txt").write_text("bad")
    with pytest.raises(DataError, match=r"nothing of .* can be used: a.txt \(it is bad\)"):
        prepare(source, tmp_path / "set", SETTINGS)


def test_folders_of_others_are_not_touched(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("!")
    with pytest.raises(StoreError, match="is no dataset"):
        prepare(source, other, SETTINGS)
    with pytest.raises(StoreError, match="lies inside"):
        prepare(source, source / "set", SETTINGS)
    assert (other / "mine").read_text() == "!"


def test_two_cases_of_one_name_keep_the_first(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "later").mkdir()
    (source / "later" / "a.txt").write_text("57 58")
    twice = [TextCases(TextPictures(source / name)) for name in ("a.txt", "c.txt", "later/a.txt")]
    monkeypatch.setitem(
        kinds.KINDS,
        "pairs",
        replace(kinds.KINDS["pairs"], find=lambda *_: Findings(units=tuple(twice))),
    )
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert ids(data) == ["a-0", "a-1", "c-0", "c-2"]
    second = [item for item in data.dataset.left_out if "second case" in item.reason]
    assert [item.file for item in second] == ["a-0", "a-1"]


def test_damaged_datasets_are_refused(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    prepare(source, folder, SETTINGS)
    assert is_prepared(folder)
    described = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(described | {"fingerprint": "0"}))
    with pytest.raises(StoreError, match="do not belong together"):
        open_prepared(folder)
    (folder / "dataset.json").write_text(json.dumps(described | {"format": 0}))
    with pytest.raises(StoreError, match="another version"):
        open_prepared(folder)
    (folder / "dataset.json").write_text(json.dumps(described))
    (folder / "pictures.npy").write_bytes(b"?")
    with pytest.raises(StoreError, match=r"pictures.npy of .* has 1 bytes, 3,968 were written"):
        open_prepared(folder)


def test_what_lies_beside_a_dataset_stays_when_its_files_only_look_new(
    source: Path, tmp_path: Path
) -> None:
    prepare(source, tmp_path / "set", SETTINGS)
    (tmp_path / "set" / "labels").mkdir()
    (tmp_path / "set" / "labels" / "report.json").write_text("kept")
    os.utime(source / "a.txt", ns=(1, 1))
    prepare(source, tmp_path / "set", SETTINGS)
    assert (tmp_path / "set" / "labels" / "report.json").read_text() == "kept"


def test_originals_of_another_version_are_refused_and_written_again(
    source: Path, tmp_path: Path
) -> None:
    prepare(source, tmp_path / "set", SETTINGS)
    kept = originals_of(tmp_path / "set") / ORIGINALS
    table = read_table(kept)
    write_table(kept, table.rename(columns={"origin": "place"}))
    with pytest.raises(StoreError, match=r"set-originals is of another version .*; delete it to"):
        open_prepared(tmp_path / "set")
    prepare(source, tmp_path / "set", SETTINGS)
    assert read_table(kept).equals(table)
