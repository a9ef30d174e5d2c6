"""Figures, overlays, and one HTML page that needs nothing but itself."""
