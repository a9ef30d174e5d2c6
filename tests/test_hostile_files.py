"""Files made to do harm: nested, leading out, declaring more than there is, or many."""

import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import WritePairs
from tests.test_source_files import SETTINGS, left_out
from twinseg.core.errors import DataError, StoreError
from twinseg.core.progress import Silent
from twinseg.data.prepare import prepare
from twinseg.data.public.unpack import unpack
from twinseg.data.slides.xml_files import read_xml


def nested(name: str, depth: int) -> bytes:
    return f"<{name}>".encode() * depth + f"</{name}>".encode() * depth


@pytest.mark.parametrize(
    ("text", "why"),
    [
        # 5 MB: minutes, when every element was asked for all elements inside it.
        (b"<Annotations>%b</Annotations>" % nested("Annotation", 100_000), "more than 32 deep"),
        (b"<ASAP_Annotations>%b</ASAP_Annotations>" % nested("Group", 100_000), "more than 32"),
        (b"<Annotations>" + b"<Annotation>" * 400_000, "more than 32 deep"),
    ],
)
def test_nested_xml_is_refused_at_once(text: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(text)
    with pytest.raises(DataError, match=why):
        read_xml(tmp_path / "a.xml")


def test_a_long_chain_of_groups_is_refused_and_a_circle_ends(tmp_path: Path) -> None:
    def asap(groups: str) -> Path:
        box = '<Coordinate Order="0" X="0" Y="0"/><Coordinate Order="1" X="9" Y="0"/>'
        box += '<Coordinate Order="2" X="9" Y="9"/>'
        area = '<Annotation Type="Polygon" PartOfGroup="g0">'
        text = f"<ASAP_Annotations>{area}<Coordinates>{box}</Coordinates></Annotation>{groups}"
        (tmp_path / "a.xml").write_text(f"{text}</ASAP_Annotations>")
        return tmp_path / "a.xml"

    def group(at: int, above: int) -> str:
        return f'<Group Name="g{at}" PartOfGroup="g{above}"/>'

    (shape,) = read_xml(asap(group(0, 1) + group(1, 0))).shapes
    assert shape.names[:2] == ("g0", "g1")
    with pytest.raises(DataError, match="nests groups more than 32 deep"):
        read_xml(asap("".join(group(at, at + 1) for at in range(10_000))))


def zipped(path: Path, *names: str, mode: int = 0o100644) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name in names:
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            packed.writestr(member, "content")
    return path


@pytest.mark.parametrize(
    "name", ["../out", "a/../../out", "/out", "..\\out", "\\out", "C:\\out", "C:out"]
)
def test_archives_that_lead_out_are_not_unpacked(name: str, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", "good", name)
    with pytest.raises(DataError, match="leads out of its folder"):
        unpack(archive, tmp_path / "a", progress=Silent())
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_links_and_devices_in_archives(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="leads out of its folder"):
        unpack(zipped(tmp_path / "l.zip", "link", mode=0o120777), tmp_path / "l", progress=Silent())
    for kind in (0o010644, 0o020644, 0o060644, 0o140644):  # pipe, devices, socket: plain files
        archive = zipped(tmp_path / "d.zip", "odd", mode=kind)
        unpack(archive, tmp_path / f"d{kind}", progress=Silent())
        assert (tmp_path / f"d{kind}" / "odd").is_file()


def test_archives_that_are_damaged_or_contradict_themselves_are_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", "content" * 99)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[31:35] = b"\xff" * 4  # in the middle of what is packed
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(tmp_path / "b.zip", tmp_path / "b", progress=Silent())
    with pytest.raises(StoreError, match="cannot write"):  # a file and a folder of one name
        unpack(zipped(tmp_path / "c.zip", "a", "a/b"), tmp_path / "c", progress=Silent())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip", "c.zip"]


def test_an_archive_in_place_of_the_folder_of_a_public_set(tmp_path: Path) -> None:
    from twinseg.study.prepare import prepare as prepare_here

    archive = zipped(tmp_path / "isic.zip", "../out")
    with pytest.raises(DataError, match=r"isic.zip"):
        prepare_here("isic2018", tmp_path / "set", from_folder=archive)


def large_png(path: Path, side_px: int) -> None:
    """Write a PNG of black that is small on the disk and declares ``side_px`` rows and columns."""
    row = zlib.compress(bytes(side_px + 1) * 9, 9)
    head = struct.pack(">IIBBBBB", side_px, side_px, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", row), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
            for name, content in chunks
        )
    )


def test_a_picture_of_20000_x_20000_is_left_out_with_the_way_out(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs(cases=2)
    for folder in ("images", "masks"):
        large_png(source / folder / "large.png", 20_000)
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert left_out(data) == {
        "images/large.png": "declares more pixels than any picture, expected at most 100,000,000; "
        "read it in tiles with --kind slides"
    }


@pytest.mark.slow
def test_five_thousand_pairs(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / "source" / folder).mkdir(parents=True)
    picture = Image.fromarray(np.full((8, 8, 3), 90, np.uint8))
    mask = Image.fromarray(np.eye(8, dtype=np.uint8) * 255)
    for at in range(5_000):
        picture.save(tmp_path / "source" / "images" / f"n{at}.png")
        mask.save(tmp_path / "source" / "masks" / f"n{at}.png")
    data = prepare(tmp_path / "source", tmp_path / "set", SETTINGS)
    assert len(data.dataset.cases) == 5_000
    assert data.reference(4_999).sum() == 8
