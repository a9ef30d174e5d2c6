"""Gleason 2019: cores of prostate tissue with the maps of up to six pathologists.

Nir et al., Medical Image Analysis 50 (2018) 167-180, doi:10.1016/j.media.2018.09.005.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.data.case_unit import Findings, Kind, ReadCase, read_case
from twinseg.data.classes import check_names
from twinseg.data.exif_turning import sizes_differ
from twinseg.data.groups import Groups, groups_of, groups_where_said
from twinseg.data.index import read_index
from twinseg.data.masks import read_mask
from twinseg.images.files.picture_files import FilePicture
from twinseg.images.picture import SourcePicture
from twinseg.images.tree import walk
from twinseg.images.unit import FoundPictures, LeftOut
from twinseg.records.source_settings import SourceSettings

TUMOUR = ("3", "4", "5")  # Gleason grades; 0 is stroma or background, 1 and 6 are benign
_CORE = re.compile(r"(slide\d+_core\d+)\.(jpe?g|png|tiff?)", re.IGNORECASE)
_MAP = re.compile(r"(slide\d+_core\d+)_classimg_nonconvex\.png", re.IGNORECASE)
_PATHOLOGIST = re.compile(r"maps?_?\d+(_t)?", re.IGNORECASE)
_VOTE = "a pixel is the target if at least half of the pathologists' maps of the core say so"
_NO_PATIENTS = "patients of Gleason 2019 are not published: each core is a group of its own"


@dataclass(frozen=True, kw_only=True)
class ConsensusUnit:
    """A core and the maps that pathologists made of it."""

    picture: FilePicture
    maps: tuple[str, ...]  # relative to the source
    foreground: tuple[str, ...]

    @property
    def name(self) -> str:
        """The image, relative to the source."""
        return self.picture.name

    @property
    def files(self) -> tuple[Path, ...]:
        """The image and every map."""
        return (*self.picture.files, *(self.picture.source / file for file in self.maps))

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield the case with the consensus of the maps, or the file that cannot be used.

        A core with a damaged map is left out: fewer voices would be another consensus.
        """
        for picture in self.picture.read():
            yield picture if isinstance(picture, LeftOut) else self._with_maps(picture)

    def _with_maps(self, picture: SourcePicture) -> ReadCase | LeftOut:
        votes: list[Mask] = []
        for file in self.maps:
            try:
                mask = read_mask(self.picture.source / file, self.foreground).mask
                if reason := sizes_differ(picture.pixels, mask.shape, turned=bool(picture.turned)):
                    raise DataError(reason)
            except DataError as error:
                return LeftOut(file, str(error))
            votes.append(mask)
        return read_case(picture, half_or_more(votes))


def half_or_more(votes: Sequence[Mask]) -> Mask:
    """Mark the pixels that at least half of the masks mark: a tie of experts is the target.

    Args:
        votes: At least one mask, all of one shape.
    """
    yes = np.zeros(votes[0].shape, dtype=np.uint8)
    for vote in votes:
        yes += vote
    marked: Mask = 2 * yes >= len(votes)
    return marked


def _sees(source: Path) -> str:
    if not source.is_dir():
        return ""
    cores = _maps_of_cores(list(walk(source)))
    return f"maps of pathologists of {len(cores)} cores (Gleason 2019)" if cores else ""


def _find(source: Path, settings: SourceSettings) -> Findings:
    files = list(walk(source))
    images = _images_of_cores(files)
    maps = _maps_of_cores(files)
    both = sorted(images.keys() & maps.keys())
    if not both:
        raise DataError(
            f"{source} has no slide001_core001.jpg with its map in Maps1_T/; unpack Train Imgs and "
            "the folders Maps1_T to Maps6_T of Gleason 2019 into one folder"
        )
    foreground = check_names(settings.foreground) or TUMOUR
    notes = [_VOTE, f"classes {', '.join(foreground)} are the target"]
    index = source / "index.csv"
    named = {core: images[core] for core in both}
    groups = groups_of(read_index(index), named) if index.exists() else Groups({})
    notes += groups.notes
    if not groups.of:
        notes.append(_NO_PATIENTS)
    units = tuple(
        ConsensusUnit(
            picture=_picture(source, core, images, groups.of),
            maps=tuple(str(path) for path in sorted(maps[core])),
            foreground=foreground,
        )
        for core in both
    )
    left_out = [LeftOut(str(images[core]), "no map") for core in images.keys() - maps]
    left_out += [
        LeftOut(str(path), "no image") for core in maps.keys() - images for path in maps[core]
    ]
    ordered = tuple(sorted(left_out, key=lambda item: item.file))
    return Findings(units=units, left_out=ordered, notes=tuple(notes))


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    images = _images_of_cores(walk(source))
    if not images:
        raise DataError(f"{source} has no slide001_core001.jpg")
    groups = groups_where_said(source, images)
    units = tuple(_picture(source, core, images, groups) for core in sorted(images))
    return FoundPictures(units=units)


def _picture(
    source: Path, core: str, images: Mapping[str, PurePosixPath], groups: Mapping[str, str]
) -> FilePicture:
    group = groups.get(core, core)
    return FilePicture(source=source, id=core, group=group, file=str(images[core]))


def _images_of_cores(files: Iterable[PurePosixPath]) -> dict[str, PurePosixPath]:
    return {
        found[1]: path
        for path in files
        if (found := _CORE.fullmatch(path.name)) and not _is_map(path)
    }


def _maps_of_cores(files: Sequence[PurePosixPath]) -> dict[str, list[PurePosixPath]]:
    maps: dict[str, list[PurePosixPath]] = defaultdict(list)
    for path in files:
        found = _MAP.fullmatch(path.name) or _CORE.fullmatch(path.name)
        if found and _is_map(path):
            maps[found[1]].append(path)
    return maps


def _is_map(path: PurePosixPath) -> bool:
    return any(_PATHOLOGIST.fullmatch(folder) for folder in path.parent.parts)


GLEASON = Kind(name="gleason", sees=_sees, find=_find, pictures=_pictures)
