"""What a model looks at, for target and for non-target pixels. Nothing is rescaled here."""

from twinseg.explanation.explain import explain_cases as explain_cases
from twinseg.explanation.explain import map_name as map_name
from twinseg.explanation.grad_cam import heat_maps as heat_maps
from twinseg.explanation.question import LAYERS as LAYERS
from twinseg.explanation.question import REGIONS as REGIONS
from twinseg.explanation.stored import read_heat_maps as read_heat_maps
