"""Raw heat maps of one kind in one array file, in units of their score, never rescaled."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.arrays import Planes
from twinseg.core.planes import append_planes as append_heat_maps
from twinseg.core.planes import finish_planes as finish_heat_maps
from twinseg.core.planes import open_planes as open_heat_maps
from twinseg.core.planes import read_planes

__all__ = ["append_heat_maps", "finish_heat_maps", "open_heat_maps", "read_heat_maps"]


def read_heat_maps(folder: Path, case_ids: Sequence[str]) -> Planes:
    """Read the maps of ``case_ids`` from the folder of one kind; see `read_planes`."""
    # All kinds of map of a model are made together.
    anew = f"delete the folder {folder.parent} and give the same command again to make it anew"
    return read_planes(folder, case_ids, advice=anew)
