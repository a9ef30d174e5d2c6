"""Downloads against a server on this machine: whole, cut, wrong, absent."""

import hashlib
from pathlib import Path

import pytest

from tests.served_files import Served, serve
from twinseg.core.errors import DataError, StoreError
from twinseg.core.progress import Silent
from twinseg.data.public import download as module
from twinseg.data.public.download import TRIES, download

CONTENT = bytes(range(256)) * 1000
CHUNK = 1 << 14
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def get(served: Served, path: Path, sha256: str | None = SHA256) -> str:
    return download(f"{served.url}/a.bin", path, sha256=sha256, progress=Silent(), pause_s=0.0)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_whole(tmp_path: Path, sha256: str | None) -> None:
    with serve(Served({"/a.bin": CONTENT})) as served:
        assert get(served, tmp_path / "deep" / "a.bin", sha256) == SHA256
        assert get(served, tmp_path / "deep" / "a.bin", sha256) == SHA256
    assert len(served.asked) == 1
    assert names(tmp_path) == ["deep", "deep/a.bin"]
    assert (tmp_path / "deep" / "a.bin").read_bytes() == CONTENT


def test_a_cut_download_goes_on_by_itself(tmp_path: Path) -> None:
    with serve(Served({"/a.bin": CONTENT}, cut_after=6 * CHUNK, cuts=2)) as served:
        assert get(served, tmp_path / "a.bin") == SHA256
    assert served.asked == [
        ("/a.bin", f"bytes={n}-" if n else "") for n in (0, 6 * CHUNK, 12 * CHUNK)
    ]


def test_a_stopped_download_goes_on_at_the_next_command(tmp_path: Path) -> None:
    served = Served({"/a.bin": CONTENT}, {"/a.bin": '"one"'}, cut_after=CHUNK, cuts=TRIES)
    with serve(served):
        with pytest.raises(DataError, match="connection was cut; give the same command to go on"):
            get(served, tmp_path / "a.bin")
        assert not (tmp_path / "a.bin").exists()
        assert get(served, tmp_path / "a.bin") == SHA256
    assert served.asked[-1] == ("/a.bin", f"bytes={TRIES * CHUNK}-")
    assert names(tmp_path) == ["a.bin"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(tmp_path: Path) -> None:
    old = Served({"/a.bin": b"old" * 4 * CHUNK}, {"/a.bin": '"old"'}, cut_after=CHUNK, cuts=TRIES)
    with serve(old), pytest.raises(DataError):
        get(old, tmp_path / "a.bin", None)
    with serve(Served({"/a.bin": CONTENT}, {"/a.bin": '"new"'})) as served:
        assert get(served, tmp_path / "a.bin", None) == SHA256


def test_a_server_without_ranges_sends_all_again(tmp_path: Path) -> None:
    served = Served({"/a.bin": CONTENT}, cut_after=CHUNK, cuts=1, ranges=False)
    with serve(served):
        assert get(served, tmp_path / "a.bin") == SHA256
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_more_than_there_is_starts_again(tmp_path: Path) -> None:
    served = Served({"/a.bin": CONTENT}, cut_after=CHUNK, cuts=TRIES)
    with serve(served), pytest.raises(DataError):
        get(served, tmp_path / "a.bin")
    with serve(Served({"/a.bin": b"short"})) as served:
        digest = get(served, tmp_path / "a.bin", None)
    assert digest == hashlib.sha256(b"short").hexdigest()


def test_a_wrong_hash_is_refused_and_removed(tmp_path: Path) -> None:
    with serve(Served({"/a.bin": CONTENT[:-1]})) as served:
        with pytest.raises(DataError, match="a.bin is not the file that was published"):
            get(served, tmp_path / "a.bin")
    assert names(tmp_path) == []


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, TRIES)])
def test_what_the_server_refuses_is_one_line(tmp_path: Path, status: int, tries: int) -> None:
    with serve(Served({"/a.bin": CONTENT}, status=status)) as served:
        with pytest.raises(DataError, match=rf"cannot fetch http.*a\.bin: .* {status}"):
            get(served, tmp_path / "a.bin")
    assert len(served.asked) == tries


def test_no_network_is_one_line(tmp_path: Path) -> None:
    with serve(Served({})) as served:
        pass
    with pytest.raises(DataError, match="the connection failed") as error:
        get(served, tmp_path / "a.bin")
    assert "\n" not in str(error.value)


def test_too_little_room_is_said_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 1000

    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: Full)
    with serve(Served({"/a.bin": CONTENT})) as served:
        with pytest.raises(StoreError, match="make room"):
            get(served, tmp_path / "a.bin")
