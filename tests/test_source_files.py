"""Names, links, pipes and archives of others: what cannot be used is listed and harms nobody."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import WritePairs
from twinseg.core.errors import DataError, StoreError
from twinseg.core.names import alike, how_alike, why_no_file_name
from twinseg.core.text_files import read_text_file
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.images.tree import entries, walk
from twinseg.records.source_settings import make_source_settings

SETTINGS = make_source_settings(size=32)
STRICT = make_source_settings(size=32, strict=True)


def left_out(data: PreparedDataset) -> dict[str, str]:
    return {item.file: item.reason for item in data.dataset.left_out}


def add_pair(source: Path, name: str | bytes) -> None:
    """Add an image and its mask, copies of the first ones."""
    for folder in ("images", "masks"):
        target = os.path.join(os.fsencode(source / folder), os.fsencode(name))  # noqa: PTH118
        with open(target, "wb") as file:  # noqa: PTH123
            file.write((source / folder / "case00.png").read_bytes())


def test_a_name_that_is_no_text_is_left_out_and_stops_nothing(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs(cases=2)
    add_pair(source, b"caf\xe9.png")  # Latin-1, as an old archive unpacks it
    (Path(os.fsdecode(os.fsencode(source) + b"/\xff"))).mkdir()
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert [case.id for case in data.dataset.cases] == ["case00", "case01"]
    assert left_out(data) == dict.fromkeys(
        (r"\xff", r"images/caf\xe9.png", r"masks/caf\xe9.png"),
        "its name is no UTF-8 text; rename it",
    )
    assert json.loads((tmp_path / "set" / "dataset.json").read_text())["left_out"]
    with pytest.raises(DataError, match=r"3 files of .*--strict is on: .*\\xff"):
        prepare(source, tmp_path / "strict", STRICT)


@pytest.fixture
def odd_files(write_pairs: WritePairs) -> Iterator[Path]:
    """A source of two pairs, and beside them everything that a file system has but files."""
    source = write_pairs(cases=2)
    images = source / "images"
    os.mkfifo(images / "pipe.png")
    os.mkfifo(source / "masks" / "pipe.png")
    (images / "endless.png").symlink_to("/dev/zero")
    (images / "gone.png").symlink_to("nowhere.png")
    (images / "loop.png").symlink_to("loop.png")
    (images / "again").symlink_to("..")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(images)  # the name of a socket may have a hundred bytes
        server.bind("talk.png")
        os.chdir(before)
        yield source


def test_pipes_devices_and_lost_links_are_listed_and_hang_nobody(
    odd_files: Path, tmp_path: Path
) -> None:
    data = prepare(odd_files, tmp_path / "set", SETTINGS)
    assert [case.id for case in data.dataset.cases] == ["case00", "case01"]
    pipe = "is no regular file but a pipe, a socket or a device"
    lost = "is a link to nothing that is there"
    assert left_out(data) == {
        "images/endless.png": pipe,
        "images/gone.png": lost,
        "images/loop.png": lost,
        "images/pipe.png": pipe,
        "images/talk.png": pipe,
        "masks/pipe.png": pipe,
    }


@pytest.mark.parametrize("kind", ["dicom", "nifti", "slides", "isic", "kits", "gleason"])
def test_no_kind_opens_a_pipe(kind: str, odd_files: Path, tmp_path: Path) -> None:
    for path in (odd_files / "images").glob("case*"):
        path.unlink()
    for name in ("a.dcm", "DICOMDIR", "a.nii.gz", "a_seg.nii.gz", "a.svs", "a.xml", "a", "b.csv"):
        os.mkfifo(odd_files / name)
    (odd_files / "case_00001").mkdir()
    os.mkfifo(odd_files / "case_00001" / "imaging.nii.gz")
    with pytest.raises(DataError):
        prepare(odd_files, tmp_path / "set", make_source_settings(size=32, kind=kind))


@pytest.mark.parametrize("name", ["index.csv", "dataset.json"])
@pytest.mark.parametrize("make", ["pipe", "endless"])
def test_tables_without_end_are_refused_or_say_nothing(
    name: str, make: str, tmp_path: Path
) -> None:
    if make == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(DataError, match="is no regular file"):
        read_text_file(tmp_path / name)


def test_a_pipe_as_source_or_as_index_is_one_line(write_pairs: WritePairs, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is no folder and no regular file"):
        prepare(tmp_path / "pipe", tmp_path / "set", SETTINGS)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DataError, match="does not exist"):
        prepare(tmp_path / "loop", tmp_path / "set", SETTINGS)
    source = write_pairs(cases=2)
    os.mkfifo(source / "index.csv")
    with pytest.raises(DataError, match=r"index.csv is no regular file"):
        prepare(source, tmp_path / "set", SETTINGS)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(end: str, tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_bytes(f"id,group{end}a,b{end}".encode())
    assert read_text_file(tmp_path / "index.csv") == "id,group\na,b\n"


def test_a_table_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("id,group\n")
    os.truncate(tmp_path / "index.csv", 2**28 + 1)  # zeros that take no room on the disk
    with pytest.raises(DataError, match="has more than 256 MiB"):
        read_text_file(tmp_path / "index.csv")


def test_the_tree_is_walked_in_order_and_circles_once(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.png", "a/y.png", "a/b/x.png", "c.png", ".hidden/n.png", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    assert [str(path) for path in walk(tmp_path)] == [
        *("b.png", "c.png", "a/y.png", "a/z.png", "a/b/x.png")
    ]


def test_a_folder_that_may_not_be_looked_into_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def closed(path: Path) -> object:  # root, who runs some tests, may look everywhere
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("os.scandir", closed)
    assert [(str(e.path), e.fault) for e in entries(tmp_path)] == [
        ("closed", "cannot be looked into: Permission denied")
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        (".", "it is made of dots or blanks"),
        ("..", "it is made of dots or blanks"),
        (". .", "it is made of dots or blanks"),
        ("a/b", "it has / or \\ in it"),
        ("a\\b", "it has / or \\ in it"),
        ("a\0b", "it has characters in it that cannot be seen"),
        ("a\nb", "it has characters in it that cannot be seen"),
        ("a\x1b[2J", "it has characters in it that cannot be seen"),
        ("a\udce9", "it has characters in it that cannot be seen"),
        ('a"b|c', 'it has " in it, which Windows forbids'),
        ("12:30", "it has : in it, which Windows forbids"),
        ("con", "Windows keeps that name for a device"),
        ("LPT1.scan", "Windows keeps that name for a device"),
        (".a", "files that begin with a dot are hidden"),
        ("a" * 252, "it has 252 bytes, a name at most 251"),
        ("ä" * 126, "it has 252 bytes, a name at most 251"),
    ],
)
def test_ids_that_cannot_be_names(name: str, why: str) -> None:
    assert why_no_file_name(name) == why


@pytest.mark.parametrize("name", ["a", "a.b", "Fall 12", "ä" * 125, "コン", "control", "a."])
def test_ids_that_can_be_names(name: str, tmp_path: Path) -> None:
    assert why_no_file_name(name) == ""
    (tmp_path / f"{name}.png").touch()


def test_names_that_other_systems_take_for_one() -> None:
    assert alike("Fall") == alike("fALL ")
    assert alike("é") == alike("e\u0301") != alike("e")
    assert alike("STRASSE") == alike("straße")
    assert alike("1.1") != alike("1.10")
    assert how_alike("Fall", "fALL") == "only in capital and small letters"
    assert how_alike("é", "e\u0301") == r"only in how accents are stored, '\xe9' and 'e\u0301'"
    same = "only in what other systems take for the same"
    assert how_alike("a", "a.") == f"{same}, 'a' and 'a.'"
    assert how_alike("a", "a") == how_alike("a", "b") == ""


def test_cases_whose_ids_cannot_be_names_are_left_out_and_listed(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs(cases=8)
    rows = [("..", 0), ("a/b", 1), ("é", 2), ("e\u0301", 3), ("Fall", 4), ("fall", 5), ("NUL", 6)]
    lines = [f"{name},images/case0{at}.png,masks/case0{at}.png" for name, at in rows]
    lines.append("good,images/case07.png,masks/case07.png")
    (source / "index.csv").write_text("id,image,mask\n" + "\n".join(lines))
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert [case.id for case in data.dataset.cases] == ["Fall", "good", "é"]
    rename = "rename the file, or give it another id in index.csv"
    assert left_out(data) == {
        "images/case00.png": "its id '..' cannot be the name of a file: it is made of dots or "
        f"blanks; {rename}",
        "images/case01.png": "its id 'a/b' cannot be the name of a file: it has / or \\ in it; "
        f"{rename}",
        "images/case03.png": "its id 'e\u0301' differs from 'é' only in how accents are "
        f"stored, 'e\\u0301' and '\\xe9'; {rename}",
        "images/case05.png": "its id 'fall' differs from 'Fall' only in capital and small "
        f"letters; {rename}",
        "images/case06.png": "its id 'NUL' cannot be the name of a file: Windows keeps that name "
        f"for a device; {rename}",
    }
    with pytest.raises(DataError, match="5 files of .* --strict is on"):
        prepare(source, tmp_path / "strict", STRICT)


@pytest.mark.parametrize(
    ("name", "said"),
    [(b"caf\xe9", r"the path '.*caf\\udce9' is no UTF-8 text"), (b"loop", "leads in a circle")],
)
def test_names_of_datasets_that_cannot_be_are_refused_before_anything_is_read(
    name: bytes, said: str, write_pairs: WritePairs, tmp_path: Path
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StoreError, match=said):
        prepare(write_pairs(cases=1), tmp_path / os.fsdecode(name), SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loop", "pairs"]


def test_a_dataset_may_be_a_link_to_an_empty_folder(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    (tmp_path / "disk" / "empty").mkdir(parents=True)
    (tmp_path / "set").symlink_to("disk/empty")
    assert prepare(write_pairs(cases=1), tmp_path / "set", SETTINGS).folder == tmp_path / "set"
    assert (tmp_path / "set").is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["empty"]


def test_the_longest_names_there_are(write_pairs: WritePairs, tmp_path: Path) -> None:
    source = write_pairs(cases=1)
    add_pair(source, "x" * 251 + ".png")  # 255 bytes
    folder = tmp_path / ("d" * 255)  # what is under way has a longer name, cut down
    data = prepare(source, folder, SETTINGS)
    assert [len(case.id) for case in data.dataset.cases] == [6, 251]
    (originals,) = {path.name for path in tmp_path.iterdir()} - {"d" * 255, "pairs"}
    assert originals.endswith("-originals")
    with pytest.raises(StoreError, match="File name too long"):
        prepare(source, tmp_path / ("d" * 256), SETTINGS)
