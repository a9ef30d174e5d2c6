"""Paired comparisons: differences, intervals, tests, and what they mean in words."""

from twinseg.comparison.bootstrap import Interval as Interval
from twinseg.comparison.bootstrap import group_bootstrap as group_bootstrap
from twinseg.comparison.correction import holm as holm
from twinseg.comparison.paired import Comparison as Comparison
from twinseg.comparison.paired import compare as compare
from twinseg.comparison.sentence import sentence as sentence
from twinseg.comparison.signed_rank import rank_biserial as rank_biserial
from twinseg.comparison.signed_rank import signed_rank_test as signed_rank_test
from twinseg.comparison.table import as_table as as_table
from twinseg.comparison.table import compare_all as compare_all
from twinseg.comparison.table import from_table as from_table
