"""Ways in which files come to harm, each drawn from a seed."""

import gzip
import re
import struct
import warnings
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from tests.dicom_files import change, ct_slice, dataset_of, square, write_structures

Random = np.random.Generator
Damage = Callable[[Path, Random], None]
ABSURD = (65_535, 2**31 - 1)
DIRECTORY = "1.2.840.10008.1.3.10"


def _rewrite(path: Path, content: bytes | bytearray) -> None:
    path.write_bytes(bytes(content))


def cut(path: Path, rng: Random) -> None:
    """Keep the beginning only, at times nothing."""
    content = path.read_bytes()
    _rewrite(path, content[: int(rng.integers(len(content)))])


def flip(path: Path, rng: Random) -> None:
    """Turn 1 to 50 bits around, half of the time among the first 400 bytes."""
    content = bytearray(path.read_bytes())
    end = len(content) if rng.random() < 0.5 else min(400, len(content))
    for bit in rng.integers(8 * end, size=int(rng.integers(1, 51))):
        content[bit // 8] ^= 1 << (bit % 8)
    _rewrite(path, content)


def zero(path: Path, rng: Random) -> None:
    """Write zeros over a stretch, or over everything."""
    content = bytearray(path.read_bytes())
    start = int(rng.integers(len(content)))
    count = int(rng.choice([1, 16, 512, len(content)]))
    if count == len(content):
        start = 0
    content[start : start + count] = bytes(len(content[start : start + count]))
    _rewrite(path, content)


def rename(path: Path, rng: Random) -> None:
    """Give a sound file the suffix of another kind, or of none."""
    suffixes = [".txt", ".jpg", ".png", ".dcm", ".nii.gz", ".svs", ".xml", ".geojson", ""]
    others = [path.with_name(path.name.partition(".")[0] + suffix) for suffix in suffixes]
    others = [other for other in others if not other.exists()]
    path.rename(others[int(rng.integers(len(others)))])


def swap(path: Path, rng: Random) -> None:
    """Put something else under the name: a PNG, a text, a gzip of text, a folder's listing."""
    texts = [b"no such file\n" * 20, bytes(200), gzip.compress(b"notes" * 99), b"<html></html>"]
    _rewrite(path, [bomb(8, 8), *texts][int(rng.integers(len(texts) + 1))])


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


@lru_cache
def bomb(width: int, height: int, rows: int | None = None) -> bytes:
    """PNG of black, declared at any size, with as many rows as asked for."""
    pack = zlib.compressobj(9)
    row, count = bytes(1 + min(width, 100_000)), height if rows is None else rows
    packed = b"".join([*(pack.compress(row) for _ in range(count)), pack.flush()])
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@lru_cache
def zeros(mebibytes: int, *, raw: bool = False) -> bytes:
    """Zeros, deflated a thousandfold: gzip members one after another, or a raw stream."""
    if not raw:
        return gzip.compress(bytes(2**24), mtime=0) * (mebibytes // 16)
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = pack.compress(bytes(2**24)) + pack.flush(zlib.Z_FULL_FLUSH)
    return block * (mebibytes // 16) + pack.flush()


def inflate_picture(path: Path, rng: Random) -> None:
    """Replace a picture by little that unpacks to much."""
    sizes = [(9_999, 9_999, None), (60_000, 60_000, 999), (2**31 - 1, 2**31 - 1, 9)]
    _rewrite(path, bomb(*sizes[int(rng.integers(len(sizes)))]))


def inflate_tiles(path: Path, rng: Random) -> None:
    """Replace a TIFF by one whose only tile, of 64 x 64 pixels as declared, unpacks to 4 GiB."""
    packed = zlib.compress(b"")[:2] + zeros(4096, raw=True)
    tags = [(256, 64), (257, 64), (258, 8), (259, 8), (262, 1), (277, 1), (322, 64), (323, 64)]
    tags += [(324, 8 + 2 + 12 * 10 + 4), (325, len(packed))]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    _rewrite(path, head + entries + bytes(4) + packed)


def enlarge_picture(path: Path, rng: Random) -> None:
    """Declare an absurd width and height, with sums that are right."""
    content, side = bytearray(path.read_bytes()), int(rng.choice(ABSURD))
    if content[:4] == b"\x89PNG":
        struct.pack_into(">II", content, 16, side, side)
        struct.pack_into(">I", content, 29, zlib.crc32(content[12:29]))
    elif content[:2] == b"BM":
        struct.pack_into("<II", content, 18, side, side)
    elif content[:4] == b"GIF8":  # the screen, and the picture on it
        struct.pack_into("<HH", content, 6, 65_535, 65_535)
        at = content.index(b"\x2c", 13 + 3 * 2 ** ((content[10] & 7) + 1))
        struct.pack_into("<HH", content, at + 5, 65_535, 65_535)
    elif content[:2] == b"\xff\xd8":
        at = content.index(b"\xff\xc0")
        struct.pack_into(">HH", content, at + 5, 65_535, 65_535)
    else:
        for tag in (256, 257):  # TIFF: width and height, of one number each
            for code, form, most in ((3, "<H", ABSURD[0]), (4, "<I", ABSURD[1])):
                found = content.find(struct.pack("<HHI", tag, code, 1))
                if found >= 0:
                    struct.pack_into(form, content, found + 8, min(side, most))
    _rewrite(path, content)


def enlarge_volume(path: Path, rng: Random) -> None:
    """Declare absurd numbers of voxels."""
    content, side = path.read_bytes(), int(rng.choice(ABSURD))
    packed = content[:2] == b"\x1f\x8b"
    head = bytearray(gzip.decompress(content) if packed else content)
    if head[344:348] == b"n+1\0":
        struct.pack_into("<3h", head, 42, 32_767, 32_767, 32_767)
    else:
        sizes = rb"(sizes:|DimSize =)[ \d]+"
        head = bytearray(re.sub(sizes, rb"\1" + f" {side}".encode() * 3, bytes(head), count=1))
    _rewrite(path, gzip.compress(bytes(head), mtime=0) if packed else head)


def inflate_volume(path: Path, rng: Random) -> None:
    """Let zeros follow that unpack to 4 GiB, with or without a size that says so."""
    content = path.read_bytes()
    if content[:2] != b"\x1f\x8b":
        enlarge_volume(path, rng)
        return
    head = bytearray(gzip.decompress(content))
    if rng.random() < 0.5:
        struct.pack_into("<3h", head, 42, 1024, 1024, 2048)
    _rewrite(path, gzip.compress(bytes(head), mtime=0) + zeros(4096))


def enlarge_dicom(path: Path, rng: Random) -> None:
    """Declare absurd sizes in a file that is sound otherwise."""
    ways: list[dict[str, object]] = [
        {"Rows": 65_535, "Columns": 65_535},
        {"NumberOfFrames": 2**31 - 1},
        {"BitsAllocated": 65_528},
        {"SamplesPerPixel": 65_535},
        {"Rows": 0},
        {"PixelSpacing": [1e-300, 1e300]},
        {"RescaleSlope": "1e300"},
        {"ImagePositionPatient": [0, 0, 1e300]},
    ]
    change(path, **ways[int(rng.integers(len(ways)))])


def inflate_dicom(path: Path, rng: Random) -> None:
    """Write a deflated file whose data set unpacks to 4 GiB."""
    dataset = ct_slice(np.zeros((4, 4)), series=path.parent.name)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = UID("1.2.3")
    dataset.save_as(path, enforce_file_format=True)
    content = path.read_bytes()
    _rewrite(path, content[: _after_meta(content)] + zeros(4096, raw=True))


def nest_dicom(path: Path, rng: Random) -> None:
    """Put sequences into sequences, 3000 deep."""
    opening = b"\x40\x00\x60\xa7SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    content = path.read_bytes()
    start = _after_meta(content)
    _rewrite(path, content[:start] + 3000 * opening + content[start:])


def _after_meta(content: bytes) -> int:
    """Where the data set begins: after 128 bytes, DICM, and a group that says its length."""
    length: int = struct.unpack_from("<I", content, 140)[0]
    return 144 + length


def carry_to_another_frame(path: Path, rng: Random) -> None:
    """Replace a file by outlines in a frame of reference that no series has."""
    outlines = {"target": [square(4, 9, 0)]}
    path.unlink()
    write_structures(path, outlines, series=path.parent.parent.name, frame="1.2.3.4")


def cycle_directory(path: Path, rng: Random) -> None:
    """Replace a file by a DICOMDIR whose records follow each other in a circle."""
    directory = dataset_of(DIRECTORY, "OT", series="directory", patient="none")
    records = []
    for offset in (400, 500, 400):
        record = Dataset()
        record.OffsetOfTheNextDirectoryRecord = offset
        record.OffsetOfReferencedLowerLevelDirectoryEntity = offset
        record.DirectoryRecordType = "IMAGE"
        file = ["DICOMDIR"] if offset == 500 else ["..", "..", "GONE"]
        record.add(DataElement(0x00041500, "CS", file, validation_mode=config.IGNORE))
        records.append(record)
    directory.DirectoryRecordSequence = Sequence(records)
    directory.file_meta.MediaStorageSOPInstanceUID = directory.SOPInstanceUID = UID("1.2.3")
    path.unlink()
    with warnings.catch_warnings(action="ignore"):  # of names that lead out
        directory.save_as(path.with_name("DICOMDIR"), enforce_file_format=True)


def _features(geometry: str) -> bytes:
    name = '"properties": {"classification": {"name": "tumor"}}'
    return f'{{"type": "Feature", {name}, "geometry": {geometry}}}'.encode()


def harm_outlines(path: Path, rng: Random) -> None:
    """Write outlines that cross themselves, are nested too deep, lie nowhere, or unfold."""
    around = rng.uniform(0, 150, (400, 2)).round(1).tolist()
    polygon = '{"type": "Polygon", "coordinates": %s}'
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    ways = [
        _features(polygon % [[*around, around[0]]]),
        _features(polygon % "[[[0, 0], [90, 90], [90, 0], [0, 90], [0, 0]]]"),
        b"[" * 200_000,
        b'{"type": "FeatureCollection", "features": [' * 900 + b"]}" * 900,
        _features(polygon % "[[[0, 0], [1e308, 0], [1e308, 1e308], [0, 0]]]"),
        _features(polygon % "[[[0, 0], [NaN, 0], [Infinity, 9], [0, 0]]]"),
        _features(polygon % '[[[0, 0], ["x"], [5], [0, 0]]]'),
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><Annotations>&l11;</Annotations>'.encode(),
        b"<Annotations>" + b"<Annotation>" * 100_000,
        zeros(4096),
    ]
    _rewrite(path, ways[int(rng.integers(len(ways)))])
