"""Slides in DICOM: which files are one slide, and whose, without naming anybody."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.core.workers import map_in_processes
from twinseg.images.dicom.header import Patient
from twinseg.images.dicom.privacy import group_names
from twinseg.images.slides.slide_files import SlideFile
from twinseg.images.slides.with_openslide import OpenSlideSlide
from twinseg.images.unit import LeftOut

# VL Whole Slide Microscopy Image Storage in the file meta, which is near the beginning.
_SLIDE = re.compile(rb"\x02\0\x02\0UI..1\.2\.840\.10008\.5\.1\.4\.1\.1\.77\.1\.6(?![.\d])", re.S)
_FIRST_BYTES = 2048
CRASHED = "the library that reads it crashed"


@dataclass(frozen=True)
class _Read:
    series: str
    patient: Patient


def is_dicom_slide(path: Path) -> bool:
    """Tell by the first bytes whether a file is DICOM whole slide microscopy."""
    try:
        with path.open("rb") as file:
            first = file.read(_FIRST_BYTES)
    except OSError:
        return False
    return first[128:132] == b"DICM" and _SLIDE.search(first) is not None


def dicom_slides(
    root: Path, files: Iterable[Path], *, keep_ids: bool
) -> tuple[list[SlideFile], list[LeftOut]]:
    """Put files of whole slide microscopy together by series.

    OpenSlide finds the other levels of a series beside its first file. A slide is called by a
    hash of its SeriesInstanceUID.

    Args:
        root: Folder of the source.
        files: Those of which `is_dicom_slide` holds.
        keep_ids: Use the ids of patients as groups.
    """
    read: dict[Path, _Read] = {}
    refused: dict[Path, str] = {}
    paths = list(files)
    for path, facts in zip(paths, map_in_processes(_read, paths, processes=1), strict=True):
        if isinstance(facts, _Read):
            read[path] = facts
        else:
            refused[path] = facts if isinstance(facts, str) else CRASHED
    by_series: dict[str, list[Path]] = defaultdict(list)
    for path, facts in read.items():
        by_series[facts.series].append(path)
    groups = _groups(read, keep_ids=keep_ids)

    def shown(path: Path) -> str:
        return path.relative_to(root).as_posix()

    slides = [
        SlideFile(
            id=f"slide-{hashlib.sha256(series.encode()).hexdigest()[:10]}",
            group=groups[_key(read[paths[0]])],
            files=tuple(paths),
            shown=shown(paths[0]),
        )
        for series, paths in by_series.items()
    ]
    return slides, [LeftOut(shown(path), reason) for path, reason in refused.items()]


def _read(path: Path) -> _Read | str:
    """Read what a file says of itself, or why it cannot be read."""
    try:
        slide = OpenSlideSlide(path)
    except DataError as error:
        return str(error)
    try:
        said = {
            key: slide.properties.get(f"dicom.{key}", "").strip()
            for key in ("SeriesInstanceUID", "PatientID", "PatientName", "PatientBirthDate")
        }
    finally:
        slide.close()
    if not said["SeriesInstanceUID"]:
        return "names no series"
    patient = Patient(
        id=said["PatientID"], name=said["PatientName"], birth_date=said["PatientBirthDate"]
    )
    return _Read(said["SeriesInstanceUID"], patient)


def _groups(read: Mapping[Path, _Read], *, keep_ids: bool) -> dict[str, str]:
    series_of: dict[str, set[str]] = defaultdict(set)
    for facts in read.values():
        series_of[_key(facts)].add(facts.series)
    ids = {_key(facts): facts.patient.id for facts in read.values()}
    return group_names(series_of, ids, keep_ids=keep_ids)


def _key(facts: _Read) -> str:
    return f"id {facts.patient.id}" if facts.patient.id else f"series {facts.series}"
