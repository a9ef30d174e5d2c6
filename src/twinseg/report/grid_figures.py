"""Figures of a grid: scores over the number of training cases; in the style of `figures`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import NullLocator, ScalarFormatter

from twinseg.core.arrays import Values
from twinseg.report.figures import _drawing


@dataclass(frozen=True)
class MeasuredLine:
    """Means of one kind of run, over the number of training cases; NaN where unknown."""

    label: str
    colour: str
    cases: Values
    means: Values
    low: Values
    high: Values
    is_dashed: bool = False


def lines_over_cases(lines: Sequence[MeasuredLine], *, label: str) -> Markup:
    """Draw means with their intervals over training cases, a step to the right being a factor.

    Args:
        lines: A line each, with a point for each amount.
        label: Of the metric.
    """
    with _drawing(height_in=3.4) as canvas:
        axes = canvas.figure.subplots()
        for place, line in enumerate(lines):
            # Beside each other: intervals at the same amount would hide each other.
            at = line.cases * 1.02 ** (place - (len(lines) - 1) / 2)
            dashes = "--" if line.is_dashed else "-"
            axes.plot(at, line.means, dashes, color=line.colour, linewidth=1.6)
            axes.plot(at, line.means, "o", color=line.colour, markersize=6, label=line.label)
            known = np.isfinite(line.low) & np.isfinite(line.high)
            axes.vlines(at[known], line.low[known], line.high[known], color=line.colour)
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(sorted({float(n) for line in lines for n in line.cases}))
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.set_xlabel("training cases")
        axes.set_ylabel(label)
        columns = min(len(lines), 2)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderpad=0)
    return canvas.svg
