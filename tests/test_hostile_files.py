"""Files made to do harm: nested, leading out, declaring more than there is, or many."""

import multiprocessing
import os
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from tests import fuzz_sources
from tests.conftest import WritePairs
from tests.damage import cycle_directory
from tests.test_source_files import SETTINGS, left_out
from twinseg.comparison.read_scores import read_scores
from twinseg.core.errors import DataError, StoreError
from twinseg.core.progress import Silent
from twinseg.data.originals import LEFT_OUT, originals_of
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.data.public.unpack import unpack
from twinseg.data.slides.xml_files import read_xml
from twinseg.records.source_settings import make_source_settings


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


def declare(path: Path, before: bytes, length: bytes) -> None:
    """Put ``length`` behind the first place of ``before``."""
    content = path.read_bytes()
    at = content.index(before) + len(before)
    path.write_bytes(content[:at] + length + content[at + len(length) :])


def _two_gb_of_png(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:33] + struct.pack(">I", 2**31 - 1) + content[37:])  # first IDAT


def _two_gb_of_tiff(path: Path) -> None:
    declare(path, struct.pack("<HHI", 279, 4, 1), struct.pack("<I", 2**31 - 1))  # StripByteCounts


def _many_strips_of_tiff(path: Path) -> None:
    declare(path, struct.pack("<HH", 273, 4), struct.pack("<I", 2**31 - 1))  # StripOffsets


def _two_gb_of_dicom(path: Path) -> None:
    declare(path, b"\xe0\x7f\x10\0OW\0\0", struct.pack("<I", 2**31 - 2))  # PixelData


def _two_gb_before_the_pixels(path: Path) -> None:
    content = path.read_bytes()
    at = content.index(b"\xe0\x7f\x10\0OW")
    private = b"\x09\0\x10\x10UN\0\0" + struct.pack("<I", 2**31 - 2)
    path.write_bytes(content[:at] + private + content[at:])


def _two_gb_of_nifti(path: Path) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into("<3h", content, 42, 1290, 1290, 645)  # int16: 2 GiB
    path.write_bytes(bytes(content))


def _nifti_that_begins_far_behind(path: Path) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 108, 2e9)  # vox_offset
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("kind", "number", "harm"),
    [
        ("pairs", 0, _two_gb_of_png),
        ("pairs", 2, _two_gb_of_tiff),
        ("pairs", 2, _many_strips_of_tiff),
        ("dicom", 1, _two_gb_of_dicom),
        ("dicom", 1, _two_gb_before_the_pixels),
        ("nifti", 1, _two_gb_of_nifti),
        ("nifti", 1, _nifti_that_begins_far_behind),
    ],
)
def test_two_gb_that_a_file_only_declares(
    kind: str, number: int, harm: Callable[[Path], None], tmp_path: Path
) -> None:
    maker, source = fuzz_sources.MAKERS[kind], tmp_path / "source"
    harmed = maker.write(source, number)[0]
    harm(harmed)
    maker.write(source, number + 12)  # of the same format

    def poor() -> None:
        """Prepare with half a GiB more than this process has."""
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + 2**29
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        settings = make_source_settings(size=32, kind=kind, **maker.settings)
        prepare(source, tmp_path / "set", settings, processes=1)
        os._exit(0)

    one = multiprocessing.get_context("fork").Process(target=poor)
    one.start()
    one.join()
    assert one.exitcode == 0
    data = open_prepared(tmp_path / "set")
    listed = maker.token.format(number) in (originals_of(data.folder) / LEFT_OUT).read_text()
    # The pixels of a slice are where they are, whatever length is declared: all are cases.
    assert listed or (harm is _two_gb_of_dicom and len(data.dataset.cases) == 6)
    assert data.dataset.cases


def test_a_dicomdir_whose_records_go_in_circles(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for number in (1, 2):
        fuzz_sources.MAKERS["dicom"].write(source, number)
    spare = source / "spare.dcm"
    spare.touch()
    cycle_directory(spare, np.random.default_rng(0))
    settings = make_source_settings(size=32, kind="dicom", roi="target", segment="target")
    assert len(prepare(source, tmp_path / "set", settings).dataset.cases) == 6


@pytest.mark.parametrize("cell", ["XFD1048576", "XFD2000"])
def test_a_lost_cell_of_a_workbook_does_not_fill_the_memory(cell: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["case", "dice"])
    book.active[cell] = "x"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(DataError, match="column 16384 or beyond; delete what lies beside"):
        read_scores(tmp_path / "a.xlsx")


def test_workbooks_that_unpack_to_too_much_or_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinseg.core.workbooks._MOST_UNPACKED_BYTES", 2**20)
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(2**21))
    with pytest.raises(DataError, match="unpacks to 2 MiB, at most 1 are read; save the table"):
        read_scores(tmp_path / "b.xlsx")
    (tmp_path / "c.xlsx").write_bytes((tmp_path / "b.xlsx").read_bytes()[:-9])
    with pytest.raises(DataError, match="cannot read the table .*c.xlsx: File is not a zip file"):
        read_scores(tmp_path / "c.xlsx")
