"""Where everything stands in a figure of cases, in mm from its upper left corner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from twinseg.core.errors import ConfigError

LINE_MM = 3.0  # of titles
_GAP_MM, _NAME_MM, _BELOW_MM = 1.5, 4.6, 4.5
_TALLEST = 1.5  # times as high as a panel is wide
_SMALLEST_PANEL_MM, _THINNEST_MM = 8.0, 0.3
_ROOM_MM = (20.0, 12.0)  # of a panel, so that a scale bar has room in it
_BAR_MM, _BAR_BLOCK_MM, _WIDEST_BAR_MM, _NARROWEST_BAR_MM = 2.2, 9.5, 50.0, 28.0
_HIGHEST_MM = 600.0


@dataclass(frozen=True)
class Box:
    """A rectangle, in mm."""

    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Half of the way down."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class RowBoxes:
    """Where the name and the panels of a row stand, and whether a scale bar has room in them."""

    name: Box
    panels: tuple[Box, ...]
    has_room: bool


@dataclass(frozen=True)
class Layout:
    """Where all parts of a figure stand."""

    edge_mm: ClassVar[float] = 1.0

    panel_mm: float
    rows: tuple[RowBoxes, ...]
    legend_mm: float
    bars: tuple[Box, ...]
    height_mm: float

    def column_mm(self, column: int) -> float:
        """Return where the panels of a column begin."""
        return self.edge_mm + column * (self.panel_mm + _GAP_MM)


def lay_out(
    proportions: Sequence[float],
    columns: int,
    width_mm: float,
    *,
    lines_of_titles: int = 1,
    lines_of_legend: int = 0,
    bars: int = 0,
) -> Layout:
    """Place everything; a picture is as wide as its column, or 1.5 times as high as that at most.

    Args:
        proportions: Height of the pictures of each row, divided by their width.
        columns: Number of panels in a row.
        width_mm: Of the figure.
        lines_of_titles: Of the longest title.
        lines_of_legend: 0 without a legend.
        bars: Number of colour bars.

    Raises:
        ConfigError: If panels would be narrower than 8 mm, or the figure higher than 600 mm.
    """
    inside_mm = width_mm - 2 * Layout.edge_mm
    panel_mm = (inside_mm - (columns - 1) * _GAP_MM) / columns
    if panel_mm < _SMALLEST_PANEL_MM:
        raise ConfigError(
            f"{columns} panels would be {max(0.0, panel_mm):.1f} mm wide in {width_mm:g} mm; "
            f"at least {_SMALLEST_PANEL_MM:.0f} each: choose fewer panels or more width"
        )
    down = Layout.edge_mm + lines_of_titles * LINE_MM
    rows = []
    for proportion in proportions:
        name = Box(Layout.edge_mm, down, inside_mm, _NAME_MM)
        wide, high = _size_mm(proportion, panel_mm)
        down += _NAME_MM
        panels = tuple(
            Box(
                Layout.edge_mm + at * (panel_mm + _GAP_MM) + (panel_mm - wide) / 2, down, wide, high
            )
            for at in range(columns)
        )
        has_room = wide >= _ROOM_MM[0] and high >= _ROOM_MM[1]
        rows.append(RowBoxes(name, panels, has_room))
        down += high + (_GAP_MM if has_room else _BELOW_MM)
    legend_mm = down + _GAP_MM
    down = legend_mm + lines_of_legend * LINE_MM * 1.25 if lines_of_legend else down
    placed, down = _bars(bars, inside_mm, down)
    height_mm = down + Layout.edge_mm
    if height_mm > _HIGHEST_MM:
        raise ConfigError(
            f"{len(proportions)} cases would be {height_mm:.0f} mm high; at most "
            f"{_HIGHEST_MM:.0f}: choose fewer cases or more panels"
        )
    return Layout(panel_mm, tuple(rows), legend_mm, placed, height_mm)


def _size_mm(proportion: float, panel_mm: float) -> tuple[float, float]:
    """Return width and height of a picture."""
    high = min(panel_mm * proportion, panel_mm * _TALLEST)
    return max(high / proportion, _THINNEST_MM), max(high, _THINNEST_MM)


def _bars(bars: int, inside_mm: float, down: float) -> tuple[tuple[Box, ...], float]:
    """Place colour bars side by side, in as many lines as they need; return where they end."""
    in_a_line = max(1, int((inside_mm + 4) // (_NARROWEST_BAR_MM + 4)))
    in_a_line = max(1, min(bars, in_a_line))
    wide = min(_WIDEST_BAR_MM, (inside_mm - 4 * (in_a_line - 1)) / in_a_line)
    placed = tuple(
        Box(
            Layout.edge_mm + (at % in_a_line) * (wide + 4),
            down + 4.5 + (at // in_a_line) * _BAR_BLOCK_MM,
            wide,
            _BAR_MM,
        )
        for at in range(bars)
    )
    return placed, down + _BAR_BLOCK_MM * -(-bars // in_a_line)
