"""Open a DICOM file and take single values out of it; whatever is wrong comes out as one line."""

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from struct import unpack
from typing import BinaryIO

import pydicom
from pydicom.charset import convert_encodings
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.tag import BaseTag, Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian
from pydicom.valuerep import PersonName

from twinseg.core.errors import DataError

_CODE = re.compile(r"[A-Z][A-Z0-9_ ]{1,15}")
_MAGIC_AT, _MAGIC = 128, b"DICM"
DICOM_SUFFIXES = {".dcm", ".dicom", ".ima", ".dic"}
MOST_INFLATED_BYTES = 2**28


def is_dicom(path: Path) -> bool:
    """Tell whether ``path`` says of itself, at byte 128, that it is DICOM."""
    try:
        with path.open("rb") as file:
            file.seek(_MAGIC_AT)
            return file.read(4) == _MAGIC
    except OSError:
        return False


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back warnings about oddities that do not change what is read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_dataset(path: Path) -> Dataset:
    """Read everything before the pixels.

    Raises:
        DataError: If the file is no DICOM or is damaged; its text holds nothing of the file.
    """
    with open_file(path) as file:
        return read_before_pixels(file)


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` and turn whatever goes wrong with it into a `DataError`."""
    try:
        with quiet(), path.open("rb") as file:
            yield file
    except DataError:
        raise
    except InvalidDicomError as error:
        raise DataError("is no DICOM file (no DICM at byte 128)") from error
    except OSError as error:
        # The library raises it without a reason of the system where a sequence has no end.
        why = f"cannot be read: {error.strerror}" if error.strerror else "is cut short"
        raise DataError(why) from error
    except Exception as error:
        # The library's text may quote the file, and so name a patient.
        raise DataError(f"is damaged: its header ends in {type(error).__name__}") from error


def read_before_pixels(file: BinaryIO) -> Dataset:
    """Read ``file`` up to its pixels, where it then stands unless it is deflated."""
    head = file.read(1024)
    if DeflatedExplicitVRLittleEndian.encode() in head:
        require_small_when_inflated(file)
    file.seek(0)
    return pydicom.dcmread(file, stop_before_pixels=True)


def require_small_when_inflated(file: BinaryIO) -> None:
    """Inflate a deflated file once and keep nothing, so that a bomb is refused and not unpacked.

    Raises:
        DataError: If it holds more than any file of slices, outlines or segments does.
    """
    file.seek(0)
    meta = pydicom.filereader.read_file_meta_info(file.name)
    file.seek(_MAGIC_AT + 4 + 12 + meta.FileMetaInformationGroupLength)
    inflate, inflated = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while chunk := inflate.unconsumed_tail or file.read(2**16):
        inflated += len(inflate.decompress(chunk, 2**20))
        if inflated > MOST_INFLATED_BYTES:
            raise DataError(f"holds over {MOST_INFLATED_BYTES >> 20} MiB when inflated")


@lru_cache
def _tag(keyword: str) -> BaseTag:
    return Tag(tag_for_keyword(keyword) or keyword)


def text(dataset: Dataset, keyword: str) -> str:
    """Return a value that holds letters and digits only; "" if the file does not say."""
    value = _raw(dataset, keyword)
    if isinstance(value, bytes):
        return value.decode("ascii", "replace").strip(" \0")
    if value is None:
        return ""
    parts = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
    return "\\".join(str(part) for part in parts).strip(" \0")


def code(dataset: Dataset, keyword: str) -> str:
    """Return a word of the standard such as CT or ABDOMEN; "" if it cannot be one.

    Only such words are ever shown: in a damaged file anything may stand in their place.
    """
    found = text(dataset, keyword).upper()
    return found if _CODE.fullmatch(found) else ""


def person(dataset: Dataset, keyword: str) -> str:
    """Return a name or another text in the letters of its country."""
    value = _raw(dataset, keyword)
    if isinstance(value, bytes):
        return _decoded(value, text(dataset, "SpecificCharacterSet"))
    return "" if value is None else str(value)


@lru_cache(maxsize=1024)
def _decoded(value: bytes, character_sets: str) -> str:
    try:
        encodings = convert_encodings(character_sets.split("\\"))
    except (LookupError, ValueError):
        encodings = ["latin-1"]
    return str(PersonName(value, encodings)).strip(" \0")


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Return decimal numbers; none if the file does not say, or says something else."""
    try:
        return tuple(float(part) for part in text(dataset, keyword).split("\\"))
    except ValueError:
        return ()


def whole(dataset: Dataset, keyword: str, default: int = 0) -> int:
    """Return a whole number, written in bits or in digits."""
    value = _raw(dataset, keyword)
    element = dataset.get_item(_tag(keyword))
    if isinstance(value, bytes) and len(value) == 2:
        signed = getattr(element, "VR", None) == "SS"
        little = getattr(element, "is_little_endian", True)
        return int(unpack(("<" if little else ">") + ("h" if signed else "H"), value)[0])
    try:
        return int(float(text(dataset, keyword)))
    except (ValueError, OverflowError):
        return default


def digits(dataset: Dataset, keyword: str, default: int = 0) -> int:
    """Return a whole number that is written in digits."""
    try:
        return int(float(text(dataset, keyword)))
    except (ValueError, OverflowError):
        return default


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; none if it is absent."""
    return list(dataset.get(keyword) or ())


def _raw(dataset: Dataset, keyword: str) -> object:
    # Converting through pydicom costs more than reading the whole header.
    element = dataset.get_item(_tag(keyword))
    return None if element is None else element.value
