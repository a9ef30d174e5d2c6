"""Public sets by name, against a server on this machine."""

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

import twinseg
from tests.served_files import Served, serve
from tests.test_kits import AFFINE
from tests.volume_files import gzipped, nifti_bytes
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Silent
from twinseg.data.public import PUBLIC_SETS, fetch, with_defaults
from twinseg.data.public import unpack as unpack_module
from twinseg.data.public.sets import PublicSet
from twinseg.data.public.unpack import unpack
from twinseg.records.source_settings import SourceSettings


class Said(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("UP", ".."), data)
    return content.getvalue()


ISIC = {
    "/2017/ISIC-2017_Training_Data.zip": zipped(Training__ISIC_1_jpg=b"picture"),
    "/2017/ISIC-2017_Training_Part1_GroundTruth.zip": zipped(Truth__ISIC_1_png=b"mask"),
}


def files_of(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    )


def test_zips_are_fetched_unpacked_and_written_down(tmp_path: Path) -> None:
    said = Said()
    with serve(Served(ISIC)) as served:
        folder = fetch("isic2017", tmp_path / "isic", progress=said, base_url=served.url)
        fetch("isic2017", tmp_path / "isic", progress=said, base_url=served.url)
    assert len(served.asked) == 2
    assert files_of(folder) == [
        "ISIC-2017_Training_Data/Training/ISIC_1_jpg",
        "ISIC-2017_Training_Part1_GroundTruth/Truth/ISIC_1_png",
        "downloads.json",
    ]
    known = json.loads((folder / "downloads.json").read_text())
    assert {len(digest) for digest in known.values()} == {64}
    assert "5.8 GB" in said.lines[0]
    assert "CC0" in said.lines[0]
    assert "no check sum is published for 2 files" in said.lines[1]


def test_what_is_missing_is_fetched_and_the_rest_kept(tmp_path: Path) -> None:
    some = dict(list(ISIC.items())[1:])
    with serve(Served(some)) as served:
        with pytest.raises(DataError, match="404.*by hand and give --from FOLDER"):
            fetch("isic2017", tmp_path / "isic", base_url=served.url)
    with serve(Served(ISIC)) as served:
        fetch("isic2017", tmp_path / "isic", base_url=served.url)
    assert [path for path, _ in served.asked] == ["/2017/ISIC-2017_Training_Data.zip"]


def test_kits_comes_in_the_layout_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    from twinseg.data.sources.kits import KITS

    files = PUBLIC_SETS["kits19"].files[:2]
    small = PublicSet(title="KiTS", terms="-", homepage="-", kind="kits", size="1 kB", files=files)
    monkeypatch.setitem(PUBLIC_SETS, "kits19", small)
    volume = gzipped(nifti_bytes(np.ones((2, 3, 4), dtype=np.int16), AFFINE))
    paths = {"/" + file.url.split("/", 3)[3]: volume for file in files}
    with serve(Served(paths)) as served:
        folder = fetch("kits19", tmp_path / "kits", base_url=served.url)
    assert KITS.sees(folder) == "1 case of kidney CT (KiTS)"
    assert len(KITS.find(folder, SourceSettings()).units) == 1


def test_a_file_that_differs_from_the_first_is_refused(tmp_path: Path) -> None:
    (tmp_path / "downloads.json").write_text(
        json.dumps({"ISIC-2017_Training_Part1_GroundTruth.zip": "0" * 64})
    )
    with serve(Served(ISIC)) as served, pytest.raises(DataError, match="SHA-256 differs"):
        fetch("isic2017", tmp_path, base_url=served.url)
    assert files_of(tmp_path) == ["downloads.json"]


@pytest.mark.parametrize("name", ["panda", "gleason2019", "glas"])
def test_what_wants_an_account_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="fetch .* from https://.* and give --from FOLDER") as error:
        fetch(name, tmp_path / name)
    assert "\n" not in str(error.value)
    assert not (tmp_path / name).exists()


def test_offline_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with serve(Served({})) as served:
        pass
    with pytest.raises(DataError, match="connection failed.*challenge.isic-archive.com.*--from"):
        fetch("isic2018", tmp_path, base_url=served.url, pause_s=0.0)


def test_wrong_names_are_answered_with_the_right_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="glas, gleason2019, isic2017, isic2018, kits19, kits23"):
        fetch("isic", tmp_path)


def test_how_a_set_is_read_unless_the_user_says() -> None:
    panda = with_defaults("panda", SourceSettings())
    assert (panda.kind, panda.foreground) == ("slides", ("3", "4", "5"))
    assert with_defaults("panda", SourceSettings(foreground=("2",))).foreground == ("2",)


def test_the_table_is_sound() -> None:
    for found in PUBLIC_SETS.values():
        assert bool(found.files) != bool(found.by_hand)
        assert len({file.name for file in found.files}) == len(found.files)
        assert all(file.url.startswith("https://") for file in found.files)
    assert len(PUBLIC_SETS["kits19"].files) == 2 * 210
    assert len(PUBLIC_SETS["kits23"].files) == 2 * 489


@pytest.mark.parametrize("name", ["UP__evil", "a__UP__UP__evil", "__abs", "C:__evil"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    archive = tmp_path / "in" / "a.zip"
    archive.write_bytes(zipped(**{"good": b"1", name: b"2"}))
    with pytest.raises(DataError, match="leads out of its folder"):
        unpack(archive, tmp_path / "in" / "a", progress=Silent())
    assert files_of(tmp_path) == ["in/a.zip"]


def test_links_bombs_and_damage_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="leads out"):
        unpack(archive, tmp_path / "a", progress=Silent())
    content = zipped(a=b"x" * 1000)
    archive.write_bytes(content.replace(b"xxxx", b"xxxy", 1))
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(archive, tmp_path / "a", progress=Silent())
    archive.write_bytes(content[:100])
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(archive, tmp_path / "a", progress=Silent())
    archive.write_bytes(content)
    monkeypatch.setattr(unpack_module, "MOST_BYTES", 999)
    with pytest.raises(DataError, match="expected at most"):
        unpack(archive, tmp_path / "a", progress=Silent())
    assert files_of(tmp_path) == ["a.zip"]


def test_a_misspelt_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^isic2081 is neither .*; did you mean isic\d+\?$"):
        twinseg.prepare("isic2081", tmp_path / "dataset")
