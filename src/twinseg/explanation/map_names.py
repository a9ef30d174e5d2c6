"""What maps are called on disk; light, for whoever only reads them."""

from typing import NamedTuple

# What a study asks of every model: the report shows each of these.
METHOD = "grad_cam"
LAYERS = ("bottleneck", "decoder")
REGIONS = ("target", "non-target")


class MapKind(NamedTuple):
    """One kind of map."""

    method: str
    layer: str
    question: str

    @property
    def name(self) -> str:
        """Folder name, ``<method>-<layer>-<question>``."""
        return "-".join(self)


def map_name(layer: str, region: str) -> str:
    """Folder name of a kind of map of a study, ``<method>-<layer>-<region>``."""
    return MapKind(METHOD, layer, region).name
