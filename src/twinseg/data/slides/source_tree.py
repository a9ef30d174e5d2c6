"""Which file is a slide and which its annotation: by names, and where they mislead by content."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from glob import escape
from pathlib import Path, PurePosixPath

from twinseg.core.words import amount
from twinseg.images.slides.dicom_files import is_dicom_slide
from twinseg.images.slides.slide_files import MAY_BE_SLIDES, is_slide_by_name, is_tiled_tiff
from twinseg.images.tree import walk

_MASK_SUFFIXES = frozenset({".tif", ".tiff", ".png"})
_OUTLINE_SUFFIXES = (".geojson.gz", ".json.gz", ".geojson", ".json", ".xml")
_MASK_STEM = re.compile(r"(.+)[ _-](?:masks?|labels?)", re.IGNORECASE)
_MASK_FOLDER = re.compile(r"(^|[ _-])(masks?|labels?)($|[ _-])", re.IGNORECASE)
_FIRST_BYTES = 4096
_XML_ROOT = re.compile(rb"<(ASAP_)?Annotations\b")
_GEOJSON = re.compile(rb'"(Feature|FeatureCollection|GeometryCollection|(Multi)?Polygon)"')


Table = dict[str, list[PurePosixPath]]


@dataclass(frozen=True)
class Tree:
    """What lies in a source, by kind of file; paths are relative to ``root``."""

    root: Path
    slides: tuple[PurePosixPath, ...]  # formats that are nothing but slides
    pictures: tuple[PurePosixPath, ...]  # TIFF, PNG, JPEG that are not called masks
    masks: tuple[PurePosixPath, ...]  # TIFF and PNG that are
    outlines: tuple[PurePosixPath, ...]  # XML and JSON of a kind we read
    dicom: tuple[PurePosixPath, ...]  # whole slide microscopy

    def outlines_of(self, path: PurePosixPath) -> list[PurePosixPath]:
        """Return files of outlines called like ``path``: beside it, else anywhere."""
        return _nearest(path, self._outlines)

    def masks_of(self, path: PurePosixPath) -> list[PurePosixPath]:
        """Return masks called like ``path``: beside it, else anywhere."""
        return _nearest(path, self._masks)

    @cached_property
    def _outlines(self) -> Table:
        return _by_key(self.outlines, _outline_keys)

    @cached_property
    def _masks(self) -> Table:
        return _by_key(self.masks, _mask_keys)


def look_at(source: Path, *, dicom_at_most: int | None = None) -> Tree:
    """List what a source holds.

    Args:
        source: Folder, or one slide: then only files of its stem beside it are looked at.
        dicom_at_most: So many files of one folder are asked whether they are DICOM slides.
    """
    root = source if source.is_dir() else source.parent
    if source.is_dir():
        files = list(walk(source))
    else:
        beside = sorted(root.glob(f"{escape(source.stem)}*"))
        files = [PurePosixPath(file.name) for file in beside if file.is_file()]
    kinds: dict[str, list[PurePosixPath]] = defaultdict(list)
    asked: dict[PurePosixPath, int] = defaultdict(int)
    for path in files:
        kind = _kind(path)
        if kind == "dicom":
            asked[path.parent] += 1
            if dicom_at_most is not None and asked[path.parent] > dicom_at_most:
                continue
            if not is_dicom_slide(root / path):
                continue
        if kind == "outlines" and not _is_outlines(root / path):
            continue
        kinds[kind].append(path)
    slides, pictures, masks = (tuple(kinds[kind]) for kind in ("slides", "pictures", "masks"))
    # A file called mask without a slide of that name is a picture like others.
    stems = {path.stem for path in (*slides, *pictures)}
    lost = {m for m in masks if not _in_mask_folder(m) and not stems & {*_mask_keys(m)}}
    return Tree(
        root,
        slides,
        (*pictures, *sorted(lost)),
        tuple(mask for mask in masks if mask not in lost),
        tuple(kinds["outlines"]),
        tuple(kinds["dicom"]),
    )


def sees_slides(source: Path) -> str:
    """Return what slides a source holds, in plain words; "" if none.

    Pictures count with outlines beside them, or with a mask if they are TIFF stored in tiles:
    other pictures with masks are pairs.
    """
    tree = look_at(source, dicom_at_most=3)
    outlined = {
        path for path in (*tree.slides, *tree.pictures, *tree.dicom) if tree.outlines_of(path)
    }
    masked = {path for path in tree.slides if tree.masks_of(path)}
    in_tiles = [path for path in tree.pictures if tree.masks_of(path)]
    if in_tiles and is_tiled_tiff(tree.root / in_tiles[0]):
        masked.update(in_tiles)
    if annotated := len(outlined | masked):
        return f"{amount(annotated, 'slide')} with annotations"
    others = len(tree.slides) + len(tree.dicom)
    return amount(others, "slide") if others else ""


def _kind(path: PurePosixPath) -> str:
    suffix, name = path.suffix.lower(), path.name.lower()
    if is_slide_by_name(path):
        return "slides"
    if name.endswith(_OUTLINE_SUFFIXES):
        return "outlines"
    if suffix in _MASK_SUFFIXES and (_in_mask_folder(path) or _MASK_STEM.fullmatch(path.stem)):
        return "masks"
    if suffix in MAY_BE_SLIDES:
        return "" if _in_mask_folder(path) else "pictures"
    return "dicom" if suffix in ("", ".dcm") else ""


def _in_mask_folder(path: PurePosixPath) -> bool:
    return any(_MASK_FOLDER.search(folder) for folder in path.parent.parts)


def _is_outlines(path: Path) -> bool:
    """Tell by the first bytes; of packed files the name has to do."""
    if path.suffix.lower() == ".gz" or path.suffix.lower() == ".geojson":
        return True
    try:
        with path.open("rb") as file:
            first = file.read(_FIRST_BYTES)
    except OSError:
        return False
    pattern = _XML_ROOT if path.suffix.lower() == ".xml" else _GEOJSON
    return pattern.search(first.replace(b"\0", b"")) is not None  # UTF-16 without its zeros


def _by_key(
    files: Iterable[PurePosixPath], keys: Callable[[PurePosixPath], tuple[str, ...]]
) -> Table:
    found: Table = defaultdict(list)
    for file in files:
        for key in keys(file):
            found[key].append(file)
    return found


def _outline_keys(path: PurePosixPath) -> tuple[str, ...]:
    name = path.name
    suffix = next((one for one in _OUTLINE_SUFFIXES if name.lower().endswith(one)), "")
    return (name[: len(name) - len(suffix)],)


def _mask_keys(path: PurePosixPath) -> tuple[str, ...]:
    shorter = _MASK_STEM.fullmatch(path.stem)
    return (path.stem, shorter[1]) if shorter else (path.stem,)


def _nearest(path: PurePosixPath, table: Table) -> list[PurePosixPath]:
    called = dict.fromkeys([*table.get(path.stem, ()), *table.get(path.name, ())])
    found = [file for file in called if file != path]
    return [file for file in found if file.parent == path.parent] or found
