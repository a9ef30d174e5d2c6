"""Raw heat maps of one kind in one array file, in units of their score, never rescaled."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.arrays import Planes
from twinseg.core.planes import append_planes as append_heat_maps
from twinseg.core.planes import cases_of_planes, read_planes
from twinseg.core.planes import finish_planes as finish_heat_maps
from twinseg.core.planes import open_planes as open_heat_maps

__all__ = [
    "append_heat_maps",
    "cases_of_heat_maps",
    "finish_heat_maps",
    "open_heat_maps",
    "read_heat_maps",
]


def read_heat_maps(folder: Path, case_ids: Sequence[str]) -> Planes:
    """Read the maps of ``case_ids`` from the folder of one kind; see `read_planes`."""
    return read_planes(folder, case_ids, advice=_anew(folder))


def cases_of_heat_maps(folder: Path) -> list[str]:
    """Return the ids of the cases of the maps of one kind; see `cases_of_planes`."""
    return cases_of_planes(folder, advice=_anew(folder))


def _anew(folder: Path) -> str:
    # All kinds of map of a model are made together.
    return f"delete the folder {folder.parent} and give the same command again to make it anew"
