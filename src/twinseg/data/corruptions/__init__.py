"""Pictures made worse on purpose, at five strengths; the geometry never changes."""

from twinseg.data.corruptions.about import About as About
from twinseg.data.corruptions.about import about as about
from twinseg.data.corruptions.registry import REGISTRY as REGISTRY
from twinseg.data.corruptions.registry import Corruption as Corruption
from twinseg.data.corruptions.registry import Seen as Seen
from twinseg.data.corruptions.registry import fitting as fitting
from twinseg.data.corruptions.stacked import SlicesNear as SlicesNear
