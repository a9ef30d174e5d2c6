"""Headers of NIfTI-1 files to write, byte by byte.

SimpleITK makes one affine of the two that a NIfTI file has, straightens sheared ones, and reports
no full disk. NIfTI-1: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
"""

import struct
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from twinseg.core.errors import DataError
from twinseg.images.volumes.encoding import NIFTI_HEADER_BYTES, nifti_order, read_nifti_head
from twinseg.images.volumes.space import VolumeSpace, Voxels

_LONGEST_AXIS = 2**15 - 1  # lengths are 16-bit numbers
_TYPES = {"uint8": (2, 8), "float32": (16, 32)}  # code, bits
_STEPS = slice(76, 92), "4f"  # handedness of the quaternion, then three steps between voxels
_PLACE = slice(252, 328), "2h18f"  # codes of qform and sform, the qform, the sform
_UNITS_OF_LENGTH = 7  # of the byte that holds those of time, too
_MM = 2
_SCANNER = 1  # both affines lead into the patient as the scanner sees it
_RAS = np.array([-1.0, -1.0, 1.0])  # from LPS


def header_like(source: Path, voxels: Voxels) -> bytes:
    """Return a header for ``voxels`` with both affines of ``source``, bit by bit.

    What else ``source`` says, such as its description, may name a patient and is left away.

    Raises:
        DataError: If ``source`` is damaged.
    """
    head = read_nifti_head(source)
    order = nifti_order(head)
    (at_steps, steps), (at_place, place) = _STEPS, _PLACE
    return _header(
        voxels,
        struct.pack("<" + steps, *struct.unpack(order + steps, head[at_steps])),
        struct.pack("<" + place, *struct.unpack(order + place, head[at_place])),
        units=head[123] & _UNITS_OF_LENGTH,
    )


def header_of(space: VolumeSpace, voxels: Voxels) -> bytes:
    """Return a header for ``voxels`` in ``space``: a sform, and the same as qform if it can be.

    A qform holds rotations alone; in sheared space there is none, so that nobody reads it.
    """
    steps = np.array(space.steps_mm) * _RAS
    origin = np.array(space.origin_mm) * _RAS
    lengths = np.linalg.norm(steps, axis=1)
    directions = (steps / lengths[:, None]).T
    handedness = 1.0 if np.linalg.det(directions) > 0 else -1.0
    quaternion, qform = [0.0] * 3, 0
    if space.at_right_angles:
        turned = Rotation.from_matrix(directions * [1, 1, handedness])
        quaternion, qform = turned.as_quat(canonical=True)[:3].tolist(), _SCANNER
    sform = np.column_stack([steps.T, origin]).ravel().tolist()
    place = (qform, _SCANNER, *quaternion, *origin.tolist(), *sform)
    return _header(
        voxels,
        struct.pack("<4f", handedness, *lengths.tolist()),
        struct.pack("<2h18f", *place),
        units=_MM,
    )


def require_nifti_size(space: VolumeSpace) -> None:
    """Refuse what the header cannot count.

    Raises:
        DataError: If an axis has too many voxels.
    """
    if max(space.size) > _LONGEST_AXIS:
        raise DataError(
            f"got an axis of {max(space.size)} voxels, NIfTI counts up to {_LONGEST_AXIS}; write "
            ".nrrd"
        )


def _header(voxels: Voxels, steps: bytes, place: bytes, *, units: int) -> bytes:
    """Put a header together; the four bytes at its end say that no extension follows."""
    head = bytearray(NIFTI_HEADER_BYTES + 4)
    struct.pack_into("<i", head, 0, NIFTI_HEADER_BYTES)
    struct.pack_into("<8h", head, 40, 3, *voxels.shape, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, *_TYPES[voxels.dtype.name])
    head[_STEPS[0]] = steps
    struct.pack_into("<4f", head, 92, 1, 1, 1, 1)
    struct.pack_into("<3f", head, 108, len(head), 1, 0)  # where voxels begin; slope and intercept
    head[123] = units
    head[_PLACE[0]] = place
    head[344:348] = b"n+1\0"
    return bytes(head)
