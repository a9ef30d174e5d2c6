"""Files of a source that are no pictures: none is passed over without a word."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.data.reasons import shared_reason
from twinseg.images.dicom.elements import is_dicom
from twinseg.images.dicom.header import DIRECTORIES, SEGMENTATIONS, STRUCTURES, read_header
from twinseg.images.files.picture_file import DICOM_SUFFIX, PICTURE_SUFFIXES
from twinseg.images.slides.slide_files import SLIDE_SUFFIXES
from twinseg.images.tree import walk
from twinseg.images.unit import LeftOut
from twinseg.images.volumes.volume_file import is_volume
from twinseg.study.new_pictures.items import FoundItems
from twinseg.study.new_pictures.references import References

COLUMNS = ("file", "what", "reason")
_READ = {"index.csv", "dataset.json", "grade.csv", "kits.json"}  # they say what pictures are
_REFERENCE = "reference that is not used"
# Words of ours alone: a suffix may be a part of somebody's name.
_WHAT = {
    "text": ("txt", "md", "rst", "log", "rtf", "doc", "docx", "odt", "html"),
    "PDF": ("pdf",),
    "table": ("csv", "tsv", "xls", "xlsx", "ods", "parquet", "sav", "dta"),
    "annotation": ("json", "geojson", "xml"),
    "archive": ("zip", "tar", "gz", "tgz", "7z", "rar"),
    "film": ("mp4", "mov", "avi", "mkv"),
    "picture of a format that is not read": (
        *("heic", "heif", "webp", "avif", "svg", "psd", "jp2"),
        *("raw", "dng", "cr2", "cr3", "nef", "arw"),
    ),
    "mask or picture that is not used": tuple(end[1:] for end in PICTURE_SUFFIXES - {DICOM_SUFFIX}),
    "slide": tuple(end[1:] for end in SLIDE_SUFFIXES),
}
_WHAT_OF_SUFFIX = {f".{end}": what for what, ends in _WHAT.items() for end in ends}


@dataclass(frozen=True)
class Other:
    """A file that no mask was made of and none was compared with."""

    file: str  # relative to the source
    what: str  # a word of ours
    reason: str = ""  # of a reference


def other_files(
    source: Path, found: FoundItems, references: References, faults: Sequence[LeftOut]
) -> list[Other]:
    """Return the files of a folder that are neither pictures nor references of them.

    What could not be used as a picture is not among them: that is told elsewhere.

    Args:
        source: Folder; one file has no others.
        found: What was found in it.
        references: What lies beside that.
        faults: Of references that could not be read.
    """
    if not source.is_dir():
        return []
    pictures = {file for item in found.items for unit in item.units for file in unit.files}
    reasons = {one.file: one.reason for one in (*references.left_out, *faults)}
    used = {file for unit in references.units for file in unit.files}
    used -= {source / file for file in reasons}
    failed = {one.file for one in found.left_out}
    return [
        Other(str(path), what, reasons.get(str(path), "") or _why(what, path, references))
        for path in walk(source)
        if source / path not in pictures
        and source / path not in used
        and path.name.lower() not in _READ
        and found.shown(str(path)) not in failed
        and (what := _what(source / path, path))
    ]


def _why(what: str, path: PurePosixPath, references: References) -> str:
    """Return why an object of masks is not used; its series may be what is left out for it."""
    if what != _REFERENCE:
        return ""
    alone = re.compile(rf"(?<!\w){re.escape(str(path))}(?!\w)")
    about = (one.reason for one in references.left_out if alone.search(one.reason))
    return next(about, references.fault)


def _what(file: Path, path: PurePosixPath) -> str:
    """Say what a file is; "" of what only lists others."""
    if is_volume(path.name):
        return "volume"
    if known := _WHAT_OF_SUFFIX.get(path.suffix.lower()):
        return known
    return _what_in_dicom(file) if is_dicom(file) else "unknown"


def _what_in_dicom(file: Path) -> str:
    try:
        header = read_header(file)
    except DataError:
        return "damaged DICOM"
    if header.sop_class in DIRECTORIES:
        return ""
    if header.sop_class in SEGMENTATIONS | STRUCTURES:
        return _REFERENCE
    return "DICOM without pixels" if header.stored is None else "DICOM"


def hidden(others: Sequence[Other], found: FoundItems) -> list[Other]:
    """Return the same by the names that may be shown."""
    if not found.is_hidden:
        return list(others)
    return [
        Other(found.shown(one.file), one.what, shared_reason(one.reason) if one.reason else "")
        for one in others
    ]


def said_of(others: Sequence[Other]) -> str:
    """Say how many there are and of what kinds."""
    counted = Counter(one.what for one in others)
    kinds = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return f"other files: {len(others)} (" + (
        ", ".join(f"{what}: {count}" for what, count in kinds) + "), listed in others.csv"
    )
