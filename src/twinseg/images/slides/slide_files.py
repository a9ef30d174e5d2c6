"""Which files are slides, what each is called and whose it is; no annotation is asked for."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.images.ids import unique_ids
from twinseg.images.slides.with_tifffile import is_in_tiles

# Formats that are nothing but slides.
SLIDE_SUFFIXES = frozenset({".svs", ".ndpi", ".mrxs", ".scn", ".bif", ".svslide"})
# Formats that may hold a slide as well as any picture.
MAY_BE_SLIDES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp"})
_TCGA_PATIENT = re.compile(r"(TCGA-\w{2}-\w{4})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SlideFile:
    """A slide, not yet opened."""

    id: str
    group: str
    shown: str  # path relative to the source, with forward slashes
    files: tuple[Path, ...]  # the one to open first


def is_slide_by_name(path: PurePosixPath) -> bool:
    """Tell whether the suffix is one that only slides have."""
    return path.suffix.lower() in SLIDE_SUFFIXES


def is_tiled_tiff(path: Path) -> bool:
    """Tell whether a file is TIFF stored in tiles, as slides are and pictures are not."""
    return path.suffix.lower() in (".tif", ".tiff") and is_in_tiles(path)


def slide_files(
    root: Path, paths: Collection[PurePosixPath], among: Iterable[PurePosixPath] = ()
) -> list[SlideFile]:
    """Return slides of files that are one each, in the order of their paths.

    A slide belongs to the patient of a TCGA barcode, else it is a group of its own.

    Args:
        root: Folder that ``paths`` are relative to.
        paths: Of the slides.
        among: Of other files that are named with them, so that names stay unique.
    """
    names = unique_ids(dict.fromkeys((*paths, *among)))
    slides = []
    for path in sorted(paths):
        patient = _TCGA_PATIENT.match(path.name)
        slides.append(
            SlideFile(
                id=names[path],
                group=patient[1].upper() if patient else names[path],
                shown=str(path),
                files=_files_of(root / path),
            )
        )
    return slides


def _files_of(path: Path) -> tuple[Path, ...]:
    """A MIRAX slide is a file and a folder of its name."""
    folder = path.with_suffix("")
    if path.suffix.lower() == ".mrxs" and folder.is_dir():
        return path, *sorted(file for file in folder.iterdir() if file.is_file())
    return (path,)
