"""A figure of chosen cases for a paper, as a file.

It is as wide as a journal asks for. Letters stay letters in SVG and PDF; pictures are pixels at
300 dpi in every format. The same figure gives the same bytes.
"""

import io
import warnings
from threading import Lock

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from twinseg.comparison.number_text import number
from twinseg.core.arrays import Picture
from twinseg.core.errors import ConfigError
from twinseg.report.case_figure import CaseFigure, FigureRow
from twinseg.report.case_layout import LINE_MM, Box, Layout, lay_out
from twinseg.report.case_panels import (
    MapPanel,
    MapScale,
    NoPanel,
    bar_drawn,
    panel_drawn,
    resized,
    swatches,
)
from twinseg.report.figures import _INK, _QUIET, _STYLE
from twinseg.report.scale_bar import scale_bar

FORMATS = ("png", "svg", "pdf")
DPI = 300
_MM_PER_INCH = 25.4
_NO_DATES = {
    "png": {"Software": None},
    "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
}
_SWATCH_MM = (5.0, 2.6)
_NARROW_MM = 18.0  # panels below have titles in small letters
_MOST_TITLE_LINES = 4
_TITLE_PT, _SMALL_PT, _LETTER_PT = 7.0, 6.0, 8.5
_FIGURE_STYLE = _STYLE | {"pdf.fonttype": 42, "font.family": ["DejaVu Sans"], "axes.grid": False}
_ALONE = Lock()  # matplotlib's style is that of the whole process


