"""Volumes as SimpleITK and nibabel read them, voxel by voxel in the patient; a phantom in mm."""

from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk  # noqa: N813

MIDDLE_MM = np.array([12.3, -45.6, 78.9])
CENTRE_MM = MIDDLE_MM + np.array([2.03, 1.04, 3.02])  # of the grids around it
LENGTHS_MM = np.array([9.137, 6.241, 13.373])  # of three arms: left, back, head
WIDTH_MM = 2.519


@dataclass(frozen=True)
class Read:
    """What a library makes of a file."""

    values: np.ndarray  # (i, j, k)
    affine: np.ndarray  # (4, 4), from (i, j, k, 1) to patient mm, LPS

    @property
    def places_mm(self) -> np.ndarray:
        """Where each voxel lies, (i, j, k, 3)."""
        indices = np.moveaxis(np.indices(self.values.shape), 0, -1)
        return indices @ self.affine[:3, :3].T + self.affine[:3, 3]

    def at(self, places_mm: np.ndarray) -> np.ndarray:
        """Values of the voxels whose middles are ``places_mm``; fails off the grid."""
        inverse = np.linalg.inv(self.affine)
        found = places_mm @ inverse[:3, :3].T + inverse[:3, 3]
        assert np.abs(found - np.rint(found)).max() < 0.01
        indices = np.rint(found).astype(int)
        assert indices.min() >= 0
        return self.values[tuple(np.moveaxis(indices, -1, 0))]


def by_simpleitk(path: Path) -> Read:
    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return Read(sitk.GetArrayFromImage(image).transpose(2, 1, 0), affine)


def by_nibabel(path: Path) -> Read:
    image = nibabel.load(path)
    return Read(np.asarray(image.dataobj), np.diag([-1, -1, 1, 1]) @ image.affine)


def by_both(path: Path) -> list[Read]:
    """Read by all that can: nibabel knows NIfTI alone."""
    is_nifti = path.name.endswith((".nii", ".nii.gz"))
    return [by_simpleitk(path), *([by_nibabel(path)] if is_nifti else [])]


def is_marked(places_mm: np.ndarray) -> np.ndarray:
    """Three arms of different length from one corner: no turn and no mirror leaves them alike."""
    away = places_mm - MIDDLE_MM
    marked = np.zeros(places_mm.shape[:-1], dtype=bool)
    for axis, length in enumerate(LENGTHS_MM):
        others = np.abs(np.delete(away, axis, axis=-1)).max(axis=-1)
        marked |= (away[..., axis] > -WIDTH_MM) & (away[..., axis] < length) & (others < WIDTH_MM)
    return marked


def write_phantom(path: Path, direction: np.ndarray, spacing_mm=(1.9, 2.3, 3.1)) -> Path:
    """Write the phantom on a grid around it; columns of ``direction`` are its axes, in LPS."""
    size = np.array([15, 13, 11])
    steps = direction * spacing_mm
    origin = CENTRE_MM - steps @ ((size - 1) / 2)
    affine = np.eye(4)
    affine[:3] = np.column_stack([steps, origin])
    marked = is_marked(Read(np.zeros(size), affine).places_mm)
    assert marked.any(axis=(1, 2)).sum() > 3
    image = sitk.GetImageFromArray((marked * 700 - 100).astype(np.int16).transpose(2, 1, 0))
    image.SetOrigin(origin.tolist())
    image.SetSpacing(spacing_mm)
    image.SetDirection(np.asarray(direction, dtype=float).ravel().tolist())
    sitk.WriteImage(image, str(path), True)
    return path
