"""Figures, overlays, and one HTML page that needs nothing but itself."""

from twinseg.report.answer import FEWEST_TEST_GROUPS as FEWEST_TEST_GROUPS
from twinseg.report.write import write_report as write_report
