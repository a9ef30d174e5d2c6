"""Slides with outlines or mask slides: every tile with tissue is a case."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.core.machine import cores
from twinseg.core.source_settings import SourceSettings
from twinseg.core.words import amount
from twinseg.core.workers import Crashed, map_in_processes
from twinseg.data.case import LeftOut, Origin
from twinseg.data.classes import check_marked, check_names
from twinseg.data.slides.dicom_files import CRASHED
from twinseg.data.slides.listing import Listed, list_slides
from twinseg.data.slides.opening import open_slide
from twinseg.data.slides.outlines import check_classes
from twinseg.data.slides.pairing import sees_slides
from twinseg.data.slides.scaled import read_tile
from twinseg.data.slides.slide import Slide, Tile
from twinseg.data.slides.survey import Annotated, Reference, Survey, Target, reference, survey
from twinseg.data.slides.tiles import DEFAULT_MPP
from twinseg.data.slides.tissue import RULE
from twinseg.data.unit import Findings, Kind, NothingUsableError, ReadCase

_TILES_AT_ONCE = 64
_MOST_FAILED = 8  # in a row: a slide that is cut off has tens of thousands of them
BACKGROUND = "what no outline holds counts as background: outlines must be complete on a slide"


@dataclass(frozen=True, kw_only=True)
class SlideTiles:
    """Some tiles of one slide, not yet read."""

    slide: Annotated
    tiles: tuple[Tile, ...]
    first: int  # number of the first tile on the slide, from 1
    target: Target
    mpp: float | None

    @property
    def name(self) -> str:
        """The slide and which of its tiles."""
        return f"{self.slide.shown} (tiles {self.first} to {self.first + len(self.tiles) - 1})"

    @property
    def files(self) -> tuple[Path, ...]:
        """Slide and annotation."""
        return *self.slide.files, self.slide.annotation

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield the tiles; one that cannot be decoded is left out alone.

        Raises:
            DataError: If slide or annotation cannot be opened.
            MaskValuesError: If a mask slide holds a value that nobody has decided on.
        """
        waiting = list(self.tiles)
        failed = 0  # in a row
        while waiting and failed < _MOST_FAILED:
            with (
                closing(open_slide(self.slide.files[0])) as slide,
                reference(self.slide, slide, self.target) as marks,
            ):
                for outcome in self._read(slide, marks, waiting):
                    failed = failed + 1 if isinstance(outcome, LeftOut) else 0
                    yield outcome
        for tile in waiting:
            reason = f"not read, because {_MOST_FAILED} tiles before it cannot be"
            yield LeftOut(f"{self.slide.shown} ({self._id(tile)})", reason)

    def _read(
        self, slide: Slide, marks: Reference, waiting: list[Tile]
    ) -> Iterator[ReadCase | LeftOut]:
        """Work off ``waiting``; end after a tile that fails: OpenSlide has to be reopened then."""
        while waiting:
            tile = waiting.pop(0)
            try:
                picture = read_tile(slide, tile)
            except DataError as error:
                yield LeftOut(f"{self.slide.shown} ({self._id(tile)})", str(error))
                return
            spacing_mm = self.mpp * tile.downsample / 1000 if self.mpp else None
            yield ReadCase(
                id=self._id(tile),
                group=self.slide.group,
                picture=picture,
                mask=marks.mask(tile),
                spacing_mm=(spacing_mm, spacing_mm) if spacing_mm else None,
                origin=Origin(self.slide.origin, astuple(tile)),
                note=slide.note,
            )

    def _id(self, tile: Tile) -> str:
        x, y = (round(at * tile.downsample) for at in (tile.x, tile.y))
        return f"{self.slide.id}-x{x}-y{y}"


