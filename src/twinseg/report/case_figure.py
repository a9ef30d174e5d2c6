"""What a figure of chosen cases shows: rows are cases, columns are panels."""

from collections.abc import Sequence
from dataclasses import dataclass

from twinseg.core.arrays import Picture
from twinseg.core.errors import ConfigError, DataError
from twinseg.report.case_layout import lay_out
from twinseg.report.case_panels import ErrorPanel, MapPanel, MapScale, Panel

_NARROWEST_MM, _WIDEST_MM = 40.0, 400.0


@dataclass(frozen=True)
class FigureRow:
    """One case.

    Attributes:
        name: Stands above the row, behind its letter; may be "".
        picture: Of the source, of any size.
        panels: One for each title.
        spacing_mm: Of the rows and columns of ``picture``; None where nobody says.
    """

    name: str
    picture: Picture
    panels: Sequence[Panel]
    spacing_mm: tuple[float, float] | None = None

    @property
    def proportion(self) -> float:
        """Height by width: of the body where spacing is known, else of the grid of pixels."""
        height_px, width_px = self.picture.shape[:2]
        high_mm, wide_mm = self.spacing_mm or (1.0, 1.0)
        return float(height_px * high_mm / (width_px * wide_mm))


@dataclass(frozen=True)
class CaseFigure:
    """What a figure shows, checked when made.

    Attributes:
        rows: Cases, from above.
        titles: Of the columns of panels.
        width_mm: From 40 to 400; journals print one column at about 85, two at about 180.

    Raises:
        ConfigError: If there is no row, no panel or no such width, or it would be too large.
        DataError: If a row has not one panel for each title, or masks differ in shape.
    """

    rows: Sequence[FigureRow]
    titles: Sequence[str]
    width_mm: float = 180.0

    def __post_init__(self) -> None:
        if not _NARROWEST_MM <= self.width_mm <= _WIDEST_MM:
            raise ConfigError(
                f"a figure is {_NARROWEST_MM:.0f} to {_WIDEST_MM:.0f} mm wide, got "
                f"{self.width_mm:g}; journals ask for 85, 114 or 180"
            )
        if not self.rows or not self.titles:
            raise ConfigError("a figure needs at least one case and one panel; choose some")
        for row in self.rows:
            if len(row.panels) != len(self.titles):
                raise DataError(
                    f"{row.name} has {len(row.panels)} panels for {len(self.titles)} titles"
                )
            for panel in row.panels:
                if isinstance(panel, ErrorPanel) and panel.predicted.shape != panel.reference.shape:
                    raise DataError(
                        f"{row.name}: a mask of {panel.predicted.shape} cannot be compared with "
                        f"a reference of {panel.reference.shape}"
                    )
        lay_out(self.proportions, len(self.titles), self.width_mm)

    @property
    def proportions(self) -> list[float]:
        """Of the rows."""
        return [row.proportion for row in self.rows]

    @property
    def panels(self) -> list[Panel]:
        """All of them, row by row."""
        return [panel for row in self.rows for panel in row.panels]

    @property
    def scales(self) -> list[MapScale]:
        """Of the maps, each once."""
        found = (panel.scale for panel in self.panels if isinstance(panel, MapPanel))
        return list(dict.fromkeys(found))
