"""Volumes written for tests: by SimpleITK in any orientation, or byte by byte."""

import gzip
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

Three = tuple[float, float, float]
TOWARDS = {  # what the letters of an orientation mean, in LPS
    "L": (1, 0, 0),
    "R": (-1, 0, 0),
    "P": (0, 1, 0),
    "A": (0, -1, 0),
    "S": (0, 0, 1),
    "I": (0, 0, -1),
}


def write(
    path: Path,
    values: np.ndarray,
    *,
    spacing_mm: Three = (1, 1, 1),
    origin_mm: Three = (0, 0, 0),
    axes: str = "LPS",
    compressed: bool = True,
) -> Path:
    """Write values (i, j, k) whose axes run towards the letters of ``axes``."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(values.transpose(2, 1, 0)))
    image.SetSpacing(spacing_mm)
    image.SetOrigin(origin_mm)
    image.SetDirection(np.array([TOWARDS[letter] for letter in axes], float).T.ravel().tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path), compressed)
    return path


def write_turned(path: Path, lps: np.ndarray, spacing_mm: Three, axes: str) -> Path:
    """Write the block ``lps`` (x, y, z; first voxel at 0) with its axes stored as ``axes`` says."""
    letters = ["LR", "PA", "SI"]
    order = [next(n for n, pair in enumerate(letters) if letter in pair) for letter in axes]
    flips = [slice(None, None, 1 if letter in "LPS" else -1) for letter in axes]
    ends = [(lps.shape[n] - 1) * spacing_mm[n] for n in range(3)]
    origin = [0.0, 0.0, 0.0]
    for letter, axis in zip(axes, order, strict=True):
        origin[axis] = 0.0 if letter in "LPS" else ends[axis]
    return write(
        path,
        lps.transpose(order)[tuple(flips)],
        spacing_mm=(spacing_mm[order[0]], spacing_mm[order[1]], spacing_mm[order[2]]),
        origin_mm=(origin[0], origin[1], origin[2]),
        axes=axes,
    )


def nifti_bytes(values: np.ndarray, affine: Sequence[Sequence[float]]) -> bytearray:
    """Return a NIfTI-1 file of int16 by the standard; ``affine`` is its sform, in RAS."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, *values.shape, 1, 1, 1, 1)
    struct.pack_into("<hh", head, 70, 4, 16)  # int16
    struct.pack_into("<8f", head, 76, 1, 1, 1, 1, 0, 0, 0, 0)
    struct.pack_into("<f", head, 108, 352)
    struct.pack_into("<ff", head, 112, 1, 0)  # slope, intercept
    head[123] = 2  # mm
    struct.pack_into("<hh", head, 252, 0, 1)  # no qform, sform of the scanner
    struct.pack_into("<12f", head, 280, *[part for row in affine for part in row])
    head[344:348] = b"n+1\0"
    return head + values.astype("<i2").tobytes(order="F")


def gzipped(content: bytes) -> bytes:
    """Compress, without a time in the header."""
    return gzip.compress(bytes(content), mtime=0)
