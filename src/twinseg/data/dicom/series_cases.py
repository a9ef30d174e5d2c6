"""Part of a series joined with its masks: a case for every slice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.data.case_unit import ReadCase, read_case
from twinseg.data.dicom.offers import MaskSource
from twinseg.images.dicom.slice_pictures import SlicePictures
from twinseg.images.unit import LeftOut


@dataclass(frozen=True, kw_only=True)
class SeriesCases:
    """Some slices of one series with their masks: a `CaseUnit`."""

    pictures: SlicePictures
    mask: MaskSource
    mask_file: str  # relative to the source

    @property
    def name(self) -> str:
        """See `SlicePictures`."""
        return self.pictures.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Files of the slices, then of the masks."""
        return (*self.pictures.files, *self.mask.files)

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield a case for every slice, from the lowest position up.

        Raises:
            DataError: If the masks cannot be read.
        """
        masks = self.mask.masks([numbered.slice.grid for numbered in self.pictures.slices])
        for picture in self.pictures.read():
            try:
                mask = next(masks)
            except DataError as error:
                raise type(error)(f"its mask {self.mask_file}: {error}") from error
            yield picture if isinstance(picture, LeftOut) else read_case(picture, mask)
