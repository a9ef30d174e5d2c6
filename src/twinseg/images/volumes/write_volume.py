"""Write masks and probabilities of a volume's slices as a volume that lies where it lies.

Slices are numbered as `volume_pictures` yields them, from 0 at the feet, on the grids of
`VolumeSpace.axial_grids`. Each voxel is written through the view `VolumeSpace.axial`, so it lands
where it was read. Of a source that does not say where the patient's head is, the volume lies where
SimpleITK reads the source.
"""

from pathlib import Path

from twinseg.core.errors import ConfigError
from twinseg.images.volumes.filled_voxels import (
    NumberedMasks,
    NumberedPlanes,
    fill_with_masks,
    fill_with_probabilities,
)
from twinseg.images.volumes.space import VolumeSpace
from twinseg.images.volumes.volume_file import read_header, volume_stem, volume_suffix
from twinseg.images.volumes.volume_output import NIFTI, require_writable, write_voxels


def path_like(source: Path, folder: Path, ending: str = "") -> Path:
    """Return a path in ``folder`` that has the name and the format of ``source``.

    Args:
        source: A volume.
        folder: Of the path returned.
        ending: Put between the name and its suffix, such as ``-mask``.
    """
    return folder / f"{volume_stem(source.name)}{ending}{volume_suffix(source.name)}"


def write_mask(
    path: Path, masks: NumberedMasks, *, source: Path, target: str = "target"
) -> tuple[int, ...]:
    """Write the masks of a volume's slices as a volume of 0 and 1, uint8; whole or absent.

    Args:
        path: File to write; its suffix says the format: ``.nii.gz``, ``.nii``, ``.nrrd``, ``.mha``,
            or ``.seg.nrrd`` for a segmentation of 3D Slicer. `path_like` gives the source's own.
        masks: Number and mask of each slice, bool, (y, x) on its axial grid, in any order.
        source: Volume they are of: size, order of axes and affines are taken from it; NIfTI from
            NIfTI keeps qform and sform bit by bit.
        target: Name of what is marked, said in ``.seg.nrrd`` alone.

    Returns:
        Numbers of the slices that are left out in ``masks``: background in the file.

    Raises:
        ConfigError: If the suffix is unknown or ``path`` is ``source``.
        DataError: If ``source`` is damaged, or ``masks`` do not fit it or are none.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    space = _space_to_write(path, source, masks=True)
    filled = fill_with_masks(space, space.axial, masks)
    write_voxels(path, filled.voxels, space, like=_nifti(source), target=target)
    return filled.left_out


def write_probability(path: Path, planes: NumberedPlanes, *, source: Path) -> tuple[int, ...]:
    """Write the probabilities of a volume's slices as a volume of float32; whole or absent.

    Args:
        path: As for `write_mask`, but not ``.seg.nrrd``.
        planes: Number and probabilities of each slice, float32 in 0..1, (y, x) on its axial grid,
            in any order.
        source: As for `write_mask`.

    Returns:
        Numbers of the slices that are left out in ``planes``: NaN in the file (which ITK before 6
        reads as 0 from NIfTI, not from NRRD and MHA).

    Raises:
        ConfigError: If the suffix is unknown or for masks alone, or ``path`` is ``source``.
        DataError: If ``source`` is damaged, or ``planes`` do not fit it or are none.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    space = _space_to_write(path, source, masks=False)
    filled = fill_with_probabilities(space, space.axial, planes)
    write_voxels(path, filled.voxels, space, like=_nifti(source), target="")
    return filled.left_out


def _space_to_write(path: Path, source: Path, *, masks: bool) -> VolumeSpace:
    space = read_header(source).space
    require_writable(path, space, masks=masks)
    if path.exists() and path.samefile(source):
        raise ConfigError(f"{path} is the volume that was read; choose another name or folder")
    return space


def _nifti(source: Path) -> Path | None:
    return source if source.name.lower().endswith(NIFTI) else None
