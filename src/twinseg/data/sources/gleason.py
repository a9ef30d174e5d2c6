"""Gleason 2019: cores of prostate tissue with the maps of up to six pathologists.

Nir et al., Medical Image Analysis 50 (2018) 167-180, doi:10.1016/j.media.2018.09.005.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.source_settings import SourceSettings
from twinseg.data.case import LeftOut, Origin
from twinseg.data.classes import check_names
from twinseg.data.groups import Groups, groups_of
from twinseg.data.index import read_index
from twinseg.data.layout import walk
from twinseg.data.masks import read_mask
from twinseg.data.pictures import read_picture
from twinseg.data.sources.pairs import show
from twinseg.data.turning import sizes_differ
from twinseg.data.unit import Findings, Kind, ReadCase

TUMOUR = ("3", "4", "5")  # Gleason grades; 0 is stroma or background, 1 and 6 are benign
_CORE = re.compile(r"(slide\d+_core\d+)\.(jpe?g|png|tiff?)", re.IGNORECASE)
_MAP = re.compile(r"(slide\d+_core\d+)_classimg_nonconvex\.png", re.IGNORECASE)
_PATHOLOGIST = re.compile(r"maps?_?\d+(_t)?", re.IGNORECASE)
_VOTE = "a pixel is the target if at least half of the pathologists' maps of the core say so"
_NO_PATIENTS = "patients of Gleason 2019 are not published: each core is a group of its own"


@dataclass(frozen=True, kw_only=True)
class ConsensusUnit:
    """A core and the maps that pathologists made of it."""

    source: Path
    id: str
    group: str
    image: str  # relative to the source, with forward slashes
    maps: tuple[str, ...]
    foreground: tuple[str, ...]

    @property
    def name(self) -> str:
        """The image, relative to the source."""
        return self.image

    @property
    def files(self) -> tuple[Path, ...]:
        """The image and every map."""
        return tuple(self.source / file for file in (self.image, *self.maps))

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield the case with the consensus of the maps, or the file that cannot be used.

        A core with a damaged map is left out: fewer voices would be another consensus.
        """
        file = self.image
        votes: list[Mask] = []
        try:
            picture = read_picture(self.source / self.image)
            for file in self.maps:
                mask = read_mask(self.source / file, self.foreground).mask
                if reason := sizes_differ(picture.pixels, mask.shape, turned=bool(picture.turned)):
                    raise DataError(reason)
                votes.append(mask)
        except DataError as error:
            yield LeftOut(file, str(error))
            return
        yield ReadCase(
            id=self.id,
            group=self.group,
            picture=picture.pixels,
            mask=half_or_more(votes),
            spacing_mm=None,
            origin=Origin(self.image),
            note=picture.note,
        )


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
    images = {
        found[1]: path
        for path in files
        if (found := _CORE.fullmatch(path.name)) and not _is_map(path)
    }
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
            source=source,
            id=core,
            group=groups.of.get(core, core),
            image=str(images[core]),
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


def _maps_of_cores(files: Sequence[PurePosixPath]) -> dict[str, list[PurePosixPath]]:
    maps: dict[str, list[PurePosixPath]] = defaultdict(list)
    for path in files:
        found = _MAP.fullmatch(path.name) or _CORE.fullmatch(path.name)
        if found and _is_map(path):
            maps[found[1]].append(path)
    return maps


def _is_map(path: PurePosixPath) -> bool:
    return any(_PATHOLOGIST.fullmatch(folder) for folder in path.parent.parts)


GLEASON = Kind(name="gleason", sees=_sees, find=_find, picture=show)
