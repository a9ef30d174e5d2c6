"""Masks of a series or a volume, read back slice by slice as they were predicted."""

from pathlib import Path

from twinseg.images.dicom.write_series import slices_of_voxels
from twinseg.images.volumes.space import Slices
from twinseg.images.volumes.volume_file import read_header, read_voxels, remembered


def written_slices(file: Path, *, is_series: bool) -> Slices:
    """Return the slices of a volume that `write_series_mask` or `write_mask` wrote.

    The last volume is kept, so ask slice after slice.

    Args:
        file: The volume.
        is_series: Whether it is of a series in DICOM, whose slices lie as they were scanned; those
            of anything else are axial.

    Returns:
        (slice, row, column), numbered as they were when written.

    Raises:
        DataError: If it cannot be read.
    """
    voxels = remembered(file, "masks", lambda: read_voxels(file))
    return slices_of_voxels(voxels) if is_series else read_header(file).space.axial(voxels)
