"""A series of slices that is a mask: which ones are, and what they mark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.data.dicom.offers import MaskSource, Target
from twinseg.data.dicom.planes import Placing, Planes, place
from twinseg.images.dicom.pixels import read_stored
from twinseg.images.dicom.series import Stack, same_plane
from twinseg.images.dicom.slices import Slice
from twinseg.images.slice_grid import SliceGrid

_MODALITIES = {"SEG", "OT"}
_MOST_CLASSES = 32  # more values than that are a picture


@dataclass(frozen=True, kw_only=True)
class MaskSeries:
    """A series of masks: an `Offer` of each value but 0."""

    stack: Stack
    values: tuple[int, ...]
    frames_of_reference: frozenset[str]  # its own, else those of the pictures that it fits
    option: str = "segment"

    @property
    def path(self) -> Path:
        """The folder of the series."""
        return self.stack.folder

    @property
    def patient(self) -> str:
        """See `patient_key`."""
        return self.stack.patient

    @property
    def series(self) -> frozenset[str]:
        """None: a series refers to no other."""
        return frozenset()

    @property
    def targets(self) -> tuple[Target, ...]:
        """Each value; a single one bears the name of the folder."""
        if len(self.values) == 1:
            (value,) = self.values
            return (Target(number=value, label=self.path.name, amount=f"value {value}"),)
        return tuple(
            Target(number=value, label=str(value), amount=f"value {value}") for value in self.values
        )

    def source(
        self, numbers: Sequence[int], grids: Sequence[SliceGrid], spacing_mm: float
    ) -> tuple[MaskSource, tuple[str, ...]]:
        """Return the masks of the chosen values; see `Offer.source`."""
        own = self.stack.grids
        said_mm = self.stack.spacing_mm if len(own) > 1 else 0.0
        placing = place(own, range(len(own)), grids, said_mm=said_mm, usual_mm=spacing_mm)
        source = SeriesMasks(self.stack.slices, tuple(numbers), placing)
        return source, tuple(f"a mask series with {note}" for note in placing.notes)


@dataclass(frozen=True)
class SeriesMasks:
    """Chosen values of a series of slices as masks."""

    slices: tuple[Slice, ...]
    values: tuple[int, ...]
    placing: Placing

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file of the series."""
        return tuple(dict.fromkeys(slice_.stored.path for slice_ in self.slices))

    def masks(self, grids: Sequence[SliceGrid]) -> Iterator[Mask]:
        """Yield the mask on each slice.

        Raises:
            DataError: If a slice of the mask cannot be decoded.
        """
        planes = Planes(
            grids=tuple(slice_.grid for slice_ in self.slices),
            chosen=tuple(range(len(self.slices))),
            read=self._read,
            placing=self.placing,
        )
        yield from map(planes.on, grids)

    def _read(self, place: int) -> Mask:
        return np.isin(read_stored(self.slices[place].stored), self.values)


def part_masks(stacks: Sequence[Stack]) -> tuple[list[Stack], list[MaskSeries], list[Stack]]:
    """Part stacks into pictures, masks, and what calls itself a mask and holds none.

    A mask calls itself one (its folder, or its modality SEG or OT), or holds two values only; and
    there must be a picture that it can belong to.
    """
    pictures = [stack for stack in stacks if not _calls_itself_a_mask(stack)]
    masks, odd = [], []
    for stack in stacks:
        if not _calls_itself_a_mask(stack):
            partners = [s for s in stacks if s is not stack and _may_belong(stack, s)]
            if partners and _holds_two_values(stack):
                pictures.remove(stack)
                masks.append(_mask_series(stack, partners))
        elif partners := [picture for picture in pictures if _may_belong(stack, picture)]:
            mask = _mask_series(stack, partners)
            masks += [mask] if mask.values else []
            odd += [] if mask.values else [stack]
        elif stack.modality in _MODALITIES:
            odd.append(stack)
        else:
            pictures.append(stack)
    order = {id(stack): place for place, stack in enumerate(stacks)}
    return sorted(pictures, key=lambda stack: order[id(stack)]), masks, odd


def _mask_series(stack: Stack, partners: Sequence[Stack]) -> MaskSeries:
    frames = {partner.frame_of_reference for partner in partners}
    if stack.frame_of_reference in frames:
        frames = {stack.frame_of_reference}
    return MaskSeries(
        stack=stack, values=_values(stack.slices), frames_of_reference=frozenset(frames - {""})
    )


def _calls_itself_a_mask(stack: Stack) -> bool:
    return stack.in_mask_folder or stack.modality in _MODALITIES


def _holds_two_values(stack: Stack) -> bool:
    middle = stack.slices[len(stack.slices) // 2]
    try:
        few = len(np.unique(read_stored(middle.stored))) <= 2  # a quick look before all are read
    except DataError:
        return False
    return few and len(_values(stack.slices, most=1)) == 1


def _may_belong(mask: Stack, picture: Stack) -> bool:
    first, second = mask.heights_mm, picture.heights_mm
    apart = max(first[0] - second[-1], second[0] - first[-1])
    return bool(apart <= picture.spacing_mm) and same_plane(
        mask.slices[0].grid, picture.slices[0].grid
    )


def _values(slices: Sequence[Slice], most: int = _MOST_CLASSES) -> tuple[int, ...]:
    """Return the values but 0 of a mask; none if there are more than ``most``, or no 0."""
    found: set[int] = set()
    zero = False
    for slice_ in slices:
        try:
            here = np.unique(read_stored(slice_.stored))
        except DataError:
            continue
        zero |= bool((here == 0).any())
        found |= {int(value) for value in here[here != 0][: most + 1]}
        if len(found) > most:
            return ()
    return tuple(sorted(found)) if zero else ()
