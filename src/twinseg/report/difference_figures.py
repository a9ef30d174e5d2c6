"""Figures of paired differences: case by case, and comparison by comparison with its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from twinseg.comparison.number_text import ends, number
from twinseg.core.arrays import Values
from twinseg.report.figures import _INK, _QUIET, CaseValues, _drawing, _write_beside

_FEWEST_BINS, _MOST_BINS = 11, 41  # odd: differences of next to nothing have a bar of their own


@dataclass(frozen=True)
class Span:
    """A mean difference and its interval; NaN where it cannot be computed."""

    label: str
    mean: float
    low: float
    high: float
    is_clear: bool = False  # drawn as a full dot
    all_same: bool = False  # no case differs: there is nothing to have an interval


def differences(first: CaseValues, second: CaseValues, span: Span, *, label: str) -> Markup:
    """Draw how often the first twin is how far above the second; bars have its colour, or theirs.

    Args:
        first: Values of the first twin.
        second: Values of the second, same cases in the same order.
        span: Mean of first minus second, and its interval.
        label: Of the metric.
    """
    found: Values = first.values - second.values
    found = found[np.isfinite(found)]
    reach = max(float(np.abs(found).max(initial=0.0)), 1e-3)
    with _drawing(height_in=2.5) as canvas:
        axes = canvas.figure.subplots()
        bins = min(_MOST_BINS, max(_FEWEST_BINS, 2 * round(np.sqrt(found.size)) + 1))
        counts, edges = np.histogram(found, bins=bins, range=(-reach, reach))
        middles = (edges[1:] + edges[:-1]) / 2
        nearly = reach / bins
        colours = [
            _QUIET if abs(at) < nearly else first.colour if at > 0 else second.colour
            for at in middles
        ]
        axes.bar(middles, counts, width=np.diff(edges) * 0.92, color=colours)
        axes.axvline(0, color=_QUIET, linewidth=1)
        top = float(counts.max(initial=1)) * 1.14
        if np.isfinite([span.low, span.high]).all():
            axes.plot([span.low, span.high], [top, top], color=_INK, linewidth=2.5)
        axes.plot([span.mean], [top], "D", color=_INK, markersize=6)
        axes.set_ylim(0, top * 1.1)
        axes.set_xlim(-reach * 1.02, reach * 1.02)
        axes.locator_params(axis="y", nbins=5, integer=True)
        axes.set_ylabel("cases")
        axes.set_xlabel(f"{label}: {first.label} minus {second.label}")
    return canvas.svg


def forest(spans: Sequence[Span], *, label: str) -> Markup:
    """Draw mean differences with their intervals, each under its numbers; zero is marked."""
    texts = [f"{span.label}: {_in_numbers(span)}" for span in spans]
    letters = max(map(len, texts), default=0)
    with _drawing(height_in=0.75 + 0.42 * len(spans)) as canvas:
        axes = canvas.figure.subplots()
        axes.axvline(0, color=_QUIET, linewidth=1)
        for row, (span, text) in enumerate(zip(spans, texts, strict=True)):
            _write_beside(axes, -row + 0.22, text, letters)
            if np.isfinite(span.mean):
                inside = _INK if span.is_clear else "#ffffff"
                axes.plot(
                    [span.mean], [-row], "o", color=_INK, markersize=6.5, zorder=3, mfc=inside
                )
            if np.isfinite([span.low, span.high]).all():
                axes.plot([span.low, span.high], [-row, -row], color=_INK, linewidth=2)
        axes.margins(x=0.08)
        axes.set_ylim(0.55 - len(spans), 0.75)
        axes.set_yticks([])
        axes.set_xlabel(label)
    return canvas.svg


def _in_numbers(span: Span) -> str:
    if not np.isfinite(span.mean):
        return "cannot be computed"
    if span.all_same:
        return "the same in every case"
    mean = number(span.mean, signed=True, within=span.high - span.low)
    if not np.isfinite([span.low, span.high]).all():
        return mean
    return f"{mean} ({ends(span.low, span.high, signed=True)})"
