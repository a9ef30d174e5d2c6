"""A first look at one slide: does it fit its annotation, and which tiles are taken."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.slides.geojson import QUPATH
from twinseg.data.slides.mask_slide import MaskSlide, target_of
from twinseg.data.slides.outlined_areas import Annotation
from twinseg.data.slides.outlines import Outlines, chosen_outlines, read_annotation
from twinseg.data.slides.xml_files import ASAP
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.slide import Slide, Tile
from twinseg.images.slides.slide_files import SlideFile
from twinseg.images.slides.tiles import TilePlaces, grid_of, tile_places
from twinseg.records.source_settings import Corner, SourceSettings

_CORNERS: dict[str, Corner] = {QUPATH: "scan", ASAP: "glass"}
_NO_TISSUE = "outlines touch no tissue: do they belong to another slide?"
_ON_GLASS = "the mask slide is laid over the whole glass, not over the scanned area"
_SAME_RESOLUTION = 0.1  # how far calibrations of one scan differ


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """A slide with its annotation, by names alone."""

    slide: SlideFile
    annotation: Path
    is_mask: bool  # the annotation is a mask slide, not outlines


@dataclass(frozen=True)
class SlideTarget:
    """What is marked on a slide."""

    foreground: tuple[str, ...]  # classes of outlines; () for all
    corner: tuple[int, int] = (0, 0)  # what outlines count from, (x, y) in pixels of level 0
    values: tuple[int, ...] = ()  # of a mask slide
    seen: tuple[int, ...] | None = (
        None  # values of a mask slide when the target was settled by them
    )


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the first look gave."""

    reason: str = ""  # why the slide cannot be used; nothing else counts then
    tiles: tuple[Tile, ...] = ()
    dropped: int = 0
    target: SlideTarget = SlideTarget(())
    mpp: float | None = None
    size_px: tuple[int, int] = (0, 0)  # of the slide at level 0, down and across
    mpp_of_annotation: bool = False
    classes: Counter[str] = field(default_factory=Counter)
    known: frozenset[str] = frozenset()  # all that classes answer to, in lower case
    oddities: Counter[str] = field(default_factory=Counter)
    remarks: tuple[str, ...] = ()  # on this slide, in plain words


def survey(job: tuple[Annotated, SourceSettings]) -> Survey:
    """Look at one slide; whatever a library makes of a damaged one becomes the reason.

    Raises:
        MaskValuesError: If a mask slide leaves open what the target is.
    """
    annotated, settings = job
    try:
        with closing(open_slide(annotated.slide.files[0])) as slide:
            look = _look_at_mask if annotated.is_mask else _look_at_outlines
            return look(annotated, slide, settings)
    except MaskValuesError as error:
        raise MaskValuesError(f"in {annotated.annotation.name}: {error}") from error
    except DataError as error:
        return Survey(reason=str(error))
    except Exception as error:  # whatever a library makes of a damaged file
        line = str(error).splitlines()[0] if str(error) else "no reason given"
        return Survey(reason=f"cannot be read: {type(error).__name__}: {line[:200]}")


class Reference:
    """The mask of any tile of a slide, from outlines or from a mask slide."""

    def __init__(self, annotated: Annotated, target: SlideTarget, labels: MaskSlide | None) -> None:
        self._annotated, self._target, self._labels = annotated, target, labels

    def mask(self, tile: Tile) -> Mask:
        """Return the mask of a tile.

        Raises:
            DataError: If the annotation cannot be read.
            MaskValuesError: If a mask slide holds a value that nobody has decided on.
        """
        if self._labels:
            return self._labels.mask(tile, self._target.values, self._target.seen)
        target = self._target
        outlines = chosen_outlines(self._annotated.annotation, target.foreground, target.corner)
        return outlines.mask(tile)


@contextmanager
def reference(
    annotated: Annotated, size_px: tuple[int, int], target: SlideTarget
) -> Iterator[Reference]:
    """Yield the reference of a slide; a mask slide is closed afterwards.

    Args:
        annotated: The slide and its annotation.
        size_px: Of the slide at level 0, down and across.
        target: What is marked on it.

    Raises:
        DataError: If the annotation cannot be read.
    """
    if not annotated.is_mask:
        yield Reference(annotated, target, None)
        return
    with closing(MaskSlide(annotated.annotation, size_px)) as labels:
        yield Reference(annotated, target, labels)


def _size_px(slide: Slide) -> tuple[int, int]:
    """Return rows and columns of level 0."""
    return slide.levels[0].height_px, slide.levels[0].width_px


