"""One volume with its labels: cut into axial slices, each a case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case import Layer, LeftOut, Origin
from twinseg.data.grid import SliceGrid
from twinseg.data.unit import ReadCase
from twinseg.data.volumes.files import read_header, read_voxels, remembered
from twinseg.data.volumes.labels import Marked, choose_voxels, rounding_note, sample
from twinseg.data.volumes.space import VolumeSpace, Voxels
from twinseg.data.window import grey_to_rgb, window

_BELOW_ALL_BUT_CT = -200.0  # fat is at -100 HU, air at -1000; MR has no such values
_PERCENTILES = (0.5, 99.5)
_SAMPLE = 2_000_000  # voxels from which percentiles are taken
_SAME_PLACE = 0.1  # of the smallest spacing
_BY_PERCENTILES = (
    "volumes without CT values: each shown from its own 0.5 % to its own 99.5 % value, one slice "
    "as grey (--window LO,HI fixes it)"
)
_NOWHERE = "headers that do not say where the head is: slices along the third axis"


@dataclass(frozen=True, kw_only=True)
class VolumeUnit:
    """A volume with its labels, read whole: its slices come out of one decoding."""

    source: Path
    stem: str
    group: str
    image: str  # relative to the source, with forward slashes
    labels: tuple[str, ...]  # the target is what any of them marks
    foreground: tuple[str, ...]
    classes: str = ""  # what the labels are called, for messages
    is_ct: bool | None  # None: found out from the values
    window_hu: tuple[float, float]  # of CT
    window_for_all: bool  # the user chose it: other values are shown by it, too
    empty_slices: float

    @property
    def name(self) -> str:
        """The volume relative to the source."""
        return self.image

    @property
    def files(self) -> tuple[Path, ...]:
        """Volume and labels."""
        return tuple(self.source / file for file in (self.image, *self.labels))

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield a case for every slice, from the feet to the head.

        Raises:
            DataError: If a file is damaged, or the labels lie elsewhere than the volume.
            MaskValuesError: If the labels hold several classes and none was chosen.
        """
        header = read_header(self.files[0])
        labels = self._read_labels(header.space)
        grids = header.space.axial_grids()
        empty: list[int] = []
        if self.empty_slices < 1:
            empty = [place for place, grid in enumerate(grids) if not labels.on(grid).any()]
        dropped = set(empty) - kept(empty, self.empty_slices)
        if len(dropped) == len(grids):
            yield LeftOut(self.image, "no slice with foreground, and no empty ones are kept")
            return
        voxels = read_voxels(self.files[0])
        shown, how = self._window(voxels)
        said = (how, *labels.notes, "" if header.oriented else _NOWHERE)
        note = "; ".join(dict.fromkeys(filter(None, said)))
        slices = header.space.axial(voxels)
        taken = [place for place in range(len(grids)) if place not in dropped]
        counted = len(empty) - len(dropped), len(empty)
        for place in taken:
            yield ReadCase(
                id=f"{self.stem}-{place:04d}",
                group=self.group,
                picture=_picture(slices[place], shown),
                mask=labels.on(grids[place]),
                spacing_mm=grids[place].spacing_mm,
                layer=Layer(self.stem, grids[place].height_mm),
                origin=Origin(self.image, (float(place), *shown)),
                note=note,
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
        path = self.source / label
        try:
            voxels = read_voxels(path)
            marked = choose_voxels(voxels, self.foreground)
            return read_header(path).space, marked, rounding_note(voxels, self.foreground)
        except MaskValuesError as error:
            names = f" (by dataset.json: {self.classes})" if self.classes else ""
            raise MaskValuesError(f"{error}{names}") from error
        except DataError as error:
            raise DataError(f"its label volume {label} {error}") from error

    def _window(self, voxels: Voxels) -> tuple[tuple[float, float], str]:
        """Return the values shown as black and as white, and why these."""
        lowest, highest = float(voxels.min()), float(voxels.max())
        if not (np.isfinite(lowest) and np.isfinite(highest)):
            raise DataError("holds values that are no numbers (NaN or infinite)")
        low, high = self.window_hu
        if self.window_for_all:
            return (low, high), f"volumes shown from {low:g} to {high:g}, one slice as grey"
        if self.is_ct or (self.is_ct is None and lowest < _BELOW_ALL_BUT_CT):
            return (low, high), f"CT volumes shown from {low:g} to {high:g} HU, one slice as grey"
        step = max(1, voxels.size // _SAMPLE)
        low, high = np.percentile(voxels.ravel(order="K")[::step], _PERCENTILES).tolist()
        if not low < high:
            raise DataError("holds next to nothing but one value; name a window with --window")
        return (low, high), _BY_PERCENTILES


def picture(source: Path, origin: Origin) -> Picture:
    """Return the slice of a case again; the last volume is kept, so ask slice after slice.

    Args:
        source: Folder that was prepared.
        origin: Its place is the slice, and the values shown as black and as white.

    Raises:
        DataError: If the volume is gone or damaged.
    """
    path = source / origin.file
    place, low, high = origin.place
    space = read_header(path).space
    voxels = remembered(path, "values", lambda: read_voxels(path))
    return _picture(space.axial(voxels)[int(place)], (low, high))


def kept(empty: Sequence[int], share: float) -> set[int]:
    """Return ``share`` of the places, evenly spaced among them."""
    steps = [int(number * share + 0.5) for number in range(len(empty) + 1)]
    return {place for place, a, b in zip(empty, steps, steps[1:], strict=False) if b > a}


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


def _picture(values: np.ndarray, shown: tuple[float, float]) -> Picture:
    return grey_to_rgb(window(values.astype(np.float32), shown))
