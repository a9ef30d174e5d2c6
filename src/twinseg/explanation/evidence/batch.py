"""A batch of cases of a study, as the network sees them, and the kinds of map a study has."""

from dataclasses import dataclass

from twinseg.explanation.evidence.localisation import MapContext
from twinseg.explanation.map_names import LAYERS, METHOD, REGIONS, MapKind
from twinseg.explanation.shapes import Inputs

KINDS = tuple(MapKind(METHOD, layer, region) for layer in LAYERS for region in REGIONS)


@dataclass(frozen=True)
class EvidenceBatch:
    """Cases that go through the network together; ``place`` says where their objects lie."""

    case_ids: list[str]
    images: Inputs  # normalised
    place: MapContext
    units: list[str]  # mm or px, of each case
