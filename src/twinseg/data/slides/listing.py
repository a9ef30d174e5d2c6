"""Which slides of a source have exactly one annotation, and whose they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from twinseg.data.groups import Groups, groups_of
from twinseg.data.index import read_index
from twinseg.data.slides.source_tree import Tree, look_at
from twinseg.data.slides.survey import Annotated
from twinseg.images.slides.dicom_files import dicom_slides
from twinseg.images.slides.slide_files import SlideFile, slide_files
from twinseg.images.unit import LeftOut

NO_ANNOTATION = "no annotation beside it; fine for prediction"


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
    for slide in slide_files(tree.root, (*tree.slides, *tree.pictures)):
        path = PurePosixPath(slide.shown)
        annotations = [*tree.outlines_of(path), *tree.masks_of(path)]
        taken.update(annotations)
        if len(annotations) != 1:
            left_out.append(LeftOut(slide.shown, _reason(annotations)))
            continue
        slides.append(_annotated(slide, tree, annotations[0]))
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
    paths = {one.slide.id: PurePosixPath(one.slide.shown) for one in slides}
    groups = groups_of(read_index(index), paths)
    return [replace(one, slide=in_group(one.slide, groups.of)) for one in slides], groups


def in_group(slide: SlideFile, groups: Mapping[str, str]) -> SlideFile:
    """Return a slide in the group that ``index.csv`` gives it, if it does."""
    return replace(slide, group=groups.get(slide.id, slide.group))


def _annotated(slide: SlideFile, tree: Tree, annotation: PurePosixPath) -> Annotated:
    path = tree.root / annotation
    return Annotated(slide=slide, annotation=path, is_mask=annotation in tree.masks)


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
        slides.append(_annotated(one, tree, annotations[0]))
    return slides, left_out, taken


def _reason(annotations: Iterable[PurePosixPath]) -> str:
    names = [str(path) for path in annotations]
    if not names:
        return NO_ANNOTATION
    return f"{len(names)} annotations: {', '.join(names)}; keep one"
