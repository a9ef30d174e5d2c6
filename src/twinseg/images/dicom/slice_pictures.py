"""Series of slices in DICOM as pictures: named, windowed, and cut into parts read alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.images.dicom.header import SLIDES, DicomHeader, read_header
from twinseg.images.dicom.privacy import group_names, patient_key
from twinseg.images.dicom.scan import Scan, scan
from twinseg.images.dicom.series import Stack, stacks_of
from twinseg.images.dicom.slices import Slice, slices_of
from twinseg.images.dicom.values import read_grey
from twinseg.images.dicom.windows import ct_window, series_window
from twinseg.images.dicom.words import USUAL_CODES
from twinseg.images.picture import Layer, Origin, SourcePicture
from twinseg.images.tree import root_of
from twinseg.images.unit import (
    NO_REFERENCES,
    Format,
    FoundPictures,
    LeftOut,
    NothingUsableError,
)
from twinseg.images.window import Window, grey_to_rgb
from twinseg.records.source_settings import SourceSettings

LONGEST_PART = 64  # slices
REPEATED = "one slice repeated over three channels"
A_SLIDE = "is a whole-slide image; prepare it with --kind slides"


@dataclass(frozen=True)
class FrameOrigin(Origin):
    """A frame of a DICOM file, and how its values are shown."""

    frame: int  # from 0
    window: Window


@dataclass(frozen=True)
class Series:
    """A stack of slices with the names it goes by outside."""

    stack: Stack
    group: str
    number: int  # of the patient, from 1

    @property
    def name(self) -> str:
        """Such as ``patient-3f2a91c0d4-s1``."""
        return f"{self.group}-s{self.number}"


@dataclass(frozen=True, kw_only=True)
class NumberedSlice:
    """A slice with its place in the series."""

    number: int  # from 1 at the lowest position
    slice: Slice
    file: str  # relative to the source


@dataclass(frozen=True, kw_only=True)
class SlicePictures:
    """Some slices of one series: what one process reads at once."""

    name: str
    group: str
    series: str  # its name, unique in the source
    slices: tuple[NumberedSlice, ...]
    window: Window
    as_files: bool = False  # shown as `read_slice` reads a file alone: values, and no padding

    @property
    def files(self) -> tuple[Path, ...]:
        """Files of the slices."""
        return tuple(dict.fromkeys(numbered.slice.stored.path for numbered in self.slices))

    def read(self) -> Iterator[SourcePicture | LeftOut]:
        """Yield a picture for every slice, from the lowest position up."""
        for numbered in self.slices:
            stored, grid = numbered.slice.stored, numbered.slice.grid
            try:
                grey = self._grey(numbered.slice)
            except DataError as error:
                yield LeftOut(numbered.file, str(error))
                continue
            yield SourcePicture(
                id=f"{self.series}-{numbered.number:04d}",
                group=self.group,
                pixels=grey_to_rgb(grey),
                is_grey=True,
                spacing_mm=grid.spacing_mm,
                layer=Layer(self.series, grid.height_mm),
                origin=FrameOrigin(numbered.file, stored.frame, self.window),
            )

    def _grey(self, slice_: Slice) -> np.ndarray:
        if not self.as_files:
            return read_grey(slice_.stored, slice_.scale, self.window)
        if not slice_.scale.said:
            raise DataError("has no rescale slope and intercept, so no Hounsfield units")
        return read_grey(slice_.stored, replace(slice_.scale, padding=None), self.window)


@dataclass(frozen=True)
class Display:
    """How one series is shown, and what is said of that."""

    window: Window
    notes: tuple[str, ...]
    facts: dict[str, list[float]]


def number_series(
    stacks: Iterable[Stack], headers: Iterable[DicomHeader], settings: SourceSettings
) -> list[Series]:
    """Return the series of ``stacks`` in their order, with names that tell nobody's.

    Args:
        stacks: Of pictures.
        headers: Of all files of the source: the series of a patient make the name of the group.
        settings: Uses ``keep_ids``.
    """
    series_of: dict[str, set[str]] = defaultdict(set)
    ids: dict[str, str] = {}
    for header in headers:
        if header.is_image:
            series_of[patient_key(header)].add(header.series)
            ids[patient_key(header)] = header.patient.id
    groups = group_names(series_of, ids, keep_ids=settings.keep_ids)
    numbers: dict[str, int] = defaultdict(int)
    found = []
    for stack in stacks:
        numbers[stack.patient] += 1
        found.append(Series(stack, groups[stack.patient], numbers[stack.patient]))
    return found


def display_of(series: Series, settings: SourceSettings, ct: tuple[Window, str]) -> Display:
    """Return how a series is shown.

    Args:
        series: To be shown.
        settings: Uses ``window``.
        ct: What `ct_window` gives for all series of the source.

    Raises:
        DataError: If nothing says how, and its middle slice cannot be read.
    """
    is_ct = series.stack.modality == "CT"
    window, how = ct if is_ct else series_window(series.stack, settings)
    oddities = [f"{series.name}: {oddity}" for oddity in series.stack.oddities()]
    name, note = ("window_hu", how) if is_ct else (f"window {series.name}", f"{series.name}: {how}")
    return Display(window, (*oddities, note), {name: [window.low, window.high]})


def parts_of_series(
    series: Series, places: Sequence[int], window: Window, root: Path
) -> Iterator[SlicePictures]:
    """Cut a series into parts that are read alone.

    Args:
        series: To be cut.
        places: Positions in its stack of the slices that are wanted, rising.
        window: Through which they are shown.
        root: Folder that names of files are relative to.
    """
    slices = series.stack.slices
    folder = path_below(root, series.stack.folder)
    for start in range(0, len(places), LONGEST_PART):
        part = places[start : start + LONGEST_PART]
        yield SlicePictures(
            name=f"{folder}: {series.name} slices {part[0] + 1:04d} to {part[-1] + 1:04d}",
            group=series.group,
            series=series.name,
            slices=tuple(
                NumberedSlice(
                    number=place + 1,
                    slice=slices[place],
                    file=path_below(root, slices[place].stored.path),
                )
                for place in part
            ),
            window=window,
        )


def path_below(root: Path, path: Path) -> str:
    """Return ``path`` relative to the source, ``.`` if it is none of it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "."


