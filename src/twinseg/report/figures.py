"""All figures of the page, as SVG text to stand in the page itself; drawn by matplotlib.

A figure is as wide as a phone held upright, so that its letters are never scaled down. Ink, lines
and paper take the colours of the page, by day and by night. Many cases are drawn as a density: a
figure has about as many bytes for 60,000 of them as for 300.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from twinseg.core.arrays import Indices, Values
from twinseg.report.models import RULE_COLOURS, TWIN_COLOURS, of_page
from twinseg.report.zoom import Zoom, zoom_to

_INK, _QUIET, _LINE = "#1d2733", "#5b6876", "#dfe4ea"
_WIDTH_IN = 5.0
_LETTER_PT = 6.3  # of a number along an axis
_MOST_TICKS = 7
_LETTERS_BESIDE = 62  # that fit into the width at their usual size
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay letters: the reader's font, found by search
    "svg.hashsalt": "twinseg",  # the same figure gives the same bytes
    "text.parse_math": False,  # a $ in the name of a file is a $
    "font.size": 10.5,
    "text.color": _INK,
    "axes.labelcolor": _QUIET,
    "axes.edgecolor": _LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.7,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
}
_MOST_DOTS = 400  # cases that are drawn one by one
_OF_PAGE = {
    _INK: "var(--ink)",
    _QUIET: "var(--quiet)",
    _LINE: "var(--line)",
    "#ffffff": "var(--paper)",
}
_DOTS: dict[str, Any] = {"alpha": 0.55, "markersize": 4.2, "markeredgewidth": 0}
_BINS, _SQUARES = 60, 40
_RING: dict[str, Any] = {"markersize": 11, "markerfacecolor": "none", "markeredgewidth": 1.6}
_ACROSS, _UP = (0.025, 0.0), (0.0, 0.025)  # beside the corner of the axes, on either side
_PAPER: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
_STROKES: dict[str, Any] = {"ha": "center", "va": "center", "weight": "bold", "color": _QUIET}
_MEAN: dict[str, Any] = {"markersize": 6, "markerfacecolor": "white", "markeredgecolor": _INK}


@dataclass
class _Canvas:
    figure: Figure
    svg: Markup = field(default=Markup())


@dataclass(frozen=True)
class CaseValues:
    """Values of one model or part, one per case; NaN where undefined."""

    label: str
    colour: str
    values: Values


@dataclass(frozen=True)
class Curve:
    """One value per epoch, and the epoch to mark."""

    label: str
    colour: str
    epochs: Values
    values: Values
    marked_epoch: int


def strips(series: Sequence[CaseValues], *, label: str) -> Markup:
    """Draw every case as a dot, row by row, or how dense they lie if there are many of them.

    Below them quartiles (bar), median (tick) and mean (diamond).
    """
    with _drawing(height_in=0.75 + 0.62 * len(series)) as canvas:
        axes = canvas.figure.subplots()
        middles = -np.arange(len(series), dtype=float)  # the first row on top
        for middle, one in zip(middles, series, strict=True):
            _draw_strip(axes, middle, one)
        axes.set_yticks(middles, [one.label for one in series])
        axes.tick_params(axis="y", labelcolor=_INK)
        axes.set_ylim(0.6 - len(series), 0.55)
        axes.grid(visible=False, axis="y")
        zoom = zoom_to(np.concatenate([one.values for one in series]))
        axes.set_xlim(*zoom.limits)
        axes.set_xlabel(zoom.label(label))
        _mark_start(axes, zoom, _ACROSS)
    return canvas.svg


def curves(lines: Sequence[Curve], *, label: str) -> Markup:
    """Draw values over epochs; a ring marks the epoch whose weights were kept."""
    with _drawing(height_in=3.1) as canvas:
        axes = canvas.figure.subplots()
        for line in lines:
            axes.plot(
                line.epochs, line.values, "o-", color=line.colour, markersize=3, label=line.label
            )
            kept = line.epochs == line.marked_epoch
            axes.plot(line.epochs[kept], line.values[kept], "o", color=line.colour, **_RING)
        axes.set_ylabel(label)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(lines), borderpad=0)
    return canvas.svg


def paired(first: CaseValues, second: CaseValues, *, label: str) -> Markup:
    """Draw each case at (second, first), in the colour of the twin with the higher value."""
    with _drawing(height_in=4.2) as canvas:
        axes = canvas.figure.subplots()
        zoom = zoom_to(np.concatenate([first.values, second.values]))
        limits = zoom.limits
        axes.plot(limits, limits, color=_QUIET, linewidth=1, zorder=1)
        higher = {
            first.colour: first.values > second.values,
            second.colour: first.values < second.values,
            _QUIET: first.values == second.values,
        }
        if len(first.values) > _MOST_DOTS:
            _draw_squares(axes, first, second, limits)
            higher = {}
        for colour, chosen in higher.items():
            axes.plot(second.values[chosen], first.values[chosen], "o", color=colour, **_DOTS)
        axes.set_xlim(*limits)
        axes.set_ylim(*limits)
        axes.set_aspect("equal")
        axes.set_xlabel(zoom.label(f"{label}, {second.label}"))
        axes.set_ylabel(zoom.label(f"{label}, {first.label}"))
        _mark_start(axes, zoom, _ACROSS, _UP)
    return canvas.svg


def thinned(count: int) -> Indices:
    """Return places among ``count`` values in a row, evenly, no more than a line needs."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_DOTS)).round().astype(np.int64))


