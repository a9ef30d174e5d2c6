"""The page of `twinseg needs`: learning curves, what they answer, and how far to believe them."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

from twinseg.comparison import LearningCurve
from twinseg.core.store import write_text
from twinseg.report.comparison_figures import learning_curves
from twinseg.report.environment import environment
from twinseg.report.models import RULE_COLOURS, TWIN_COLOURS


def write_needs_page(
    page: Path,
    curves: Mapping[str, LearningCurve],
    *,
    label: str,
    sentences: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Write ``page``; ``label`` is that of the metric."""
    colours = cycle((*TWIN_COLOURS, *RULE_COLOURS))
    coloured = {name: (next(colours), curve) for name, curve in curves.items()}
    template = environment().get_template("needs_page.html")
    html = template.render(
        figure=learning_curves(coloured, label=f"mean {label}"),
        curves=curves,
        label=label,
        sentences=sentences,
        notes=notes,
    )
    write_text(page, html)