def draw_case_figure(figure: CaseFigure, file_format: str) -> bytes:
    """Draw a figure.

    Args:
        figure: What it shows.
        file_format: "png" at 300 dpi, "svg" or "pdf".

    Returns:
        The file.

    Raises:
        ConfigError: If the format is another one, or the figure would be too large.
    """
    if file_format not in FORMATS:
        raise ConfigError(f"a figure is {', '.join(FORMATS)}; got {file_format!r}")
    with _ALONE, mpl.rc_context(_FIGURE_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        file = io.BytesIO()
        metadata = _NO_DATES[file_format]
        _Drawing(figure).figure.savefig(file, format=file_format, dpi=DPI, metadata=metadata)
    return _smooth(file.getvalue()) if file_format == "svg" else file.getvalue()


class _Drawing:
    """One figure while it is drawn; places are in mm from the upper left corner."""

    def __init__(self, asked: CaseFigure) -> None:
        self._asked = asked
        self.figure = Figure(dpi=DPI)
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        shape = asked.proportions, len(asked.titles), asked.width_mm
        room_mm = lay_out(*shape).panel_mm
        self._title_pt = _TITLE_PT if room_mm >= _NARROW_MM else _SMALL_PT
        titles = [self._wrapped(title, room_mm) for title in asked.titles]
        legend = self._legend_lines()
        self._layout = lay_out(
            *shape,
            lines_of_titles=max(map(len, titles)),
            lines_of_legend=1 + max(line for line, *_ in legend) if legend else 0,
            bars=len(asked.scales),
        )
        wide, high = (self._px(mm) / DPI for mm in self._size_mm)
        self.figure.set_size_inches(wide, high)
        self._draw_titles(titles)
        for place, row in enumerate(asked.rows):
            self._draw_row(row, place)
        self._draw_legend(legend)
        for scale, box in zip(asked.scales, self._layout.bars, strict=True):
            self._draw_bar(scale, box)

    @property
    def _size_mm(self) -> tuple[float, float]:
        return self._asked.width_mm, self._layout.height_mm

    def _draw_titles(self, titles: list[list[str]]) -> None:
        lines = max(map(len, titles))
        for column, wrapped in enumerate(titles):
            across = self._layout.column_mm(column) + self._layout.panel_mm / 2
            for line, text in enumerate(wrapped):
                down = (lines - len(wrapped) + line + 0.5) * LINE_MM
                self._write(
                    across, down + self._layout.edge_mm, text, ha="center", size=self._title_pt
                )

    def _draw_row(self, row: FigureRow, place: int) -> None:
        boxes = self._layout.rows[place]
        letter_mm, edge_mm = 2.5 + 1.8 * (place >= 26), self._layout.edge_mm
        down = boxes.name.middle
        self._write(edge_mm, down, _letters(place), size=_LETTER_PT, weight="bold")
        room_mm = self._asked.width_mm - 2 * edge_mm - letter_mm - 1
        name = self._cut_to(row.name, room_mm)
        self._write(edge_mm + letter_mm + 1, down, name, size=_SMALL_PT, color=_QUIET)
        first = boxes.panels[0]
        tile = resized(row.picture, self._px(first.height), self._px(first.width))
        for panel, box in zip(row.panels, boxes.panels, strict=True):
            axes = self._axes(box)
            axes.imshow(panel_drawn(panel, tile), interpolation="none", aspect="auto")
            if isinstance(panel, NoPanel):
                middle = box.left + box.width / 2
                why = self._cut_to(panel.why, box.width)
                self._write(middle, box.middle, why, ha="center", size=_SMALL_PT, color=_QUIET)
        self._draw_scale_bar(row, first, inside=boxes.has_room)

    def _draw_scale_bar(self, row: FigureRow, box: Box, *, inside: bool) -> None:
        """Draw it in the lower left corner of the first panel, or below if it has no room."""
        width_px = row.picture.shape[1]
        bar = scale_bar(width_px, row.spacing_mm)
        length_mm = bar.length_px / width_px * box.width
        if not inside:
            down = box.top + box.height + 1.2
            self._fill(box.left, down, length_mm, 0.6, _INK)
            self._write(box.left, down + 2.1, bar.text, size=_SMALL_PT)
            return
        text_mm = self._width_mm(bar.text, _SMALL_PT)
        paper_mm = max(length_mm, text_mm) + 1.6
        left, down = box.left + 0.8, box.top + box.height - 0.8
        self._fill(left, down - 4.2, paper_mm, 4.2, "black", alpha=0.55)
        self._fill(left + 0.8, down - 1.2, length_mm, 0.6, "white")
        self._write(left + 0.8, down - 2.8, bar.text, size=_SMALL_PT, color="white")

    def _draw_legend(self, placed: list[tuple[int, float, str, Picture]]) -> None:
        for line, across, words, swatch in placed:
            top = self._layout.legend_mm + line * LINE_MM * 1.25
            box = Box(self._layout.edge_mm + across, top, *_SWATCH_MM)
            self._axes(box).imshow(swatch, interpolation="none", aspect="auto")
            self._write(box.left + box.width + 1, box.middle, words, size=_SMALL_PT)

    def _draw_bar(self, scale: MapScale, box: Box) -> None:
        unit = f" ({scale.unit})" if scale.unit else ""
        words = self._cut_to(f"{scale.label}{unit}", box.width)
        self._write(box.left, box.top - 1.8, words, size=_SMALL_PT)
        drawn = bar_drawn(scale, self._px(box.width), self._px(box.height))
        self._axes(box).imshow(drawn, interpolation="none", aspect="auto")
        below = box.top + box.height + 1.7
        low, middle, high = self._ends(scale)
        self._write(box.left, below, low, size=_SMALL_PT)
        self._write(box.left + box.width / 2, below, middle, size=_SMALL_PT, ha="center")
        self._write(box.left + box.width, below, high, size=_SMALL_PT, ha="right")

    def _ends(self, scale: MapScale) -> tuple[str, str, str]:
        """Say what the ends of a colour bar stand for, and whether there are values beyond."""
        if np.isnan(scale.top):
            return "no value above 0", "", ""
        lowest = -scale.top if scale.is_signed else 0.0
        shown = [
            panel.values
            for panel in self._asked.panels
            if isinstance(panel, MapPanel) and panel.scale == scale
        ]
        low, high = _short(lowest), _short(scale.top)
        if any((values < lowest).any() for values in shown):
            low = f"≤ {low}"
        if any((values > scale.top).any() for values in shown):
            high = f"≥ {high}"
        return low, _short((lowest + scale.top) / 2), high

    def _legend_lines(self) -> list[tuple[int, float, str, Picture]]:
        """Return line, place in it in mm, words and colours of each part of the legend."""
        room_mm = self._asked.width_mm - 2 * Layout.edge_mm
        found, line, across = list[tuple[int, float, str, Picture]](), 0, 0.0
        size_px = [self._px(mm) for mm in _SWATCH_MM]
        for words, swatch in swatches(self._asked.panels, *size_px).items():
            width_mm = _SWATCH_MM[0] + 1 + self._width_mm(words, _SMALL_PT)
            if across and across + width_mm > room_mm:
                line, across = line + 1, 0.0
            found.append((line, across, words, swatch))
            across += width_mm + 4
        return found

    def _wrapped(self, title: str, room_mm: float) -> list[str]:
        """Break a title at blanks into a few lines; what is too long is cut."""
        lines = [""]
        for word in title.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self._width_mm(longer, self._title_pt) > room_mm:
                lines.append(word)
            else:
                lines[-1] = longer
        if len(lines) > _MOST_TITLE_LINES:
            lines[_MOST_TITLE_LINES - 1 :] = [f"{lines[_MOST_TITLE_LINES - 1]}…"]
        return [self._cut_to(line, room_mm, size=self._title_pt) for line in lines]

    def _cut_to(self, text: str, room_mm: float, size: float = _SMALL_PT) -> str:
        width_mm = self._width_mm(text, size)
        if width_mm <= room_mm:
            return text
        text = text[: int(2 * len(text) * room_mm / width_mm)]  # long ones are measured once
        while text and self._width_mm(f"{text}…", size) > room_mm:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def _width_mm(self, text: str, size: float) -> float:
        font = mpl.font_manager.FontProperties(size=size)
        width_px = self._renderer.get_text_width_height_descent(text, font, ismath=False)[0]
        return float(width_px) / DPI * _MM_PER_INCH

    def _write(self, across: float, down: float, text: str, size: float, **style: str) -> None:
        width, height = self._size_mm
        placed = self.figure.text(across / width, 1 - down / height, text, fontsize=size)
        placed.set(va="center_baseline", zorder=5, **style)

    def _fill(
        self, left: float, top: float, wide: float, high: float, colour: str, alpha: float = 1.0
    ) -> None:
        width, height = self._size_mm
        corner = (left / width, 1 - (top + high) / height)
        shape = Rectangle(
            corner, wide / width, high / height, color=colour, alpha=alpha, linewidth=0
        )
        shape.set_transform(self.figure.transFigure)
        shape.set_zorder(4)
        self.figure.add_artist(shape)

    def _axes(self, box: Box) -> Axes:
        """Return axes without lines whose corners are whole pixels of the PNG."""
        width_px, height_px = (self._px(mm) for mm in self._size_mm)
        left, top = self._px(box.left), self._px(box.top)
        wide, high = max(1, self._px(box.width)), max(1, self._px(box.height))
        place = (left / width_px, 1 - (top + high) / height_px, wide / width_px, high / height_px)
        axes = self.figure.add_axes(place)
        axes.set_axis_off()
        return axes

    @staticmethod
    def _px(mm: float) -> int:
        return max(1, round(mm * DPI / _MM_PER_INCH))


def _smooth(svg: bytes) -> bytes:
    """Let readers shrink pictures smoothly: else thin outlines are dotted on a screen."""
    return svg.replace(b' style="image-rendering:crisp-edges;image-rendering:pixelated"', b"")


def _short(value: float) -> str:
    """Write a number with the decimals it needs."""
    text = number(value).replace("-", "\N{MINUS SIGN}")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _letters(place: int) -> str:
    """Return a to z, then aa, ab, ..."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    before = alphabet[place // 26 - 1] if place >= 26 else ""
    return before + alphabet[place % 26]
