"""Slides as pictures: every tile with tissue is one."""

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.core.machine import cores
from twinseg.core.words import amount
from twinseg.core.workers import Crashed, map_in_processes
from twinseg.images.picture import Origin, SourcePicture
from twinseg.images.slides.dicom_files import CRASHED, dicom_slides, is_dicom_slide
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.resampling import read_tile
from twinseg.images.slides.slide import Slide, Tile
from twinseg.images.slides.slide_files import (
    MAY_BE_SLIDES,
    SlideFile,
    is_slide_by_name,
    is_tiled_tiff,
    slide_files,
)
from twinseg.images.slides.tiles import DEFAULT_MPP, tile_places
from twinseg.images.slides.tissue import RULE
from twinseg.images.tree import root_of, walk
from twinseg.images.unit import (
    NO_REFERENCES,
    Format,
    FoundPictures,
    LeftOut,
    NothingUsableError,
)
from twinseg.records.source_settings import SourceSettings

_TILES_AT_ONCE = 64
_MOST_FAILED = 8  # in a row: a slide that is cut off has tens of thousands of them
BOTH_RESOLUTIONS = "give --mpp or --level, not both"


@dataclass(frozen=True)
class TileOrigin(Origin):
    """A tile of a slide."""

    tile: Tile


@dataclass(frozen=True, kw_only=True)
class TilePictures:
    """Some tiles of one slide, not yet read."""

    slide: SlideFile
    tiles: tuple[Tile, ...]
    first: int  # number of the first tile on the slide, from 1
    mpp: float | None  # micrometres along a pixel of level 0; None if nobody says

    @property
    def name(self) -> str:
        """The slide and which of its tiles."""
        return f"{self.slide.shown} (tiles {self.first} to {self.first + len(self.tiles) - 1})"

    @property
    def files(self) -> tuple[Path, ...]:
        """The slide."""
        return self.slide.files

    def read(self) -> Iterator[SourcePicture | LeftOut]:
        """Yield one outcome for every tile, in order; one that cannot be decoded is left out.

        Raises:
            DataError: If the slide cannot be opened.
        """
        waiting = list(self.tiles)
        failed = 0  # in a row
        while waiting and failed < _MOST_FAILED:
            with closing(open_slide(self.slide.files[0])) as slide:
                for outcome in self._read(slide, waiting):
                    failed = failed + 1 if isinstance(outcome, LeftOut) else 0
                    yield outcome
        for tile in waiting:
            reason = f"not read, because {_MOST_FAILED} tiles before it cannot be"
            yield LeftOut(f"{self.slide.shown} ({self._id(tile)})", reason)

    def _read(self, slide: Slide, waiting: list[Tile]) -> Iterator[SourcePicture | LeftOut]:
        """Work off ``waiting``; end after a tile that fails: OpenSlide has to be reopened then."""
        while waiting:
            tile = waiting.pop(0)
            try:
                pixels = read_tile(slide, tile)
            except DataError as error:
                yield LeftOut(f"{self.slide.shown} ({self._id(tile)})", str(error))
                return
            spacing_mm = self.mpp * tile.downsample / 1000 if self.mpp else None
            yield SourcePicture(
                id=self._id(tile),
                group=self.slide.group,
                pixels=pixels,
                spacing_mm=(spacing_mm, spacing_mm) if spacing_mm else None,
                origin=TileOrigin(self.slide.shown, tile),
                notes=tuple(filter(None, [slide.note])),
            )

    def _id(self, tile: Tile) -> str:
        x, y = (round(at * tile.downsample) for at in (tile.x, tile.y))
        return f"{self.slide.id}-x{x}-y{y}"


def parts_of_slide(
    slide: SlideFile, tiles: tuple[Tile, ...], mpp: float | None
) -> Iterator[TilePictures]:
    """Cut the tiles of a slide into parts that are read alone."""
    for start in range(0, len(tiles), _TILES_AT_ONCE):
        some = tiles[start : start + _TILES_AT_ONCE]
        yield TilePictures(slide=slide, tiles=some, first=start + 1, mpp=mpp)


def resolution_note(settings: SourceSettings) -> str:
    """Say at which resolution tiles are; "" if that was asked for."""
    if settings.mpp is not None or settings.level is not None:
        return ""
    return (
        f"tiles at {DEFAULT_MPP:g} micrometres a pixel (20x) by default, at level 0 where a "
        "slide is coarser or does not say; choose with --mpp or --level"
    )


def tile_facts(settings: SourceSettings) -> dict[str, object]:
    """Return how tiles are taken, for ``dataset.json``."""
    mpp = settings.mpp if settings.mpp or settings.level is not None else DEFAULT_MPP
    return {
        "tile_px": settings.tile_px,
        "mpp": mpp,
        "level": settings.level,
        "tissue_share": settings.tissue_share,
        "tissue": RULE,
    }


