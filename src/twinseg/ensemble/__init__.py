"""One mask from several: rules that need no reference, and what their agreement tells."""

from twinseg.ensemble.doubt import disagreement as disagreement
from twinseg.ensemble.doubt import uncertainty as uncertainty
from twinseg.ensemble.lesion_rules import lesion_intersection as lesion_intersection
from twinseg.ensemble.lesion_rules import lesion_union as lesion_union
from twinseg.ensemble.mask_rules import RULES as RULES
from twinseg.ensemble.mask_rules import Rule as Rule
from twinseg.ensemble.mask_rules import intersection as intersection
from twinseg.ensemble.mask_rules import majority as majority
from twinseg.ensemble.mask_rules import union as union
from twinseg.ensemble.mixing import mix as mix
from twinseg.ensemble.staple import staple as staple
