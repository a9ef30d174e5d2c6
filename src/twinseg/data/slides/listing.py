"""Which slides of a source have exactly one annotation, and whose they are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from twinseg.data.case import LeftOut
from twinseg.data.groups import Groups, groups_of
from twinseg.data.index import read_index
from twinseg.data.layout import unique_ids
from twinseg.data.slides.dicom_files import dicom_slides
from twinseg.data.slides.pairing import Tree, look_at
from twinseg.data.slides.survey import Annotated

NO_ANNOTATION = "no annotation beside it; fine for prediction"
_TCGA_PATIENT = re.compile(r"(TCGA-\w{2}-\w{4})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """Slides by names alone."""

    slides: tuple[Annotated, ...]
    left_out: tuple[LeftOut, ...]
    groups: Groups  # by index.csv


def list_slides(source: Path, *, keep_ids: bool) -> Listed:
    """List the slides of a source with their annotations, in the order of paths.

    A slide belongs to the group that ``index.csv`` gives it, else to the patient of a TCGA
    barcode or of a DICOM file (hashed unless ``keep_ids``), else it is a group of its own.

    Raises:
        DataError: If ``index.csv`` does not fit.
    """
    tree = look_at(source)
    slides: list[Annotated] = []
    left_out: list[LeftOut] = []
    taken: set[PurePosixPath] = set()
    names = unique_ids((*tree.slides, *tree.pictures))
    for path in sorted(names):
        annotations = [*tree.outlines_of(path), *tree.masks_of(path)]
        taken.update(annotations)
        if len(annotations) != 1:
            left_out.append(LeftOut(str(path), _reason(annotations)))
            continue
        patient = _TCGA_PATIENT.match(path.name)
        slides.append(
            Annotated(
                id=names[path],
                group=patient[1].upper() if patient else names[path],
                shown=str(path),
                origin=str(path),
                files=_files_of(tree.root / path),
                annotation=tree.root / annotations[0],
                is_mask=annotations[0] in tree.masks,
            )
        )
    slides, groups = _with_groups(tree.root, slides)
    in_dicom, refused, more = _in_dicom(tree, keep_ids=keep_ids)
    taken |= more
    orphans = [
        LeftOut(str(path), "annotation without a slide of this name")
        for path in (*tree.outlines, *tree.masks)
        if path not in taken
    ]
    return Listed((*slides, *in_dicom), (*left_out, *refused, *orphans), groups)


def _with_groups(root: Path, slides: list[Annotated]) -> tuple[list[Annotated], Groups]:
    index = root / "index.csv"
    if not slides or not index.is_file():
        return slides, Groups({})
    paths = {slide.id: PurePosixPath(slide.shown) for slide in slides}
    groups = groups_of(read_index(index), paths)
    return [replace(one, group=groups.of.get(one.id, one.group)) for one in slides], groups


def _in_dicom(
    tree: Tree, *, keep_ids: bool
) -> tuple[list[Annotated], list[LeftOut], set[PurePosixPath]]:
    """Slides in DICOM, what is wrong with others, and the annotations that found their slide."""
    files = [tree.root / path for path in tree.dicom]
    found, left_out = dicom_slides(tree.root, files, keep_ids=keep_ids)
    slides = []
    taken: set[PurePosixPath] = set()
    for one in found:
        paths = [PurePosixPath(path.relative_to(tree.root).as_posix()) for path in one.files]
        annotations = list(
            dict.fromkeys(
                file for path in paths for file in (*tree.outlines_of(path), *tree.masks_of(path))
            )
        )
        taken.update(annotations)
        if len(annotations) != 1:
            left_out.append(LeftOut(one.shown, _reason(annotations)))
            continue
        slides.append(
            Annotated(
                id=one.id,
                group=one.group,
                shown=one.shown,
                origin=one.shown,
                files=one.files,
                annotation=tree.root / annotations[0],
                is_mask=annotations[0] in tree.masks,
            )
        )
    return slides, left_out, taken


def _reason(annotations: Iterable[PurePosixPath]) -> str:
    names = [str(path) for path in annotations]
    if not names:
        return NO_ANNOTATION
    return f"{len(names)} annotations: {', '.join(names)}; keep one"


def _files_of(path: Path) -> tuple[Path, ...]:
    """A MIRAX slide is a file and a folder of its name."""
    folder = path.with_suffix("")
    if path.suffix.lower() == ".mrxs" and folder.is_dir():
        return path, *sorted(file for file in folder.iterdir() if file.is_file())
    return (path,)
