"""A run of slices of one series with their masks: what one process reads at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.data.case import Layer, LeftOut, Origin
from twinseg.data.dicom.offers import MaskSource
from twinseg.data.dicom.slices import Slice
from twinseg.data.dicom.values import Shown, read_grey
from twinseg.data.unit import ReadCase
from twinseg.data.window import grey_to_rgb

LONGEST = 64  # slices


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A slice with its place in the series."""

    number: int  # from 1 at the lowest position
    slice: Slice
    file: str  # relative to the source


@dataclass(frozen=True, kw_only=True)
class SliceRun:
    """Some slices of one series: a `Unit`."""

    name: str
    group: str
    series: int  # of the patient, from 1
    slices: tuple[Numbered, ...]
    shown: Shown
    mask: MaskSource
    mask_file: str  # relative to the source

    @property
    def files(self) -> tuple[Path, ...]:
        """Files of the slices, then of the masks."""
        own = dict.fromkeys(numbered.slice.stored.path for numbered in self.slices)
        return (*own, *self.mask.files)

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield a case for every slice, from the lowest position up.

        Raises:
            DataError: If the masks cannot be read.
        """
        masks = self.mask.masks([numbered.slice.grid for numbered in self.slices])
        for numbered in self.slices:
            try:
                mask = next(masks)
            except DataError as error:
                raise type(error)(f"its mask {self.mask_file}: {error}") from error
            try:
                grey = read_grey(numbered.slice.stored, numbered.slice.scale, self.shown)
            except DataError as error:
                yield LeftOut(numbered.file, str(error))
                continue
            yield ReadCase(
                id=f"{self.group}-s{self.series}-{numbered.number:04d}",
                group=self.group,
                picture=grey_to_rgb(grey),
                mask=mask,
                spacing_mm=numbered.slice.grid.spacing_mm,
                layer=Layer(f"{self.group}-s{self.series}", numbered.slice.grid.height_mm),
                origin=self._origin(numbered),
            )

    def _origin(self, numbered: Numbered) -> Origin:
        frame = float(numbered.slice.stored.frame)
        shown = self.shown
        return Origin(numbered.file, (frame, shown.low, shown.high, float(shown.inverted)))
