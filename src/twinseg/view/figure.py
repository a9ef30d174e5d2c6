"""A figure for a paper, of chosen cases and panels, as the page asks for it."""

from collections.abc import Callable, Sequence

from twinseg.comparison.number_text import number
from twinseg.core.arrays import Mask
from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.report.case_drawing import draw_case_figure
from twinseg.report.case_figure import CaseFigure, FigureRow
from twinseg.report.case_panels import (
    PROBABILITY,
    ErrorPanel,
    ImagePanel,
    MapPanel,
    MapScale,
    NoPanel,
    OutlinePanel,
    Panel,
)
from twinseg.view.desk import Opened
from twinseg.view.shown import ShownModel

_MOST_CASES, _MOST_PANELS = 24, 12
_ERRORS = "errors"
FORMATS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def draw_figure(
    opened: Opened, cases: Sequence[str], panels: Sequence[str], width_mm: float, file_format: str
) -> bytes:
    """Draw chosen cases.

    Args:
        opened: What is shown.
        cases: Ids, a row each.
        panels: ``image``, ``reference``, or ``errors``, ``probability`` or a kind of heat map with
            the id of a model behind a colon, a column each.
        width_mm: Of the figure.
        file_format: A key of `FORMATS`.

    Raises:
        ConfigError: If a name is unknown, or there are none or too many.
    """
    if file_format not in FORMATS:
        raise ConfigError(f"unknown format {file_format[:20]!r}; choose {', '.join(FORMATS)}")
    if len(cases) > _MOST_CASES or len(panels) > _MOST_PANELS:
        raise ConfigError(
            f"a figure has at most {_MOST_CASES} cases and {_MOST_PANELS} panels; choose fewer"
        )
    columns = [_column(opened, panel) for panel in panels]
    parts = (panel.partition(":") for panel in panels)
    judged = [opened.model(name) for what, _, name in parts if what == _ERRORS]
    rows = []
    for case in cases:
        place = opened.place(case)
        spacing = opened.shown.spacing_mm[place]
        rows.append(
            FigureRow(
                case + _scores(opened, case, judged),
                opened.shown.pixels.picture(place),
                [_tried(draw, place) for _, draw in columns],
                None if (spacing != spacing).any() else (float(spacing[0]), float(spacing[1])),
            )
        )
    figure = CaseFigure(rows, [title for title, _ in columns], width_mm)
    return draw_case_figure(figure, file_format)


def _scores(opened: Opened, case: str, models: Sequence[ShownModel]) -> str:
    """Say the Dice of models in a case, where there is any."""
    values = opened.table.values(case) if models else {}
    dice = {model.label: values.get(f"dice.{model.id}") for model in models}
    said = [f"{label} {number(float(value))}" for label, value in dice.items() if value is not None]
    return f", Dice: {', '.join(said)}" if said else ""


def _column(opened: Opened, panel: str) -> tuple[str, Callable[[int], Panel]]:
    """Return the title of a column, and what draws its panel of a case."""
    pixels = opened.shown.pixels
    if panel == "image":
        return "Picture", lambda _place: ImagePanel()
    if panel == "reference":
        return "Reference", lambda place: OutlinePanel(_reference(opened, place))
    what, _, name = panel.partition(":")
    model = opened.model(name)
    if what == _ERRORS:
        return f"Errors, {model.label}", lambda place: ErrorPanel(
            pixels.mask(place, model), _reference(opened, place)
        )
    if what == "probability" and model.has_probabilities:
        return f"Probability, {model.label}", lambda place: MapPanel(
            pixels.probability(place, model), PROBABILITY
        )
    if what in model.maps and what in opened.shown.scales:
        scale = opened.shown.scales[what]
        label = f"heat, {what} pixels"
        drawn = MapScale(label, scale.limit, scale.unit, is_signed=scale.low < 0)
        return f"Heat, {what}, {model.label}", lambda place: MapPanel(
            pixels.heat(place, model, what), drawn
        )
    raise ConfigError(f"unknown panel {panel[:60]!r}; see the list on the page")


def _reference(opened: Opened, place: int) -> Mask:
    reference = opened.shown.pixels.reference(place)
    if reference is None:
        raise DataError("no reference")
    return reference


def _tried(draw: Callable[[int], Panel], place: int) -> Panel:
    """Draw a panel; what is absent or damaged leaves an empty one, and the figure is drawn."""
    try:
        return draw(place)
    except (DataError, StoreError):
        return NoPanel("not there")
