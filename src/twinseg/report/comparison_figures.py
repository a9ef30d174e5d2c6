"""Figures of many models and of learning curves, as SVG text; in the style of `figures`."""

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import ScalarFormatter

from twinseg.comparison import LearningCurve, ManyModels
from twinseg.comparison.number_text import number
from twinseg.report.figures import _INK, _QUIET, _drawing


def critical_difference(many: ManyModels) -> Markup:
    """Draw mean ranks, best on the left; bars join models that cannot be told apart (Nemenyi)."""
    models, cliques = len(many.models), many.cliques
    with _drawing(height_in=1.1 + 0.28 * models + 0.12 * len(cliques)) as canvas:
        axes = canvas.figure.subplots()
        axes.set_xlim(0.9, models + 0.1)
        below = -0.5 * (len(cliques) + 1)
        axes.set_ylim(below - 0.9 * models, 1.6)
        axes.plot([1, 1 + many.critical_difference], [1.0, 1.0], color=_INK, linewidth=2)
        axes.text(1, 1.15, f"critical difference {number(many.critical_difference)}", va="bottom")
        for row, (first, last) in enumerate(cliques):
            ends = [many.mean_ranks[first] - 0.03, many.mean_ranks[last] + 0.03]
            axes.plot(ends, [-0.5 * (row + 1)] * 2, color=_INK, linewidth=4)
        for place, (model, rank) in enumerate(zip(many.models, many.mean_ranks, strict=True)):
            height, on_left = below - 0.9 * place, rank < (models + 1) / 2
            axes.plot([rank, rank], [0, height], color=_QUIET, linewidth=1)
            axes.plot([rank], [0], "o", color=_INK, markersize=6)
            text = f" {model}, {number(rank)} "
            axes.text(rank, height, text, ha="left" if on_left else "right", va="center")
        axes.set_yticks([])
        axes.set_xticks(range(1, models + 1))
        axes.set_xlabel("mean rank over groups, 1 is best")
    return canvas.svg


def learning_curves(curves: dict[str, tuple[str, LearningCurve]], *, label: str) -> Markup:
    """Draw measured means, the fitted laws with their bands, and twice the data, dashed.

    Args:
        curves: Name in the legend -> colour and curve.
        label: Of the metric.
    """
    with _drawing(height_in=3.4) as canvas:
        axes = canvas.figure.subplots()
        for name, (colour, curve) in curves.items():
            for part, dashes in ((_between(curve, 1.0), "-"), (_between(curve, 2.0), "--")):
                low, high = curve.band(part)
                axes.fill_between(part, low, high, color=colour, alpha=0.15, linewidth=0)
                axes.plot(part, curve.at(part), dashes, color=colour, linewidth=1.6)
            axes.plot(curve.sizes, curve.means, "o", color=colour, markersize=6, label=name)
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xticks(sorted({float(size) for _, one in curves.values() for size in one.sizes}))
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.set_xlabel("training cases; dashed: up to twice the data, not measured")
        axes.set_ylabel(label)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(curves), borderpad=0)
    return canvas.svg


def _between(curve: LearningCurve, times: float) -> np.ndarray:
    """Sizes within the measured range, or from its end to ``times`` of it."""
    first = curve.sizes[0] if times == 1 else curve.sizes[-1]
    return np.geomspace(first, times * curve.sizes[-1], 60)
