"""Raw heat maps of one kind in one array file, in units of their score, never rescaled."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.arrays import Planes
from twinseg.core.planes import PlaneFile, open_planes
from twinseg.core.planes import append_planes as append_heat_maps
from twinseg.core.planes import finish_planes as finish_heat_maps

__all__ = ["append_heat_maps", "finish_heat_maps", "open_heat_maps", "read_heat_maps"]


def open_heat_maps(folder: Path) -> PlaneFile:
    """Open the folder of one kind of map; see `open_planes`."""
    # All kinds of map of a model are made together.
    again = f"delete the folder {folder.parent} and give the same command again to make it anew"
    return open_planes(folder, advice=again)


def read_heat_maps(folder: Path, case_ids: Sequence[str]) -> Planes:
    """Read the maps of ``case_ids`` from the folder of one kind; see `PlaneFile.read`."""
    return open_heat_maps(folder).read(case_ids)
