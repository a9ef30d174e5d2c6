"""One mask from several: rules that need no reference, and what their agreement tells."""

from twinseg.ensemble.agreement import disagreement as disagreement
from twinseg.ensemble.agreement import uncertainty as uncertainty
from twinseg.ensemble.lesions import lesion_intersection as lesion_intersection
from twinseg.ensemble.lesions import lesion_union as lesion_union
from twinseg.ensemble.mixing import mix as mix
from twinseg.ensemble.rules import RULES as RULES
from twinseg.ensemble.rules import Rule as Rule
from twinseg.ensemble.rules import intersection as intersection
from twinseg.ensemble.rules import majority as majority
from twinseg.ensemble.rules import union as union
from twinseg.ensemble.staple import staple as staple
