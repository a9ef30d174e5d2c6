"""Slices of a file: one, or one a frame, each with its place, its scale and its window."""

from dataclasses import dataclass, replace

from twinseg.core.errors import DataError
from twinseg.images.dicom.elements import open_dataset, quiet, text
from twinseg.images.dicom.frame_grids import FunctionalGroups, grid_of
from twinseg.images.dicom.header import DicomHeader, read_scale, voi_window
from twinseg.images.dicom.pixels import StoredFrame
from twinseg.images.dicom.values import Scale
from twinseg.images.slice_grid import SliceGrid

_MOST_FRAMES = 20_000
_SCOUTS = {"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVIEW"}


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One slice: where its numbers are, what they mean, where it lies."""

    stored: StoredFrame
    scale: Scale
    grid: SliceGrid
    window: tuple[float, float] | None  # of the file itself


def slices_of(header: DicomHeader, *, needs_hu: bool = True) -> tuple[Slice, ...]:
    """Return the slices of a file, frame by frame.

    Args:
        header: Of the file.
        needs_hu: Refuse CT without a scale; a mask that is saved as CT needs none.

    Raises:
        DataError: If they cannot be cases; its text says why.
    """
    stored = header.stored
    if stored is None:
        raise DataError(f"holds no pixels (modality {header.modality or 'unknown'})")
    if _SCOUTS & set(header.image_type):
        raise DataError("is a scout (localizer), not a slice")
    if header.modality == "RTDOSE":
        raise DataError("is a dose distribution, not a slice")
    if header.samples != 1 or not stored.photometric.startswith("MONOCHROME"):
        raise DataError(f"is {stored.photometric or 'of unknown colours'}, expected MONOCHROME")
    slices = _by_frame(header, stored) if header.by_frame else _single(header, stored)
    if needs_hu and header.modality == "CT" and not all(slice_.scale.said for slice_ in slices):
        raise DataError("has no rescale slope and intercept, so no Hounsfield units")
    return slices


def _single(header: DicomHeader, stored: StoredFrame) -> tuple[Slice, ...]:
    if stored.frames != 1:
        raise DataError(f"holds {stored.frames} frames and does not say where each one lies")
    grid = grid_of(
        stored.rows,
        stored.columns,
        position_mm=header.position_mm,
        orientation=header.orientation,
        spacing_mm=header.spacing_mm,
    )
    return (Slice(stored=stored, scale=header.scale, grid=grid, window=header.window),)


def _by_frame(header: DicomHeader, stored: StoredFrame) -> tuple[Slice, ...]:
    if stored.frames > _MOST_FRAMES:
        raise DataError(f"declares {stored.frames} frames; expected at most {_MOST_FRAMES}")
    dataset = open_dataset(header.path)
    slices = []
    try:
        with quiet():
            groups = FunctionalGroups(dataset, stored.frames)
            for frame in range(stored.frames):
                kind = text(groups.macro(frame, "CTImageFrameTypeSequence"), "FrameType")
                if _SCOUTS & set(kind.upper().split("\\")):
                    continue
                values = groups.macro(frame, "PixelValueTransformationSequence")
                slices.append(
                    Slice(
                        stored=replace(stored, frame=frame),
                        scale=read_scale(values, header.scale.padding),
                        grid=groups.grid(frame, stored.rows, stored.columns),
                        window=voi_window(groups.macro(frame, "FrameVOILUTSequence")),
                    )
                )
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"its functional groups are damaged ({type(error).__name__})") from error
    return tuple(slices)
