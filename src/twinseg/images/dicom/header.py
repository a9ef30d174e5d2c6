"""What one DICOM file says of itself, read once and without its pixels."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from struct import unpack
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    VLWholeSlideMicroscopyImageStorage,
)

from twinseg.core.errors import DataError
from twinseg.images.dicom import elements
from twinseg.images.dicom.elements import numbers, text, whole
from twinseg.images.dicom.pixels import StoredFrame
from twinseg.images.dicom.values import Scale

STRUCTURES = {str(RTStructureSetStorage)}
_LABEL_MAPS = "1.2.840.10008.5.1.4.1.1.66.7"  # newer than the library's table
SEGMENTATIONS = {str(SegmentationStorage), _LABEL_MAPS}
SLIDES = {str(VLWholeSlideMicroscopyImageStorage)}
DIRECTORIES = {str(MediaStorageDirectoryStorage)}
_PIXELS = 0x7FE0, 0x0010


@dataclass(frozen=True, kw_only=True)
class Patient:
    """Who it is: tells patients apart, and is never written or said."""

    id: str
    name: str
    birth_date: str


@dataclass(frozen=True, kw_only=True)
class DicomHeader:
    """What one file says; "" or () where it does not say."""

    path: Path
    sop_class: str
    instance: str
    patient: Patient
    study: str
    series: str
    frame_of_reference: str
    modality: str
    body_part: str
    description: str  # of the series
    image_type: tuple[str, ...]
    order: tuple[int, int]  # acquisition and instance number: decides between equal positions
    position_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing_mm: tuple[float, ...]
    samples: int  # 1, or 3 for colours
    by_frame: bool  # each frame has its place in functional groups
    window: tuple[float, float] | None  # the file's own: lowest and highest value shown
    scale: Scale
    stored: StoredFrame | None  # of the first frame; None if the file holds no pixels

    @property
    def is_image(self) -> bool:
        """Whether it can hold slices that are to be segmented."""
        others = STRUCTURES | SEGMENTATIONS | SLIDES | DIRECTORIES
        return self.stored is not None and self.sop_class not in others


def read_header(path: Path) -> DicomHeader:
    """Read the header of ``path``; asked again while the file is the same, it is remembered.

    Raises:
        DataError: If the file is no DICOM or is damaged; its text holds nothing of the file.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from error
    return _read_header(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=2**17)
def _read_header(path: Path, _size: int, _time_ns: int) -> DicomHeader:
    with elements.open_file(path) as file:
        dataset = elements.read_before_pixels(file)
        return _header(dataset, path, file)


def _header(dataset: Dataset, path: Path, file: BinaryIO) -> DicomHeader:
    bits = whole(dataset, "BitsAllocated"), whole(dataset, "BitsStored")
    bits, padding = _bits_and_padding(dataset, *bits)
    stored = _stored(dataset, path, file, bits)
    return DicomHeader(
        path=path,
        sop_class=text(dataset, "SOPClassUID")
        or text(dataset.file_meta, "MediaStorageSOPClassUID"),
        instance=text(dataset, "SOPInstanceUID"),
        patient=Patient(
            id=elements.person(dataset, "PatientID"),
            name=elements.person(dataset, "PatientName"),
            birth_date=text(dataset, "PatientBirthDate"),
        ),
        study=text(dataset, "StudyInstanceUID"),
        series=text(dataset, "SeriesInstanceUID"),
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
        modality=elements.code(dataset, "Modality"),
        body_part=elements.code(dataset, "BodyPartExamined"),
        description=elements.person(dataset, "SeriesDescription"),
        image_type=tuple(text(dataset, "ImageType").upper().split("\\")),
        order=(
            elements.digits(dataset, "AcquisitionNumber"),
            elements.digits(dataset, "InstanceNumber"),
        ),
        position_mm=numbers(dataset, "ImagePositionPatient"),
        orientation=numbers(dataset, "ImageOrientationPatient"),
        spacing_mm=numbers(dataset, "PixelSpacing"),
        samples=whole(dataset, "SamplesPerPixel", 1),
        by_frame="PerFrameFunctionalGroupsSequence" in dataset,
        window=voi_window(dataset),
        scale=read_scale(dataset, padding),
        stored=stored,
    )


