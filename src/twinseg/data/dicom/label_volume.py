"""A label volume beside a series: NIfTI, NRRD or MHA in the same patient space."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.data.dicom.offers import MaskSource, Target
from twinseg.images.slice_grid import SliceGrid


@dataclass(frozen=True, kw_only=True)
class LabelVolume:
    """One volume file: an `Offer` of whatever ``--foreground`` chooses in it."""

    path: Path
    foreground: tuple[str, ...]
    patient: str = ""
    series: frozenset[str] = frozenset()
    frames_of_reference: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = (Target(number=0, label="", amount="label volume"),)
    option: str = "foreground"

    def source(
        self, numbers: Sequence[int], grids: Sequence[SliceGrid], spacing_mm: float
    ) -> tuple[MaskSource, tuple[str, ...]]:
        """Return the masks for a stack of slices; see `Offer.source`."""
        from twinseg.data.volumes.label_voxels import overlaps

        if not overlaps(self.path, grids):
            raise DataError("the volume lies elsewhere in the patient")
        return VolumeMasks(self.path, self.foreground), ()


@dataclass(frozen=True)
class VolumeMasks:
    """The chosen labels of one volume as masks."""

    path: Path
    foreground: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The volume."""
        return (self.path,)

    def masks(self, grids: Sequence[SliceGrid]) -> Iterator[Mask]:
        """Yield the mask on each slice: the label at the middle of every pixel.

        Raises:
            DataError: If the volume is damaged.
            MaskValuesError: If it holds several labels and none was chosen.
        """
        from twinseg.data.volumes.label_voxels import label_masks

        return label_masks(self.path, grids, self.foreground)
