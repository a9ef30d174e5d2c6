"""What a model looks at, for any region of an image. Nothing is rescaled here.

Importing is light, for whoever only reads maps: torch is loaded when a name below needs it.
"""

from typing import TYPE_CHECKING

from twinseg.core.late_names import late_names

if TYPE_CHECKING:
    from twinseg.explanation.ask import explain as explain
    from twinseg.explanation.cases import explain_cases as explain_cases
    from twinseg.explanation.heat import Plan as Plan
    from twinseg.explanation.heat import heat_maps as heat_maps
    from twinseg.explanation.map_names import LAYERS as LAYERS
    from twinseg.explanation.map_names import REGIONS as REGIONS
    from twinseg.explanation.map_names import MapKind as MapKind
    from twinseg.explanation.map_names import map_name as map_name
    from twinseg.explanation.maps import HeatMaps as HeatMaps
    from twinseg.explanation.methods import METHODS as METHODS
    from twinseg.explanation.pictures import Explained as Explained
    from twinseg.explanation.pictures import Wish as Wish
    from twinseg.explanation.pictures import explain_pictures as explain_pictures
    from twinseg.explanation.pictures import kind_name as kind_name
    from twinseg.explanation.pictures import region_file as region_file
    from twinseg.explanation.question import Question as Question
    from twinseg.explanation.regions import Region as Region
    from twinseg.explanation.regions import boundary as boundary
    from twinseg.explanation.regions import box as box
    from twinseg.explanation.regions import exactly as exactly
    from twinseg.explanation.regions import lesion as lesion
    from twinseg.explanation.regions import point as point
    from twinseg.explanation.stored import open_heat_maps as open_heat_maps
    from twinseg.explanation.stored import read_heat_maps as read_heat_maps
    from twinseg.explanation.tiles import tiled_heat_maps as tiled_heat_maps

_HOME = {
    "explain": "twinseg.explanation.ask",
    "explain_cases": "twinseg.explanation.cases",
    "heat_maps": "twinseg.explanation.heat",
    "Plan": "twinseg.explanation.heat",
    "LAYERS": "twinseg.explanation.map_names",
    "map_name": "twinseg.explanation.map_names",
    "MapKind": "twinseg.explanation.map_names",
    "REGIONS": "twinseg.explanation.map_names",
    "HeatMaps": "twinseg.explanation.maps",
    "METHODS": "twinseg.explanation.methods",
    "explain_pictures": "twinseg.explanation.pictures",
    "Explained": "twinseg.explanation.pictures",
    "kind_name": "twinseg.explanation.pictures",
    "region_file": "twinseg.explanation.pictures",
    "Wish": "twinseg.explanation.pictures",
    "Question": "twinseg.explanation.question",
    "boundary": "twinseg.explanation.regions",
    "box": "twinseg.explanation.regions",
    "exactly": "twinseg.explanation.regions",
    "lesion": "twinseg.explanation.regions",
    "point": "twinseg.explanation.regions",
    "Region": "twinseg.explanation.regions",
    "open_heat_maps": "twinseg.explanation.stored",
    "read_heat_maps": "twinseg.explanation.stored",
    "tiled_heat_maps": "twinseg.explanation.tiles",
}

__getattr__, __dir__ = late_names(__name__, _HOME)
