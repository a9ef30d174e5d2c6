"""What a file with masks offers, whatever its format: targets to choose from, and for whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from twinseg.core.arrays import Mask
from twinseg.images.slice_grid import SliceGrid


@runtime_checkable
class MaskSource(Protocol):
    """Masks on any slices; can be pickled."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read."""
        ...

    def masks(self, grids: Sequence[SliceGrid]) -> Iterator[Mask]:
        """Yield the mask on each of ``grids``.

        Raises:
            DataError: If a file cannot be read any more.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Target:
    """One region or segment that may be the target."""

    number: int
    label: str
    amount: str  # "26 outlines": helps to choose


@runtime_checkable
class Offer(Protocol):
    """One file, or one series, with masks."""

    @property
    def path(self) -> Path:
        """The file, or the folder of a series of masks."""
        ...

    @property
    def option(self) -> str:
        """The option that chooses its targets: roi, segment or foreground."""
        ...

    @property
    def patient(self) -> str:
        """See `patient_key`; "" if the file does not say."""
        ...

    @property
    def series(self) -> frozenset[str]:
        """UIDs of the series that it refers to."""
        ...

    @property
    def frames_of_reference(self) -> frozenset[str]:
        """UIDs of the frames of reference that it lies in."""
        ...

    @property
    def targets(self) -> tuple[Target, ...]:
        """What can be chosen."""
        ...

    def source(
        self, numbers: Sequence[int], grids: Sequence[SliceGrid], spacing_mm: float
    ) -> tuple[MaskSource, tuple[str, ...]]:
        """Return the masks of the chosen targets for a stack of slices, and what to note.

        Args:
            numbers: Of the targets.
            grids: Of all slices of the stack.
            spacing_mm: Distance of neighbouring slices.

        Raises:
            DataError: If the masks do not fit the stack.
        """
        ...
