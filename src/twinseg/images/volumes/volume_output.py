"""Write a block of voxels as one file in any of the formats that `volume_file` reads.

NRRD and MHA are written by SimpleITK, NIfTI byte by byte, see `nifti_header`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from zlib_ng import zlib_ng

from twinseg.core.errors import CannotWriteError, ConfigError, DataError
from twinseg.core.plain_text import visible
from twinseg.core.store import scratch_beside, whole_file
from twinseg.images.silence import without_chatter
from twinseg.images.volumes.nifti_header import header_like, header_of, require_nifti_size
from twinseg.images.volumes.space import VolumeSpace, Voxels
from twinseg.images.volumes.volume_file import last_line_of, library

WRITTEN = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".mha")  # the longer of two endings first
NIFTI = (".nii.gz", ".nii")
_SEGMENTATION = ".seg.nrrd"
_LEVEL = 4  # of compression: further ones take longer and save next to nothing
_GZIP = 31  # window bits for the longest window, with gzip's header and check sum
_CHUNK_BYTES = 1 << 24
_GREEN = "0.5 0.68 0.5"  # red, green, blue: what 3D Slicer gives a first segment


def written_suffix(path: Path) -> str:
    """Return the suffix of ``path`` that says in which format to write it.

    Raises:
        ConfigError: If it has none of them.
    """
    for suffix in WRITTEN:
        if path.name.lower().endswith(suffix):
            return suffix
    raise ConfigError(
        f"cannot write {path.name}: expected a name that ends in one of {', '.join(WRITTEN)}"
    )


def require_writable(path: Path, space: VolumeSpace, *, masks: bool) -> None:
    """Refuse what cannot be written, before anybody works for it.

    Args:
        path: File to write.
        space: Of its voxels.
        masks: It will hold masks, not probabilities.

    Raises:
        ConfigError: If the suffix is unknown, or is for masks alone.
        DataError: If the format cannot hold ``space``.
    """
    suffix = written_suffix(path)
    if suffix == _SEGMENTATION and not masks:
        raise ConfigError(f"cannot write probabilities as {path.name}; name it .nrrd or .nii.gz")
    if suffix in NIFTI:
        require_nifti_size(space)
    if suffix == ".mha" and not space.at_right_angles:
        raise DataError(
            f"cannot write {path.name}: the axes are not at right angles and MHA holds rotations "
            "alone; write .nii.gz or .nrrd"
        )


def write_voxels(
    path: Path, voxels: Voxels, space: VolumeSpace, *, like: Path | None = None, target: str
) -> None:
    """Write ``voxels`` into ``space``; the file is whole or absent.

    Args:
        path: File to write, with a suffix of `WRITTEN`.
        voxels: uint8 or float32, in Fortran's order; NRRD and MHA hold a copy for a while.
        space: Where they lie.
        like: A NIfTI file in the same space: both its affines are kept if NIfTI is written.
        target: Name of the segment in a segmentation of 3D Slicer.

    Raises:
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    suffix = written_suffix(path)
    if suffix in NIFTI:
        head = header_of(space, voxels) if like is None else header_like(like, voxels)
        _write_nifti(path, head, voxels, compressed=suffix == ".nii.gz")
        return
    image = _image(voxels, space)
    if suffix == _SEGMENTATION:
        for name, value in _segmentation_fields(voxels, target).items():
            image.SetMetaData(name, value)
    _write_image(path, image, suffix)


def _write_nifti(path: Path, head: bytes, voxels: Voxels, *, compressed: bool) -> None:
    values = voxels.ravel(order="F").astype(voxels.dtype.newbyteorder("<"), copy=False)
    content = values.view(np.uint8).data
    with whole_file(path) as scratch, scratch.open("wb") as file:
        if not compressed:
            file.write(head)
            file.write(content)
            return
        stream = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _GZIP)
        file.write(stream.compress(head))
        for start in range(0, len(content), _CHUNK_BYTES):
            file.write(stream.compress(content[start : start + _CHUNK_BYTES]))
        file.write(stream.flush())


def _image(voxels: Voxels, space: VolumeSpace) -> Any:
    steps = np.array(space.steps_mm)
    lengths = np.linalg.norm(steps, axis=1)
    image = library().GetImageFromArray(voxels.transpose(2, 1, 0))
    image.SetOrigin(space.origin_mm)
    image.SetSpacing(lengths.tolist())
    image.SetDirection((steps / lengths[:, None]).T.ravel().tolist())
    return image


def _write_image(path: Path, image: Any, suffix: str) -> None:
    with whole_file(path) as scratch:
        # SimpleITK tells formats by names alone, and the name of the scratch file says nothing.
        named = scratch_beside(path, f"part{suffix}")
        try:
            with without_chatter():
                library().WriteImage(image, str(named), True)
            named.replace(scratch)
        except (RuntimeError, MemoryError) as error:
            raise CannotWriteError(
                f"cannot write {path}: {last_line_of(error)[:200]}; make room or choose another "
                "folder"
            ) from error
        finally:
            named.unlink(missing_ok=True)


def _segmentation_fields(voxels: Voxels, target: str) -> dict[str, str]:
    """Return what 3D Slicer wants to know of a segmentation of one segment.

    https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html
    """
    return {
        "Segmentation_MasterRepresentation": "Binary labelmap",  # its name before Slicer 5.3
        "Segmentation_SourceRepresentation": "Binary labelmap",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
        "Segment0_ID": "Segment_1",
        "Segment0_Name": visible(target),
        "Segment0_NameAutoGenerated": "0",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment0_Extent": _extent(voxels),
        "Segment0_Color": _GREEN,
        "Segment0_ColorAutoGenerated": "1",
    }


def _extent(voxels: Voxels) -> str:
    """Return the first and the last marked voxel along each axis, as 3D Slicer writes them."""
    ends = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        marked = np.flatnonzero(voxels.any(axis=others))
        ends += [int(marked[0]), int(marked[-1])] if len(marked) else [0, -1]
    return " ".join(map(str, ends))