def _stored(
    dataset: Dataset, path: Path, file: BinaryIO, bits: tuple[int, int]
) -> StoredFrame | None:
    """Return where the pixels are; ``file`` stands before them."""
    syntax = str(dataset.file_meta.get("TransferSyntaxUID") or ImplicitVRLittleEndian)
    if syntax == DeflatedExplicitVRLittleEndian:
        offset, length = 0, 0 if "Rows" in dataset else None
    else:
        offset, length = _offset_and_length(dataset, file)
    if length is None:
        return None
    if not 1 <= bits[1] <= bits[0] <= 32:
        raise DataError(f"declares {bits[1]} bits stored in {bits[0]}; expected at most 32")
    return StoredFrame(
        path=path,
        frame=0,
        frames=max(elements.digits(dataset, "NumberOfFrames", 1), 1),
        rows=whole(dataset, "Rows"),
        columns=whole(dataset, "Columns"),
        bits_allocated=bits[0],
        bits_stored=bits[1],
        signed=whole(dataset, "PixelRepresentation") == 1,
        photometric=elements.code(dataset, "PhotometricInterpretation"),
        syntax=syntax,
        offset=offset,
        length=length,
    )


def _offset_and_length(dataset: Dataset, file: BinaryIO) -> tuple[int, int | None]:
    """Return where the pixels begin and how many bytes they take; None if there are none."""
    implicit, little = dataset.original_encoding
    head = file.read(12)
    order = "<" if little else ">"
    if len(head) < 12 or unpack(f"{order}2H", head[:4]) != _PIXELS:
        return 0, None
    if implicit:
        return file.tell() - 4, unpack(f"{order}L", head[4:8])[0]
    if head[4:6] not in (b"OW", b"OB", b"UN"):
        raise DataError("writes its pixels in a way that the standard does not know")
    return file.tell(), unpack(f"{order}L", head[8:12])[0]


def _bits_and_padding(
    dataset: Dataset, allocated: int, stored: int
) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """Return bits allocated and stored, and the range of numbers that mean "outside the scan"."""
    if "PixelPaddingValue" not in dataset:
        return (allocated, stored), None
    value = whole(dataset, "PixelPaddingValue")
    limit = whole(dataset, "PixelPaddingRangeLimit", value)
    signed = whole(dataset, "PixelRepresentation") == 1
    found = []
    for number in (value, limit):
        number %= 2**16
        found.append(number - 2**16 if signed and number >= 2**15 else number)
    low, high = min(found), max(found)
    if allocated == 16 and not -(2 ** (stored - 1)) <= low <= high < 2**stored:
        stored = allocated  # the file uses bits that it says it does not
    return (allocated, stored), (low, high)


def read_scale(dataset: Dataset, padding: tuple[int, int] | None = None) -> Scale:
    """Read slope and intercept, or the modality look-up table, of a data set or an item of it.

    Raises:
        DataError: If the table is cut short or the slope is 0.
    """
    for item in elements.items(dataset, "ModalityLUTSequence"):
        return Scale(table=_modality_table(item), padding=padding)
    slope, intercept = numbers(dataset, "RescaleSlope"), numbers(dataset, "RescaleIntercept")
    if not slope or not intercept:
        return Scale(padding=padding, said=False)
    if not 0 < abs(slope[0]) < 1e12 or not abs(intercept[0]) < 1e12:
        raise DataError(f"has the rescale slope {slope[0]:g} and intercept {intercept[0]:g}")
    return Scale(slope=slope[0], intercept=intercept[0], padding=padding)


def _modality_table(item: Dataset) -> tuple[int, tuple[int, ...]]:
    """Return the first number mapped and the values; PS3.3 C.11.1.1."""
    count, first, bits = (int(value) for value in item.LUTDescriptor)
    count = count or 2**16
    values = item.LUTData
    if isinstance(values, bytes):
        values = unpack(f"<{count}{'B' if bits <= 8 and len(values) <= count + 1 else 'H'}", values)
    values = tuple(int(value) for value in values)
    if len(values) < count:
        raise DataError(f"its modality table declares {count} values, {len(values)} are there")
    return first, values[:count]


def voi_window(dataset: Dataset) -> tuple[float, float] | None:
    """Return the lowest and highest value of the file's first own window; PS3.3 C.11.2.1.2."""
    centre, width = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    if not centre or not width or not 1 < width[0] < 1e12:
        return None
    return centre[0] - 0.5 - (width[0] - 1) / 2, centre[0] - 0.5 + (width[0] - 1) / 2