@dataclass(frozen=True)
class _Look:
    """A first look at a slide."""

    tiles: tuple[Tile, ...] = ()
    mpp: float | None = None
    reason: str = ""  # why the slide cannot be used; "" if it can


def _look(job: tuple[SlideFile, SourceSettings]) -> _Look:
    """Look at one slide; whatever a library makes of a damaged one becomes the reason."""
    slide_file, settings = job
    try:
        with closing(open_slide(slide_file.files[0])) as slide:
            places = tile_places(slide, settings)
            reason = "" if places.tiles else "no tile of it has enough tissue"
            return _Look(places.tiles, slide.mpp or settings.slide_mpp, reason)
    except DataError as error:
        return _Look(reason=str(error))
    except Exception as error:  # whatever a library makes of a damaged file
        line = str(error).splitlines()[0] if str(error) else "no reason given"
        return _Look(reason=f"cannot be read: {type(error).__name__}: {line[:200]}")


def _paths(source: Path) -> list[PurePosixPath]:
    if source.is_file():
        return [PurePosixPath(source.name)]
    return list(walk(source)) if source.is_dir() else []


def _is_slide(source: Path, path: PurePosixPath) -> bool:
    return is_slide_by_name(path) or is_tiled_tiff(root_of(source) / path)


def _may_be_dicom(path: PurePosixPath) -> bool:
    return path.suffix.lower() in ("", ".dcm")


def _sees(source: Path) -> str:
    """Say how many slides there are; among other pictures TIFF in tiles are pictures like them."""
    root, paths = root_of(source), _paths(source)
    slides = sum(is_slide_by_name(path) for path in paths)
    slides += sum(is_dicom_slide(root / path) for path in paths if _may_be_dicom(path))
    pictures = [path for path in paths if path.suffix.lower() in MAY_BE_SLIDES]
    in_tiles = sum(is_tiled_tiff(root / path) for path in pictures)
    slides += in_tiles if slides or 2 * in_tiles > len(pictures) else 0
    return amount(slides, "slide") if slides else ""


def find_tiles(
    source: Path,
    settings: SourceSettings,
    *,
    references: Collection[PurePosixPath] = NO_REFERENCES,
    also: Collection[PurePosixPath] = (),
) -> FoundPictures:
    """Find slides, and on each the tiles with tissue; every slide is looked at small.

    Args:
        source: Folder, or one slide.
        settings: Uses all about tiles (``mpp`` to ``tissue_share``) and ``keep_ids``.
        references: Files that are masks of others.
        also: Files that are slides although nothing of them says so.

    Raises:
        DataError: If there is none that can be used.
    """
    if settings.mpp is not None and settings.level is not None:
        raise DataError(BOTH_RESOLUTIONS)
    root = root_of(source)
    paths = [path for path in _paths(source) if path not in references]
    pictures = [path for path in paths if path.suffix.lower() in MAY_BE_SLIDES]
    mine = [path for path in paths if path in also or _is_slide(source, path)]
    slides = slide_files(root, mine, pictures)
    asked = [root / path for path in paths if _may_be_dicom(path)]
    dicom = [path for path in asked if is_dicom_slide(path)]
    in_dicom, refused = dicom_slides(root, dicom, keep_ids=settings.keep_ids)
    left_out = list(refused)
    jobs = [(slide, settings) for slide in (*slides, *in_dicom)]
    units: list[TilePictures] = []
    looks = map_in_processes(_look, jobs, processes=cores())
    for (slide, _settings), look in zip(jobs, looks, strict=True):
        if isinstance(look, Crashed) or look.reason:
            reason = CRASHED if isinstance(look, Crashed) else look.reason
            left_out.append(LeftOut(slide.shown, reason))
        else:
            units += parts_of_slide(slide, look.tiles, look.mpp)
    if not units:
        raise NothingUsableError(f"no slide of {source} can be used", left_out)
    return FoundPictures(
        units=tuple(units),
        left_out=tuple(left_out),
        notes=tuple(filter(None, [resolution_note(settings)])),
        facts=tile_facts(settings),
    )


def _picture(source: Path, origin: TileOrigin) -> Picture:
    """Read a tile again.

    Raises:
        DataError: If the slide is gone or cannot be decoded.
    """
    with closing(open_slide(root_of(source) / origin.file)) as slide:
        return read_tile(slide, origin.tile)


SLIDES = Format(name="slides", origin=TileOrigin, sees=_sees, find=find_tiles, picture=_picture)
