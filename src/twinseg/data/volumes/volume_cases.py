"""A volume joined with its label volumes: a case for each axial slice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import ReadCase
from twinseg.data.empty_slices import kept
from twinseg.data.volumes.label_voxels import Marked, choose_voxels, rounding_note, sample
from twinseg.images.slice_grid import SliceGrid
from twinseg.images.unit import LeftOut
from twinseg.images.volumes.space import VolumeSpace
from twinseg.images.volumes.volume_file import read_header, read_voxels
from twinseg.images.volumes.volume_pictures import VolumePictures

_SAME_PLACE = 0.1  # of the smallest spacing


@dataclass(frozen=True, kw_only=True)
class VolumeCases:
    """A volume with its labels: a `CaseUnit`."""

    pictures: VolumePictures
    labels: tuple[str, ...]  # relative to the source; the target is what any of them marks
    foreground: tuple[str, ...]
    classes: str = ""  # what the labels are called, for messages
    empty_slices: float  # share of the slices without foreground that become cases

    @property
    def name(self) -> str:
        """The volume relative to the source."""
        return self.pictures.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Volume and labels."""
        return (*self.pictures.files, *(self.pictures.source / label for label in self.labels))

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield a case for every slice, from the feet to the head.

        Raises:
            DataError: If a file is damaged, or the labels lie elsewhere than the volume.
            MaskValuesError: If the labels hold several classes and none was chosen.
        """
        space = read_header(self.pictures.path).space
        labels = self._read_labels(space)
        grids = space.axial_grids()
        empty: list[int] = []
        if self.empty_slices < 1:
            empty = [place for place, grid in enumerate(grids) if not labels.on(grid).any()]
        dropped = set(empty) - kept(empty, self.empty_slices)
        taken = [place for place in range(len(grids)) if place not in dropped]
        if not taken:
            yield LeftOut(self.name, "no slice with foreground, and no empty ones are kept")
            return
        counted = len(empty) - len(dropped), len(empty)
        for place, picture in zip(taken, self.pictures.read(taken), strict=True):
            how, *other_notes = picture.notes
            notes = dict.fromkeys(filter(None, (how, *labels.notes, *other_notes)))
            yield ReadCase(
                picture=picture,
                mask=labels.on(grids[place]),
                note="; ".join(notes),
                empty_slices=counted if place == taken[-1] else (0, 0),
            )

    def _read_labels(self, space: VolumeSpace) -> "_Labels":
        """Read the label volumes; those of one grid, as of all organs of a patient, as one."""
        marked: dict[VolumeSpace, Marked] = {}
        notes: list[str] = []
        for label in self.labels:
            own, here, rounded = self._read_label(label)
            notes += [moved_note(space, own), rounded]
            marked[own] = marked[own] | here if own in marked else here
        return _Labels(marked, tuple(notes))

    def _read_label(self, label: str) -> tuple[VolumeSpace, Marked, str]:
        """Read one label volume; what goes wrong names it, and not the image."""
        path = self.pictures.source / label
        try:
            voxels = read_voxels(path)
            marked = choose_voxels(voxels, self.foreground)
            return read_header(path).space, marked, rounding_note(voxels, self.foreground)
        except MaskValuesError as error:
            names = f" (by dataset.json: {self.classes})" if self.classes else ""
            raise MaskValuesError(f"{error}{names}") from error
        except DataError as error:
            raise DataError(f"its label volume {label} {error}") from error


def moved_note(space: VolumeSpace, labelled: VolumeSpace) -> str:
    """Say whether labels have to be brought onto the grid of their volume; "" if not.

    Raises:
        DataError: If they cover nothing of it, or two headers for one shape contradict.
    """
    corners, others = space.corners_mm(), labelled.corners_mm()
    apart = np.linalg.norm(corners[:, None] - others[None], axis=-1).min(axis=1).max()
    smallest = np.linalg.norm(np.array(space.steps_mm), axis=1).min()
    if apart <= _SAME_PLACE * smallest and sorted(space.size) == sorted(labelled.size):
        return ""
    if space.size == labelled.size:
        raise DataError(
            f"has a label volume of the same shape that lies {apart:.3g} mm elsewhere; one header "
            "is wrong: copy it from the right one"
        )
    low, high = others.min(axis=0), others.max(axis=0)
    if (low > corners.max(axis=0)).any() or (high < corners.min(axis=0)).any():
        raise DataError("has a label volume that covers another part of space")
    return "label volumes of another grid brought onto the volume's by nearest neighbour"


@dataclass(frozen=True)
class _Labels:
    marked: Mapping[VolumeSpace, Marked]
    notes: tuple[str, ...]

    def on(self, grid: SliceGrid) -> Mask:
        masks = [sample(marked, space, grid) for space, marked in self.marked.items()]
        return masks[0] if len(masks) == 1 else np.logical_or.reduce(masks)
