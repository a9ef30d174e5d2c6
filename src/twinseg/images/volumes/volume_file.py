"""Read volumes: the one door to SimpleITK, which makes sense of their headers.

`volume_output` writes through it.

The voxels are read here: SimpleITK hands on truncated and damaged NIfTI and MHA data as if they
were whole, and needs twice the memory. What it prints of headers becomes one line.
"""

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twinseg.core.errors import DataError
from twinseg.images.silence import without_chatter
from twinseg.images.volumes.encoding import Encoding, find_in_mha, find_in_nrrd, read_nifti
from twinseg.images.volumes.space import VolumeSpace, Voxels, space_from
from twinseg.images.volumes.stream import kept_type, read_values, require_possible

SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")
MOST_BYTES = 3 * 2**29  # of one volume in memory
MOST_PIXELS = 100_000_000  # of one slice
_TYPES = {
    "8-bit signed integer": "i1",
    "8-bit unsigned integer": "u1",
    "16-bit signed integer": "i2",
    "16-bit unsigned integer": "u2",
    "32-bit signed integer": "i4",
    "32-bit unsigned integer": "u4",
    "64-bit signed integer": "i8",
    "64-bit unsigned integer": "u8",
    "32-bit float": "f4",
    "64-bit float": "f8",
}


@dataclass(frozen=True, kw_only=True)
class VolumeHeader:
    """What a volume says of itself."""

    space: VolumeSpace
    oriented: bool  # it says where the patient's head and left are
    encoding: Encoding


def is_volume(name: str) -> bool:
    """Tell by its name whether a file is a volume."""
    return name.lower().endswith(SUFFIXES)


def volume_stem(name: str) -> str:
    """Return the name of a volume file without its suffix."""
    return name[: len(name) - len(volume_suffix(name))]


def volume_suffix(name: str) -> str:
    """Return the suffix of a volume file; "" if it has none of `SUFFIXES`."""
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")


def read_header(path: Path) -> VolumeHeader:
    """Read the header alone: how many voxels there are and where they lie.

    Raises:
        DataError: If it is damaged, declares more than the file can hold or than fits memory, or
            is not of three axes at right angles.
    """
    reader = library().ImageFileReader()
    reader.SetFileName(str(path))
    with _complaints_caught(path):
        reader.ReadImageInformation()
    size = reader.GetSize()
    _require_scalars_on_three_axes(reader)
    header = _nifti(path, size, reader) if _is_nifti(path) else _text_header(path, size, reader)
    needed = math.prod(size) * kept_type(header.encoding).itemsize
    if needed > MOST_BYTES:
        raise DataError(
            f"declares voxels for {needed / 2**30:.3g} GiB of memory, expected at most "
            f"{MOST_BYTES / 2**30:g}; crop it"
        )
    require_possible(path, header.encoding, math.prod(size))
    grid = header.space.axial_grids()[0]
    if grid.rows * grid.columns > MOST_PIXELS:
        raise DataError(f"declares slices of {grid.rows}x{grid.columns} pixels; crop it")
    return header


def read_voxels(path: Path) -> Voxels:
    """Read all values, scaled as the header says, in at most four bytes each.

    Raises:
        DataError: If the header or the data are damaged or cut off.
    """
    header = read_header(path)
    values = read_values(path, header.encoding, math.prod(header.space.size))
    return values.reshape(header.space.size, order="F")


_last: dict[tuple[object, ...], Any] = {}


def remembered(path: Path, what: str, read: Callable[[], np.ndarray]) -> np.ndarray:
    """Return ``read()``, or what it gave at the last call for the same unchanged file."""
    state = path.stat()
    key = (path, state.st_mtime_ns, state.st_size, what)
    if key not in _last:
        _last.clear()  # first, so that two volumes are never kept
        _last[key] = read()
    voxels: np.ndarray = _last[key]
    return voxels


def _is_nifti(path: Path) -> bool:
    return path.name.lower().endswith((".nii", ".nii.gz"))


def _nifti(path: Path, size: Sequence[int], reader: Any) -> VolumeHeader:
    """Take the affine as written: SimpleITK mixes it with other fields that may contradict."""
    nifti = read_nifti(path)
    if nifti.sform_mm is None:
        return VolumeHeader(space=_space(reader), oriented=nifti.oriented, encoding=nifti.encoding)
    rows = nifti.sform_mm * [[-1], [-1], [1]]  # from RAS to LPS
    lengths = np.linalg.norm(rows[:, :3], axis=0)
    with np.errstate(all="ignore"):  # judged by `space_from`
        directions = rows[:, :3] / lengths
    space = space_from(size, lengths.tolist(), rows[:, 3].tolist(), directions.ravel().tolist())
    return VolumeHeader(space=space, oriented=True, encoding=nifti.encoding)


def _text_header(path: Path, size: Sequence[int], reader: Any) -> VolumeHeader:
    kind = np.dtype(_TYPES[_value_type(reader)])
    if path.name.lower().endswith(".mha"):
        return VolumeHeader(space=_space(reader), oriented=True, encoding=find_in_mha(path, kind))
    oriented = reader.HasMetaDataKey("NRRD_space")
    return VolumeHeader(space=_space(reader), oriented=oriented, encoding=find_in_nrrd(path, kind))


def _value_type(reader: Any) -> str:
    return str(library().GetPixelIDValueAsString(reader.GetPixelID()))


def _space(reader: Any) -> VolumeSpace:
    return space_from(
        reader.GetSize(), reader.GetSpacing(), reader.GetOrigin(), reader.GetDirection()
    )


def _require_scalars_on_three_axes(reader: Any) -> None:
    size = reader.GetSize()
    if min(size) < 1:
        raise DataError("declares an axis without voxels")
    if any(length > 1 for length in size[3:]):
        raise DataError(
            f"holds {'x'.join(map(str, size[3:]))} volumes (channels or points in time), expected "
            "one; save the one to use as a file of three axes"
        )
    if len(size) < 3 or _value_type(reader) not in _TYPES:
        what = f"{reader.GetNumberOfComponents()} values a voxel on {len(size)} axes"
        raise DataError(f"holds {what}, expected one real value on three axes")


def library() -> Any:
    """Return SimpleITK, also to those who write."""
    # SimpleITK would refuse affines that are off by rounding; `space_from` judges them instead.
    os.environ.setdefault("ITK_NIFTI_SFORM_PERMISSIVE", "YES")
    import SimpleITK  # half a second, paid by those who have volumes

    return SimpleITK


def last_line_of(error: Exception) -> str:
    """Return the reason at the end of what the library raises, without its addresses."""
    line = (str(error).strip().splitlines() or ["no reason given"])[-1]
    return re.sub(r"(sitk::|ITK )?(ERROR: )?(\w+\(0x\w+\): )?", "", line, count=1).strip()


@contextmanager
def _complaints_caught(path: Path) -> Iterator[None]:
    """Make one line of what the library raises, and keep off the screen what it prints."""
    try:
        with without_chatter():
            yield
    except (RuntimeError, MemoryError) as error:
        line = last_line_of(error).replace(str(path), path.name)[:200]
        if line.startswith("Unable to determine ImageIO reader"):
            line = f"its content is no {volume_suffix(path.name)}, or is cut off"
        raise DataError(f"cannot be read as a volume: {line}") from error
