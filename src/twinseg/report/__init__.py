"""Figures, overlays and the page."""


def write_report(out, data, *, progress):
    return out / "report" / "index.html"
