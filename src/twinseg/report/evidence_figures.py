"""Lines over a share, as SVG text; in the style of `figures`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from twinseg.report.figures import _drawing


@dataclass(frozen=True)
class Line:
    """One line; of several with one label only the first is in the legend."""

    label: str
    colour: str
    style: str  # "-", "--" or ":"
    across: np.ndarray
    up: np.ndarray


def lines(drawn: Sequence[Line], *, across: str, up: str) -> Markup:
    """Draw lines over shares from 0 to 1."""
    with _drawing(height_in=2.9) as canvas:
        axes = canvas.figure.subplots()
        named: set[str] = set()
        for line in drawn:
            label = "_" if line.label in named else line.label
            named.add(line.label)
            axes.plot(
                line.across, line.up, line.style, color=line.colour, linewidth=1.8, label=label
            )
        axes.set_xlim(0, 1)
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0, fontsize=9.5)
    return canvas.svg
