"""Figures, overlays, and one HTML page that needs nothing but itself."""

from twinseg.report.write import write_report as write_report
