"""Damaged volumes: a reason in one line, nothing on the screen, never half an image."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from tests.volume_files import gzipped, nifti_bytes, write
from twinseg.core.errors import DataError
from twinseg.images.volumes import volume_file as files
from twinseg.images.volumes.volume_file import read_header, read_voxels

NOISE = np.random.default_rng(0).integers(0, 999, (20, 20, 20)).astype(np.int16)
STRAIGHT = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
Damage = Callable[[bytearray], bytes]


def put(place: int, form: str, *values: float) -> Damage:
    def change(content: bytearray) -> bytes:
        struct.pack_into(form, content, place, *values)
        return bytes(content)

    return change


def cut(content: bytearray) -> bytes:
    return bytes(content[: len(content) // 2])


def flip(content: bytearray) -> bytes:
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def refused(path: Path, capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(DataError) as error:
        read_voxels(path)
    assert capfd.readouterr() == ("", "")
    assert "\n" not in str(error.value)
    assert "0x" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "is cut off"),
        (lambda content: content[:100], "cannot be read as a volume"),
        (lambda _: b"", "cannot be read as a volume"),
        (lambda _: b"\x89PNG" * 200, "cannot be read as a volume"),
        (put(42, "<h", 30_000), "is cut off|GiB"),
        (put(42, "<3h", 30_000, 30_000, 30_000), "declares .* GiB"),
        (put(42, "<h", -3), "cannot be read as a volume"),
        (put(42, "<h", 0), "cannot be read as a volume|without voxels"),
        (put(40, "<h", 9), "cannot be read as a volume"),
        (put(70, "<h", 999), "cannot be read as a volume"),
        (put(108, "<f", 1e9), "is cut off"),
        (put(280, "<f", float("nan")), "not finite"),
        (put(292, "<f", float("inf")), "not finite|cannot be read"),
        (put(280, "<f", 0.0), "not finite|cannot be read"),
        (put(284, "<f", 0.5), "right angles"),
        (put(344, "<4s", b"ni1\0"), "no NIfTI-1 file of one piece|cannot be read"),
    ],
)
def test_nifti(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], damage: Damage, reason: str
) -> None:
    plain = tmp_path / "a.nii"
    plain.write_bytes(damage(nifti_bytes(NOISE, STRAIGHT)))
    assert re.search(reason, refused(plain, capfd))
    packed = tmp_path / "a.nii.gz"
    packed.write_bytes(gzipped(damage(nifti_bytes(NOISE, STRAIGHT))))
    refused(packed, capfd)


@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha"])
@pytest.mark.parametrize("damage", [cut, flip])
def test_compressed_voxels(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str, damage: Damage
) -> None:
    path = write(tmp_path / f"a.{suffix}", NOISE)
    path.write_bytes(damage(bytearray(path.read_bytes())))
    assert re.search("is cut off|is damaged|cannot be read", refused(path, capfd))


@pytest.mark.parametrize("suffix", ["nii", "nrrd", "mha"])
def test_plain_voxels_cut_off(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str
) -> None:
    path = write(tmp_path / f"a.{suffix}", NOISE, compressed=False)
    np.testing.assert_array_equal(read_voxels(path), NOISE)
    path.write_bytes(path.read_bytes()[:-1])
    assert "is cut off" in refused(path, capfd)


@pytest.mark.parametrize(
    ("suffix", "old", "new", "reason"),
    [
        ("mha", b"DimSize = 20 20 20", b"DimSize = 20000 20000 20", "cannot hold|GiB"),
        ("mha", b"ElementSpacing = 1 1 1", b"ElementSpacing = nan 1 0", "spacing"),
        ("mha", b"Matrix = 1 0 0", b"Matrix = 1 0.5 0", "right angles"),
        ("mha", b"ElementDataFile = LOCAL", b"ElementDataFile = /etc/passwd", "elsewhere"),
        ("nrrd", b"sizes: 20 20 20", b"sizes: 20000 20000 20", "cannot hold|GiB"),
        ("nrrd", b"encoding: gzip", b"encoding: bzip2", "encoding|cannot be read"),
        ("nrrd", b"(1,0,0)", b"(nan,0,0)", "cannot be read|not finite|spacing"),
        ("nrrd", b"encoding", b"data file: /etc/passwd\nencoding", "elsewhere|cannot be read"),
    ],
)
def test_text_headers(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    suffix: str,
    old: bytes,
    new: bytes,
    reason: str,
) -> None:
    path = write(tmp_path / f"a.{suffix}", NOISE)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    assert re.search(reason, refused(path, capfd))


def test_a_missing_check_sum_is_noticed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.nii.gz", NOISE)
    path.write_bytes(path.read_bytes()[:-4])
    assert "do not end" in refused(path, capfd)


def test_two_gzip_streams_end_to_end_are_one_file(tmp_path: Path) -> None:
    content = bytes(nifti_bytes(NOISE, STRAIGHT))
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzipped(content[:5000]) + gzipped(content[5000:]))
    np.testing.assert_array_equal(read_voxels(path), NOISE)


def test_a_bomb_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.nii.gz", np.zeros((11, 12, 2), dtype=np.int16))
    monkeypatch.setattr(files, "MOST_PIXELS", 131)
    with pytest.raises(DataError, match="slices of 12x11 pixels"):
        read_header(path)
    monkeypatch.setattr(files, "MOST_BYTES", 500)
    with pytest.raises(DataError, match="GiB of memory"):
        read_header(path)


def test_colours_are_no_volume(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(np.zeros((3, 4, 5, 3), dtype=np.uint8), isVector=True)
    sitk.WriteImage(image, str(tmp_path / "a.nrrd"))
    with pytest.raises(DataError, match="3 values a voxel"):
        read_header(tmp_path / "a.nrrd")


def test_an_affine_off_by_rounding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    path.write_bytes(nifti_bytes(NOISE, [[1, 5e-4, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]))
    np.testing.assert_array_equal(read_voxels(path), NOISE)
