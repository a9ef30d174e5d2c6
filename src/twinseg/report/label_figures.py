"""Figures of what is in the labels: distributions against the normal one, and strips of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from textwrap import wrap

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from scipy import stats

from twinseg.core.arrays import Mask, Picture, Values
from twinseg.report.figures import _INK, _LINE, _QUIET, _drawing, thinned
from twinseg.report.tiles import outlined, shrink_to_tile

_FILL, _CURVE = "#8fb3d9", "#c2410c"
_FEWEST_FOR_A_CURVE = 8
_MOST_BINS = 60
_IN_A_ROW = 4
_LONGEST_NAME, _LONGEST_LINE = 20, 22


@dataclass(frozen=True)
class OutlinedPicture:
    """A picture, the outline to draw on it, and a line or two below."""

    picture: Picture
    mask: Mask  # of any grid of the same field of view
    name: str
    note: str = ""


def distribution(values: Values, *, label: str) -> Markup:
    """Draw a histogram of the finite values, and the normal curve of the same mean and SD."""
    known = values[np.isfinite(values)]
    with _drawing(height_in=2.7) as canvas:
        axes = canvas.figure.subplots()
        if _says_if_empty(axes, known):
            edges = np.histogram_bin_edges(known, bins="fd")
            if len(edges) > _MOST_BINS:
                edges = np.linspace(known.min(), known.max(), _MOST_BINS)
            axes.hist(known, edges.tolist(), color=_FILL, edgecolor="white", linewidth=0.6)
            if len(known) >= _FEWEST_FOR_A_CURVE and known.std() > 0:
                _draw_normal(axes, known, width=float(edges[1] - edges[0]))
            axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlabel(label)
        axes.set_ylabel("cases")
    return canvas.svg


def quantiles_against_normal(values: Values, *, label: str) -> Markup:
    """Draw the finite values, sorted, over the values a normal distribution would have (Q-Q).

    Dots on the line: normal. Above it at the right or below it at the left: a longer tail there.
    """
    known = np.sort(values[np.isfinite(values)])
    with _drawing(height_in=3.4) as canvas:
        axes = canvas.figure.subplots()
        if _says_if_empty(axes, known):
            shares = (np.arange(1, len(known) + 1) - 0.375) / (len(known) + 0.25)  # Blom 1958
            expected = known.mean() + known.std() * stats.norm.ppf(shares)
            ends, shown = expected[[0, -1]], thinned(len(known))
            axes.plot(ends, ends, color=_CURVE, linewidth=1.4, zorder=3)
            axes.plot(
                expected[shown],
                known[shown],
                "o",
                color=_INK,
                alpha=0.45,
                markersize=4,
                markeredgewidth=0,
            )
        axes.set_xlabel("the same, if it were normal")
        axes.set_ylabel(label)
    return canvas.svg


def counted(values: Values, *, label: str) -> Markup:
    """Draw how many cases have 0, 1, 2, ... of something; one bar for each whole number."""
    known = values[np.isfinite(values)].astype(int)
    with _drawing(height_in=2.5) as canvas:
        axes = canvas.figure.subplots()
        if _says_if_empty(axes, known):
            numbers, cases = np.unique(known, return_counts=True)
            axes.bar(numbers, cases, width=0.8, color=_FILL)
            axes.grid(visible=False, axis="x")
            axes.set_xlim(min(0, numbers[0]) - 0.6, max(3, numbers[-1]) + 0.6)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlabel(label)
        axes.set_ylabel("cases")
    return canvas.svg


def sizes(largest: Values, median: Values, *, label: str) -> Markup:
    """Draw the sizes of the largest and of the median part of each case over a logarithmic axis."""
    with _drawing(height_in=2.7) as canvas:
        axes = canvas.figure.subplots()
        known = [part[np.isfinite(part) & (part > 0)] for part in (largest, median)]
        if _says_if_empty(axes, known[0]):
            both = np.concatenate(known)
            top = max(both.max(), both.min() * 1.01)
            edges = np.geomspace(both.min(), top, 32).tolist()
            axes.hist(known[0], edges, color=_FILL, label="largest part")
            axes.hist(
                known[1], edges, histtype="step", color=_CURVE, linewidth=1.5, label="median part"
            )
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")  # 0.01, not a formula that SVG cannot set
            axes.minorticks_off()
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0)
            axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlabel(label)
        axes.set_ylabel("cases")
    return canvas.svg


def strip(tiles: Sequence[OutlinedPicture]) -> Markup:
    """Draw cases side by side, four to a row, each with its outline and its words below."""
    rows = max(1, ceil(len(tiles) / _IN_A_ROW))
    with _drawing(height_in=1.78 * rows) as canvas:
        canvas.figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.02, wspace=0, hspace=0)
        places = canvas.figure.subplots(rows, _IN_A_ROW, squeeze=False).ravel()
        for axes in places:
            axes.set_axis_off()
        for axes, tile in zip(places, tiles, strict=False):
            _draw_tile(axes, tile)
    return canvas.svg


def pairs(twos: Sequence[tuple[OutlinedPicture, OutlinedPicture]]) -> Markup:
    """Draw pairs that look alike side by side, two pairs to a row."""
    return strip([tile for two in twos for tile in two])


def _draw_normal(axes: Axes, known: Values, *, width: float) -> None:
    low, high = axes.get_xlim()
    points = np.linspace(low, high, 200)
    heights = stats.norm.pdf(points, known.mean(), known.std()) * len(known) * width
    axes.plot(points, heights, color=_CURVE, linewidth=1.5, label="normal, same mean and SD")
    axes.set_xlim(low, high)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)


def _draw_tile(axes: Axes, tile: OutlinedPicture) -> None:
    picture = shrink_to_tile(tile.picture)
    height, width = picture.shape[:2]
    # Uninterpolated, so that the page gets the pixels themselves and scales them to its width.
    axes.imshow(outlined(picture, tile.mask), interpolation="none")
    axes.set_ylim(height * 1.42, -0.5)  # room for the words, inside the place of the tile
    axes.add_patch(
        Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor=_LINE, linewidth=0.8)
    )
    note = "\n".join(wrap(tile.note, _LONGEST_LINE))
    for line, text, size_pt, colour in (
        (1.03, _short(tile.name), 7.6, _INK),
        (1.14, note, 7, _QUIET),
    ):
        words = axes.text(-0.5, height * line, text, fontsize=size_pt, color=colour, va="top")
        words.set_in_layout(False)


def _short(name: str) -> str:
    """Cut the middle out of a long name: its ends tell cases apart."""
    if len(name) <= _LONGEST_NAME:
        return name
    kept = (_LONGEST_NAME - 1) // 2
    return f"{name[:kept]}\N{HORIZONTAL ELLIPSIS}{name[-kept:]}"


def _says_if_empty(axes: Axes, known: np.ndarray) -> bool:
    """Return whether there is anything to draw; if not, the figure says so."""
    if len(known):
        return True
    axes.text(0.5, 0.5, "no case has a value", transform=axes.transAxes, ha="center", color=_QUIET)
    axes.set_xticks([])
    axes.set_yticks([])
    return False