def _look_at_outlines(annotated: Annotated, slide: Slide, settings: SourceSettings) -> Survey:
    annotation = read_annotation(annotated.annotation)
    if not annotation.shapes:
        odd = ", ".join(f"{count} {what}" for what, count in annotation.oddities.items())
        raise DataError(f"annotation marks no area ({odd or 'it is empty'})")
    _require_same_pixels(slide, annotation)
    corner, how = corner_of(slide, annotation, settings.origin)
    outlines = chosen_outlines(annotated.annotation, settings.foreground, corner)
    oddities = annotation.oddities.copy()
    oddities["areas with outlines that cross themselves, filled even-odd"] += outlines.crossed()
    outside, in_part = outlines.outside(slide)
    if outside and outside == len(outlines.shapes):
        raise DataError("all outlines lie outside the picture: do they belong to another slide?")
    oddities["areas outside their slide"] += outside
    oddities["areas in part outside their slide"] += in_part
    mpp = slide.mpp or annotation.mpp or settings.slide_mpp
    marked = outlines.marked(grid_of(slide, settings, mpp))
    places = tile_places(slide, settings, mpp=mpp, marked=marked)
    return Survey(
        tiles=places.tiles,
        dropped=places.dropped,
        target=SlideTarget(settings.foreground, corner),
        mpp=mpp,
        size_px=_size_px(slide),
        mpp_of_annotation=slide.mpp is None and annotation.mpp is not None,
        classes=annotation.classes(),
        known=frozenset(name.lower() for shape in annotation.shapes for name in shape.names),
        oddities=+oddities,
        remarks=tuple(filter(None, [how, _NO_TISSUE if _is_on_glass(outlines, places) else ""])),
    )


def _is_on_glass(outlines: Outlines, places: TilePlaces) -> bool:
    height, width = places.tissue.shape
    marked = outlines.mask(Tile(places.downsample, 0, 0, width, height))
    return bool(marked.any()) and not (marked & places.tissue).any()


def corner_of(
    slide: Slide, annotation: Annotation, asked: Corner | None
) -> tuple[tuple[int, int], str]:
    """Return what outlines count from, (x, y) in pixels of level 0, and how that is said.

    Scanners leave out bare glass: the file then says where the scanned area begins. QuPath crops
    slides to that area and counts from its corner; ASAP counts from the corner of the glass.

    Raises:
        MaskValuesError: If the two corners differ and neither the program nor the user says which.
    """
    if slide.scanned_from == (0, 0):
        return (0, 0), ""
    corner = asked or _CORNERS.get(annotation.program)
    if corner is None:
        x, y = slide.scanned_from
        raise MaskValuesError(
            f"outlines may count from the corner of the glass or from the scanned area, which "
            f"begins at {x}, {y}; say which: --origin glass or --origin scan"
        )
    by = "as asked for" if asked else f"as {annotation.program} does (--origin says otherwise)"
    place = "the corner of the glass" if corner == "glass" else "the scanned area"
    at = slide.scanned_from if corner == "scan" else (0, 0)
    return at, f"outlines count from {place}, {by}"


def _require_same_pixels(slide: Slide, annotation: Annotation) -> None:
    """Refuse outlines of another resolution: they would lie elsewhere, and be of another size."""
    mine, theirs = slide.mpp, annotation.mpp
    if mine and theirs and abs(theirs / mine - 1) > _SAME_RESOLUTION:
        raise DataError(
            f"has pixels of {mine:.3g} micrometres, its annotation counts pixels of {theirs:.3g}; "
            "draw it on this file at full size"
        )


def _look_at_mask(annotated: Annotated, slide: Slide, settings: SourceSettings) -> Survey:
    if slide.scanned_from != (0, 0) and settings.origin == "scan":
        raise DataError("has a mask slide, which covers the whole glass; save it at that size")
    with closing(MaskSlide(annotated.annotation, _size_px(slide))) as labels:
        shares = labels.shares()
        values, seen = target_of(shares, settings.foreground)
        mpp = slide.mpp or settings.slide_mpp
        marked = labels.marked(grid_of(slide, settings, mpp), values)
    places = tile_places(slide, settings, marked=marked)
    return Survey(
        tiles=places.tiles,
        dropped=places.dropped,
        target=SlideTarget((), values=values, seen=seen),
        mpp=mpp,
        size_px=_size_px(slide),
        known=frozenset(one.name for one in shares if int(one.name) in values),
        remarks=(_ON_GLASS,) if slide.scanned_from != (0, 0) else (),
    )