def sees_series(found: Scan) -> str:
    """Say how many series a source holds; "" if none."""
    placed = [one for one in found.headers if one.is_image and (one.by_frame or one.position_mm)]
    if not placed:
        return ""
    series = len({(patient_key(header), header.series) for header in placed})
    patients = len({patient_key(header) for header in placed})
    return f"{series} DICOM series of {amount(patients, 'patient')}"


def words_of(stacks: Iterable[Stack]) -> set[str]:
    """Return codes of body parts and modalities that are none of the usual ones."""
    return {code for one in stacks for code in (one.body_part, one.modality)} - USUAL_CODES


def _find(
    source: Path,
    settings: SourceSettings,
    *,
    references: Collection[PurePosixPath] = NO_REFERENCES,
) -> FoundPictures:
    found = scan(source)
    masks = {found.root / path for path in references}
    images = [one for one in found.headers if one.is_image and one.path not in masks]
    slides = [(one.path, A_SLIDE) for one in found.headers if one.sop_class in SLIDES]
    stacks, refused = stacks_of(images, found.root)
    left_out = [
        LeftOut(path_below(found.root, path), reason)
        for path, reason in (*found.damaged, *slides, *refused)
    ]
    ct = ct_window(stacks, settings)
    units: list[SlicePictures] = []
    notes: list[str] = []
    facts: dict[str, list[float]] = {}
    for series in number_series(stacks, found.headers, settings):
        try:
            display = display_of(series, settings, ct)
        except DataError as error:
            folder = path_below(found.root, series.stack.folder)
            left_out.append(LeftOut(folder, f"series {series.name} {error}"))
            continue
        places = range(len(series.stack.slices))
        units += parts_of_series(series, places, display.window, found.root)
        notes += display.notes
        facts |= display.facts
    if not units:
        raise NothingUsableError(f"no DICOM series of {found.root} can be used", left_out)
    return FoundPictures(
        units=tuple(sorted(units, key=lambda unit: unit.name)),
        left_out=tuple(left_out),
        notes=tuple(dict.fromkeys([REPEATED, *notes])),
        words=frozenset(words_of(stacks)),
        facts=facts,
    )


def _picture(source: Path, origin: FrameOrigin) -> Picture:
    """Return a slice as it was shown.

    Raises:
        DataError: If the file is gone or was changed.
    """
    try:
        slices = slices_of(read_header(root_of(source) / origin.file), needs_hu=False)
        (slice_,) = (found for found in slices if found.stored.frame == origin.frame)
        return grey_to_rgb(read_grey(slice_.stored, slice_.scale, origin.window))
    except (DataError, ValueError) as error:
        raise DataError(f"{origin.file}: {error}") from error


DICOM = Format(
    name="dicom",
    origin=FrameOrigin,
    sees=lambda source: sees_series(scan(source)),
    find=_find,
    picture=_picture,
)
