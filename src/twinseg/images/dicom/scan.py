"""Every file under a source: DICOM headers, what is damaged, and what else lies there."""

from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.images.dicom.elements import DICOM_SUFFIXES, is_dicom, items, open_dataset, quiet
from twinseg.images.dicom.header import DIRECTORIES, DicomHeader, read_header
from twinseg.images.tree import walk

VOLUME_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What lies under a source; every path once, in the order of the names."""

    root: Path
    headers: tuple[DicomHeader, ...]
    damaged: tuple[tuple[Path, str], ...]  # with the reason
    volumes: tuple[Path, ...]  # NIfTI, NRRD and the like
    others: tuple[Path, ...]


def scan(source: Path) -> Scan:
    """Read the headers of all DICOM files of a folder, of the folder of a DICOMDIR, or one file."""
    if source.is_dir():
        return _scan(source, _files_under(source))
    if source.name.upper() == "DICOMDIR":
        return _scan(source.parent, _files_under(source.parent))
    return _scan(source.parent, [source])


def _files_under(folder: Path) -> list[Path]:
    return [folder / path for path in walk(folder)]


def _scan(root: Path, files: list[Path]) -> Scan:
    headers: list[DicomHeader] = []
    damaged: list[tuple[Path, str]] = []
    volumes: list[Path] = []
    others: list[Path] = []
    for path in files:
        if path.name.lower().endswith(VOLUME_SUFFIXES):
            volumes.append(path)
        elif is_dicom(path):
            try:
                header = read_header(path)
            except DataError as error:
                damaged.append((path, str(error)))
                continue
            if header.sop_class in DIRECTORIES:
                damaged += _missing(path, root)
            else:
                headers.append(header)
        elif path.suffix.lower() in DICOM_SUFFIXES or path.name.upper() == "DICOMDIR":
            damaged.append((path, "is no DICOM file (no DICM at byte 128)"))
        else:
            others.append(path)
    return Scan(
        root=root,
        headers=tuple(headers),
        damaged=tuple(damaged),
        volumes=tuple(volumes),
        others=tuple(others),
    )


def _missing(directory: Path, root: Path) -> list[tuple[Path, str]]:
    """Return the files that a DICOMDIR names and that are not there.

    Its records are taken as a flat list: pointers from one to the next are never followed.
    """
    missing = []
    try:
        with quiet():
            records = items(open_dataset(directory), "DirectoryRecordSequence")
            for record in records:
                named = record.get("ReferencedFileID")
                parts = [named] if isinstance(named, str) else list(named or ())
                file = directory.parent.joinpath(*(str(part) for part in parts))
                inside = file.resolve().is_relative_to(root.resolve())
                if parts and inside and not _exists(file):
                    missing.append((file, "is named in the DICOMDIR and missing"))
    except DataError as error:
        return [(directory, str(error))]
    except Exception as error:
        return [(directory, f"its list of files is damaged ({type(error).__name__})")]
    return missing


def _exists(file: Path) -> bool:
    # Names on a disc are in capitals; copied to a disk they often are not.
    return file.exists() or file.with_name(file.name.lower()).exists()
