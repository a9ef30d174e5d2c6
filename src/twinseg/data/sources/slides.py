"""Slides with outlines or mask slides: every tile with tissue is a case."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.machine import cores
from twinseg.core.words import amount
from twinseg.core.workers import Crashed, map_in_processes
from twinseg.data.case_unit import Findings, Kind, ReadCase, read_case
from twinseg.data.classes import check_marked, check_names
from twinseg.data.groups import groups_where_said
from twinseg.data.slides.listing import Listed, in_group, list_slides
from twinseg.data.slides.outlines import check_classes
from twinseg.data.slides.source_tree import look_at, sees_slides
from twinseg.data.slides.survey import Annotated, SlideTarget, Survey, reference, survey
from twinseg.images.slides.dicom_files import CRASHED
from twinseg.images.slides.tile_pictures import (
    BOTH_RESOLUTIONS,
    TilePictures,
    find_tiles,
    parts_of_slide,
    resolution_note,
    tile_facts,
)
from twinseg.images.unit import FoundPictures, LeftOut, NothingUsableError
from twinseg.records.source_settings import SourceSettings

BACKGROUND = "what no outline holds counts as background: outlines must be complete on a slide"


@dataclass(frozen=True, kw_only=True)
class SlideCases:
    """Some tiles of one slide with their reference: a `CaseUnit`."""

    pictures: TilePictures
    annotated: Annotated
    target: SlideTarget
    size_px: tuple[int, int]  # of the slide at level 0, down and across

    @property
    def name(self) -> str:
        """The slide and which of its tiles."""
        return self.pictures.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Slide and annotation."""
        return (*self.pictures.files, self.annotated.annotation)

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield the tiles; one that cannot be decoded is left out alone.

        Raises:
            DataError: If slide or annotation cannot be opened.
            MaskValuesError: If a mask slide holds a value that nobody has decided on.
        """
        with reference(self.annotated, self.size_px, self.target) as marks:
            for tile, picture in zip(self.pictures.tiles, self.pictures.read(), strict=True):
                if isinstance(picture, LeftOut):
                    yield picture
                else:
                    yield read_case(picture, marks.mask(tile))


def find_slides(source: Path, settings: SourceSettings) -> Findings:
    """Find slides with annotations, and on each the tiles that are taken.

    Every slide is looked at small, in processes of their own, because only then is it known how
    many tiles there are; nothing of the size of a tile or of a level is read.

    Raises:
        DataError: If there is none that can be used.
        MaskValuesError: If annotations leave open what the target is.
    """
    if settings.mpp is not None and settings.level is not None:
        raise DataError(BOTH_RESOLUTIONS)
    listed = list_slides(source, keep_ids=settings.keep_ids)
    left_out = list(listed.left_out)
    jobs = [(slide, settings) for slide in listed.slides]
    surveys: list[tuple[Annotated, Survey]] = []
    outcomes = map_in_processes(survey, jobs, processes=cores())
    for (slide, _settings), outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, Crashed):
            left_out.append(LeftOut(slide.slide.shown, CRASHED))
        elif outcome.reason:
            left_out.append(LeftOut(slide.slide.shown, outcome.reason))
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
        facts=tile_facts(settings),
    )


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    tree = look_at(source)
    masks = frozenset(tree.masks)
    also = [path for path in tree.pictures if tree.outlines_of(path) or tree.masks_of(path)]
    found = find_tiles(source, settings, references=masks, also=also)
    units = [unit for unit in found.units if isinstance(unit, TilePictures)]
    paths = {unit.slide.id: PurePosixPath(unit.slide.shown) for unit in units}
    groups = groups_where_said(tree.root, paths)
    return replace(
        found,
        units=tuple(replace(unit, slide=in_group(unit.slide, groups)) for unit in units),
    )


SLIDES = Kind(name="slides", sees=sees_slides, find=find_slides, pictures=_pictures)


def _units(annotated: Annotated, found: Survey) -> Iterator[SlideCases]:
    for part in parts_of_slide(annotated.slide, found.tiles, found.mpp):
        yield SlideCases(
            pictures=part, annotated=annotated, target=found.target, size_px=found.size_px
        )


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
    if note := resolution_note(settings):
        yield note
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
    alone = sum(one.slide.group == one.slide.id for one, _found in surveys)
    if alone < 2:
        return list(listed.groups.notes)
    return [
        *listed.groups.notes,
        f"{alone} slides are groups of their own; name patients in index.csv (id, group)",
    ]
