"""Figures of doubt against error and of risk control, as SVG text; in the style of `figures`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from twinseg.core.arrays import Values
from twinseg.report.figures import _INK, _QUIET, _drawing


@dataclass(frozen=True)
class Ordering:
    """Error of what is kept, by the share of cases that was sent to a human."""

    label: str
    colour: str
    dashes: str
    sent: Values
    remaining: Values


@dataclass(frozen=True)
class Achieved:
    """A wished error rate and what came of it on the test; NaN where it was not reachable."""

    label: str
    alphas: Values
    means: Values
    lows: Values
    highs: Values


def remaining_errors(orderings: Sequence[Ordering], *, label: str) -> Markup:
    """Draw how the mean error falls as ever more cases are sent to a human."""
    with _drawing(height_in=3.4) as canvas:
        axes = canvas.figure.subplots()
        for one in orderings:
            axes.plot(100 * one.sent, one.remaining, one.dashes, color=one.colour, label=one.label)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, None)
        axes.set_xlabel("cases sent to a human, %")
        axes.set_ylabel(label)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0)
    return canvas.svg


def wished_and_achieved(kinds: Sequence[Achieved]) -> Markup:
    """Draw the error rate on the test, with its interval, over the wished one."""
    markers = ("o", "s", "D", "^")
    with _drawing(height_in=3.6) as canvas:
        axes = canvas.figure.subplots()
        top = max(float(np.nanmax([*one.alphas, *one.highs])) for one in kinds)
        axes.plot([0, top], [0, top], color=_QUIET, linewidth=1)
        for place, one in enumerate(kinds):
            moved = one.alphas + 0.008 * top * (place - (len(kinds) - 1) / 2)
            axes.plot([moved, moved], [one.lows, one.highs], color=_QUIET, linewidth=1.5)
            axes.plot(
                moved,
                one.means,
                markers[place % len(markers)],
                color=_INK,
                markersize=6,
                label=one.label,
            )
        axes.set_xlim(0, 1.05 * top)
        axes.set_ylim(0, 1.05 * top)
        axes.set_xlabel("wished")
        axes.set_ylabel("achieved on test groups")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=1, borderpad=0)
    return canvas.svg
