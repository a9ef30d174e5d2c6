"""What a model looks at, for any region of an image. Nothing is rescaled here."""

from twinseg.explanation.ask import explain as explain
from twinseg.explanation.cases import LAYERS as LAYERS
from twinseg.explanation.cases import REGIONS as REGIONS
from twinseg.explanation.cases import explain_cases as explain_cases
from twinseg.explanation.cases import map_name as map_name
from twinseg.explanation.heat import MapKind as MapKind
from twinseg.explanation.heat import Plan as Plan
from twinseg.explanation.heat import heat_maps as heat_maps
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
