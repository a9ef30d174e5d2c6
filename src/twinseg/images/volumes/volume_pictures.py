"""Volumes as pictures: each axial slice is one, shown through one window of the whole volume."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.images.ids import unique_ids
from twinseg.images.picture import Layer, Origin, SourcePicture
from twinseg.images.tree import root_of, walk
from twinseg.images.unit import NO_REFERENCES, Format, FoundPictures
from twinseg.images.volumes.space import Voxels
from twinseg.images.volumes.volume_file import (
    is_volume,
    read_header,
    read_voxels,
    remembered,
    volume_stem,
)
from twinseg.images.window import Window, grey_through, grey_to_rgb, window_named
from twinseg.records.source_settings import SourceSettings

_DEFAULT_WINDOW = "abdomen"
_BELOW_ALL_BUT_CT = -200.0  # fat is at -100 HU, air at -1000; MR has no such values
_PERCENTILES = (0.5, 99.5)
_SAMPLE = 2_000_000  # voxels from which percentiles are taken
_BY_PERCENTILES = (
    "volumes without CT values: each shown from its own 0.5 % to its own 99.5 % value, one slice "
    "as grey (--window LO,HI fixes it)"
)
_NOWHERE = "headers that do not say where the head is: slices along the third axis"


@dataclass(frozen=True)
class SliceOrigin(Origin):
    """An axial slice of a volume, and how its values are shown."""

    number: int  # from 0 at the feet
    window: Window


@dataclass(frozen=True, kw_only=True)
class VolumePictures:
    """A volume, read whole: its slices come out of one decoding."""

    source: Path  # the folder that ``file`` is relative to
    stem: str  # begins the ids of its slices
    group: str
    file: str  # with forward slashes
    is_ct: bool | None = None  # None: found out from the values
    window: Window  # of CT
    window_for_all: bool = False  # the user chose it: other values are shown by it, too

    @property
    def name(self) -> str:
        """The volume relative to the source."""
        return self.file

    @property
    def path(self) -> Path:
        """The file."""
        return self.source / self.file

    @property
    def files(self) -> tuple[Path, ...]:
        """The volume."""
        return (self.path,)

    def read(self, places: Iterable[int] | None = None) -> Iterator[SourcePicture]:
        """Yield a picture for every slice, from the feet to the head.

        Args:
            places: Numbers of the slices that are wanted, from 0; all by default.

        Raises:
            DataError: If the file is damaged.
        """
        header = read_header(self.path)
        voxels = read_voxels(self.path)
        window, how = self._window(voxels)
        slices, grids = header.space.axial(voxels), header.space.axial_grids()
        for place in range(len(grids)) if places is None else places:
            yield SourcePicture(
                id=f"{self.stem}-{place:04d}",
                group=self.group,
                pixels=_shown(slices[place], window),
                is_grey=True,
                spacing_mm=grids[place].spacing_mm,
                layer=Layer(self.stem, grids[place].height_mm),
                origin=SliceOrigin(self.file, place, window),
                notes=(how,) if header.oriented else (how, _NOWHERE),
            )

    def _window(self, voxels: Voxels) -> tuple[Window, str]:
        """Return the values shown as black and as white, and why these."""
        lowest, highest = float(voxels.min()), float(voxels.max())
        if not (np.isfinite(lowest) and np.isfinite(highest)):
            raise DataError("holds values that are no numbers (NaN or infinite)")
        low, high = self.window.low, self.window.high
        if self.window_for_all:
            return self.window, f"volumes shown from {low:g} to {high:g}, one slice as grey"
        if self.is_ct or (self.is_ct is None and lowest < _BELOW_ALL_BUT_CT):
            return self.window, f"CT volumes shown from {low:g} to {high:g} HU, one slice as grey"
        step = max(1, voxels.size // _SAMPLE)
        low, high = np.percentile(voxels.ravel(order="K")[::step], _PERCENTILES).tolist()
        if not low < high:
            raise DataError("holds next to nothing but one value; name a window with --window")
        return Window(low, high), _BY_PERCENTILES


def volume_window(settings: SourceSettings) -> Window:
    """Return the window of CT volumes."""
    return window_named(settings.window or _DEFAULT_WINDOW)


def window_facts(settings: SourceSettings) -> dict[str, object]:
    """Return the window of CT volumes for ``dataset.json``."""
    window = volume_window(settings)
    return {"window_hu": [window.low, window.high]}


def volume_files(
    source: Path, *, references: Collection[PurePosixPath] = NO_REFERENCES
) -> list[PurePosixPath]:
    """Return the volumes of a folder in any depth, or the one of ``source``, in order."""
    files = walk(source) if source.is_dir() else [PurePosixPath(source.name)]
    return [path for path in files if is_volume(path.name) and path not in references]


def _sees(source: Path) -> str:
    count = len(volume_files(source))
    return f"{amount(count, 'volume')} (NIfTI, NRRD or MHA)" if count else ""


def _find(
    source: Path,
    settings: SourceSettings,
    *,
    references: Collection[PurePosixPath] = NO_REFERENCES,
) -> FoundPictures:
    files = volume_files(source, references=references)
    if not files:
        raise DataError(f"{source} holds no volume (NIfTI, NRRD or MHA)")
    units = [
        VolumePictures(
            source=root_of(source),
            stem=name,
            group=name,
            file=str(path),
            window=volume_window(settings),
            window_for_all=bool(settings.window),
        )
        for path, name in unique_ids(files, lambda path: volume_stem(path.name)).items()
    ]
    ordered = tuple(sorted(units, key=lambda unit: unit.name))
    return FoundPictures(units=ordered, facts=window_facts(settings))


def _picture(source: Path, origin: SliceOrigin) -> Picture:
    """Return a slice again; the last volume is kept, so ask slice after slice.

    Raises:
        DataError: If the volume is gone or damaged.
    """
    path = root_of(source) / origin.file
    space = read_header(path).space
    voxels = remembered(path, "values", lambda: read_voxels(path))
    return _shown(space.axial(voxels)[origin.number], origin.window)


def _shown(values: np.ndarray, window: Window) -> Picture:
    return grey_to_rgb(grey_through(values.astype(np.float32), window))


VOLUMES = Format(name="volumes", origin=SliceOrigin, sees=_sees, find=_find, picture=_picture)