def _draw_squares(
    axes: Axes, first: CaseValues, second: CaseValues, limits: tuple[float, float]
) -> None:
    """Draw squares, the darker the more cases; their colour is that of the twin with more."""
    there = np.isfinite(first.values) & np.isfinite(second.values)
    across, up = second.values[there], first.values[there]
    edges = np.linspace(*limits, _SQUARES + 1)
    counts = np.histogram2d(across, up, bins=(edges, edges))[0]
    side = edges[1] - edges[0]
    for column, row in np.argwhere(counts > 0):
        colour = first.colour if row > column else second.colour if row < column else _QUIET
        strength = 0.15 + 0.85 * np.log1p(counts[column, row]) / np.log1p(counts.max())
        place = (edges[column], edges[row])
        axes.add_patch(Rectangle(place, side, side, color=colour, alpha=strength, linewidth=0))


def _draw_strip(axes: Axes, middle: float, one: CaseValues) -> None:
    values = one.values[np.isfinite(one.values)]
    if not values.size:
        _write_beside(axes, middle, "no case has a value")
        return
    if values.size > _MOST_DOTS:
        _draw_density(axes, middle, one, values)
    else:
        # Offsets by the golden ratio spread dots as evenly as chance would, but always the same.
        heights = middle + 0.45 * (np.arange(values.size) * 0.618034 % 1)
        axes.plot(values, heights, "o", color=one.colour, **_DOTS)
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    below = middle - 0.16
    axes.plot([low, high], [below, below], color=one.colour, linewidth=5, solid_capstyle="butt")
    axes.plot([median], [below], "|", color=_INK, markersize=11, markeredgewidth=2)
    axes.plot([values.mean()], [below], "D", **_MEAN)


def _draw_density(axes: Axes, middle: float, one: CaseValues, values: Values) -> None:
    counts, edges = np.histogram(values, bins=_BINS)
    heights = 0.5 * counts / counts.max()
    axes.stairs(middle + heights, edges, baseline=middle, fill=True, color=one.colour, alpha=0.55)


def _write_beside(axes: Axes, height: float, text: str, letters: int = 0) -> None:
    """Write beside the axis, so small that this many letters are not cut at the border."""
    where = axes.get_yaxis_transform()
    size = 9.5 * min(1.0, _LETTERS_BESIDE / max(letters, len(text)))
    axes.text(0.01, height, text, transform=where, va="bottom", fontsize=size, bbox=_PAPER)


def _mark_start(axes: Axes, zoom: Zoom, *places: tuple[float, float]) -> None:
    """Draw two strokes across the beginning of each axis that does not begin at 0."""
    for across, up in places if zoom.start else ():
        turn = 0 if across else 90
        where = axes.transAxes
        axes.text(across, up, "//", transform=where, rotation=turn, **_STROKES)


@contextmanager
def _drawing(*, height_in: float) -> Iterator[_Canvas]:
    """Yield an empty figure; its SVG is there after the block. Nobody else's style is changed."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Letters are drawn by the browser, which knows more of them than the font that measures.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        canvas = _Canvas(Figure(figsize=(_WIDTH_IN, height_in), layout="constrained"))
        yield canvas
        for axes in canvas.figure.axes:
            _keep_apart(axes)
        canvas.svg = _to_svg(canvas.figure)


def _keep_apart(axes: Axes) -> None:
    """Take fewer ticks along the axis where their labels, such as -0.0175, would touch."""
    locator, (low, high) = axes.xaxis.get_major_locator(), sorted(axes.get_xlim())
    if not isinstance(locator, MaxNLocator):  # others were set on purpose
        return
    for most in range(_MOST_TICKS, 1, -1):
        locator.set_params(nbins=most)
        ticks = [tick for tick in locator() if low <= tick <= high]
        letters = sum(map(len, axes.xaxis.get_major_formatter().format_ticks(ticks)))
        if (letters + len(ticks)) * _LETTER_PT <= axes.bbox.width * 72 / axes.figure.dpi:
            return


def _to_svg(figure: Figure) -> Markup:
    file = io.StringIO()
    figure.savefig(
        file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
    )
    text = file.getvalue()
    svg = text[text.index("<svg") :]
    svg = re.sub(r' width="[^"]*" height="[^"]*"', "", svg, count=1)  # as wide as its place
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # an id may stand only once on a page
    for colour, name in _OF_PAGE.items():
        svg = svg.replace(colour, name)
    for colour in {*TWIN_COLOURS, *RULE_COLOURS}:
        svg = svg.replace(colour.lower(), of_page(colour))
    return Markup(svg)  # matplotlib has escaped the labels
