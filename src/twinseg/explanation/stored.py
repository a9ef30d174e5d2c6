"""Raw heat maps of one kind in one array file, in units of their score, never rescaled."""

from twinseg.core.planes import append_planes as append_heat_maps
from twinseg.core.planes import finish_planes as finish_heat_maps
from twinseg.core.planes import open_planes as open_heat_maps
from twinseg.core.planes import read_planes as read_heat_maps

__all__ = ["append_heat_maps", "finish_heat_maps", "open_heat_maps", "read_heat_maps"]