def find_slides(source: Path, settings: SourceSettings) -> Findings:
    """Find slides with annotations, and on each the tiles that are taken.

    Every slide is looked at small, in processes of their own, because only then is it known how
    many tiles there are; nothing of the size of a tile or of a level is read.

    Raises:
        DataError: If there is none that can be used.
        MaskValuesError: If annotations leave open what the target is.
    """
    if settings.mpp is not None and settings.level is not None:
        raise DataError("give --mpp or --level, not both")
    listed = list_slides(source, keep_ids=settings.keep_ids)
    left_out = list(listed.left_out)
    jobs = [(slide, settings) for slide in listed.slides]
    surveys: list[tuple[Annotated, Survey]] = []
    outcomes = map_in_processes(survey, jobs, processes=cores())
    for (slide, _settings), outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, Crashed):
            left_out.append(LeftOut(slide.shown, CRASHED))
        elif outcome.reason:
            left_out.append(LeftOut(slide.shown, outcome.reason))
        else:
            surveys.append((slide, outcome))
    if not surveys:
        raise NothingUsableError(f"no slide of {source} can be used", left_out)
    found = [outcome for _slide, outcome in surveys]
    notes = [
        *_of_classes(surveys, settings),
        *_notes(found, settings),
        *_of_groups(listed, surveys),
    ]
    return Findings(
        units=tuple(unit for slide, outcome in surveys for unit in _units(slide, outcome)),
        left_out=tuple(left_out),
        notes=tuple(notes),
        words=frozenset(name for one in found for name in one.classes),
        facts={
            "tile_px": settings.tile_px,
            "mpp": _asked_mpp(settings),
            "level": settings.level,
            "tissue_share": settings.tissue_share,
            "tissue": RULE,
        },
    )


def read_picture_of(source: Path, origin: Origin) -> Picture:
    """Read a tile again; ``origin.place`` is the fields of `Tile`.

    Raises:
        DataError: If the slide is gone or cannot be decoded.
    """
    root = source if source.is_dir() else source.parent
    downsample, *rectangle = origin.place
    with closing(open_slide(root / origin.file)) as slide:
        return read_tile(slide, Tile(downsample, *(int(number) for number in rectangle)))


SLIDES = Kind(name="slides", sees=sees_slides, find=find_slides, picture=read_picture_of)


def _units(slide: Annotated, found: Survey) -> Iterator[SlideTiles]:
    for start in range(0, len(found.tiles), _TILES_AT_ONCE):
        yield SlideTiles(
            slide=slide,
            tiles=found.tiles[start : start + _TILES_AT_ONCE],
            first=start + 1,
            target=found.target,
            mpp=found.mpp,
        )


def _asked_mpp(settings: SourceSettings) -> float | None:
    return settings.mpp if settings.mpp or settings.level is not None else DEFAULT_MPP


def _of_classes(surveys: Sequence[tuple[Annotated, Survey]], settings: SourceSettings) -> list[str]:
    """Check the target over all slides; return what is to be said of it."""
    outlined = [found for slide, found in surveys if not slide.is_mask]
    masked = [found for slide, found in surveys if slide.is_mask]
    notes = []
    if outlined:
        classes = sum((found.classes for found in outlined), Counter[str]())
        known = frozenset[str]().union(*(found.known for found in outlined))
        notes += [check_classes(classes, known, settings.foreground), BACKGROUND]
    if masked:
        marked = [tuple(found.known) for found in masked]
        notes.append(check_marked(marked, check_names(settings.foreground)))
    return [note for note in notes if note]


def _notes(found: Sequence[Survey], settings: SourceSettings) -> Iterator[str]:
    if settings.mpp is None and settings.level is None:
        yield (
            f"tiles at {DEFAULT_MPP:g} micrometres a pixel (20x) by default, at level 0 where a "
            "slide is coarser or does not say; choose with --mpp or --level"
        )
    if unknown := sum(one.mpp is None for one in found):
        yield f"{unknown} of {len(found)} slides do not say their micrometres a pixel"
    if said := sum(one.mpp_of_annotation for one in found):
        yield f"micrometres a pixel of {said} of {len(found)} slides taken from their annotation"
    if dropped := sum(one.dropped for one in found):
        tiles = dropped + sum(len(one.tiles) for one in found)
        yield (
            f"{dropped} of {tiles} tiles not taken: less than {settings.tissue_share:.0%} tissue "
            "and nothing marked"
        )
    for what, count in sorted(sum((one.oddities for one in found), Counter[str]()).items()):
        yield f"{count} {what}"
    for what, count in sorted(Counter(said for one in found for said in one.remarks).items()):
        yield f"on {amount(count, 'slide')} {what}"


def _of_groups(listed: Listed, surveys: Sequence[tuple[Annotated, Survey]]) -> list[str]:
    if listed.groups.of:
        return list(listed.groups.notes)
    alone = sum(slide.group == slide.id for slide, _found in surveys)
    if alone < 2:
        return list(listed.groups.notes)
    return [
        *listed.groups.notes,
        f"{alone} slides are groups of their own; name patients in index.csv (id, group)",
    ]
