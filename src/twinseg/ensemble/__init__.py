"""One mask from several: rules that need no reference."""

from twinseg.ensemble.rules import RULES as RULES
from twinseg.ensemble.rules import Rule as Rule
from twinseg.ensemble.rules import intersection as intersection
from twinseg.ensemble.rules import union as union
