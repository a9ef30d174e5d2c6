"""Evidence that heat maps mean something: numbers for every map, without looking at it."""

from twinseg.explanation.evidence.agreement import rank_correlation as rank_correlation
from twinseg.explanation.evidence.agreement import top_agreement as top_agreement
from twinseg.explanation.evidence.deletion_curves import Curves as Curves
from twinseg.explanation.evidence.deletion_curves import Orders as Orders
from twinseg.explanation.evidence.deletion_curves import area as area
from twinseg.explanation.evidence.deletion_curves import follow as follow
from twinseg.explanation.evidence.localisation import MapContext as MapContext
from twinseg.explanation.evidence.localisation import look as look
from twinseg.explanation.evidence.localisation import share_inside as share_inside
from twinseg.explanation.evidence.measures import MEASURES as MEASURES
from twinseg.explanation.evidence.measures import Measure as Measure
from twinseg.explanation.evidence.randomised import cascade as cascade
from twinseg.explanation.evidence.stability import max_sensitivity as max_sensitivity
from twinseg.explanation.evidence.weigh_maps import EvidenceSettings as EvidenceSettings
from twinseg.explanation.evidence.weigh_maps import Weighed as Weighed
from twinseg.explanation.evidence.weigh_maps import weigh_maps as weigh_maps
from twinseg.explanation.evidence.weigh_maps import weigh_twins as weigh_twins
