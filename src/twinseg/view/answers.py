"""What the page asks of the server, as values for JSON; see docs/view.md for the whole list."""

from collections.abc import Mapping
from typing import Any

from twinseg.core.errors import ConfigError, DataError
from twinseg.view import plots
from twinseg.view.case_table import FIXED, Query
from twinseg.view.desk import Desk, Opened, checked_number
from twinseg.view.shown import OnSlide
from twinseg.view.slides import PIECE_PX, OpenSlides

_MOST_PLACES = 10_000_000


def about(opened: Opened) -> dict[str, Any]:
    """Tell what is shown: models, columns, questions, scales."""
    shown = opened.shown
    return {
        "title": shown.title,
        "kind": shown.kind,
        "is_running": shown.is_running,
        "version": opened.version,
        "cases": len(shown.cases),
        "has_reference": shown.has_reference,
        "models": [
            {
                "id": one.id,
                "label": one.label,
                "kind": one.kind,
                "contrast": one.contrast,
                "colour": one.colour,
                "has_masks": True,
                "has_probabilities": one.has_probabilities,
                "maps": [*one.maps],
                **(one.point or {}),
            }
            for one in shown.models
        ],
        "twins": [shown.contrasts[0].first, shown.contrasts[0].second] if shown.contrasts else [],
        "contrasts": [vars(one) for one in shown.contrasts],
        "columns": [
            {
                "name": one.name,
                "metric": one.metric,
                "model": one.model,
                "type": one.type.value,
                "unit": one.unit,
                "meaning": one.meaning,
            }
            for one in shown.columns.all
        ],
        "questions": [vars(one) for one in shown.questions],
        "scales": {kind: vars(scale) for kind, scale in shown.scales.items()},
    }


def cases(opened: Opened, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return some rows of a query."""
    offset = checked_number(asked.get("offset", "0"), "offset", 0, _MOST_PLACES)
    limit = checked_number(asked.get("limit", "100"), "limit", 0, 500)
    names = [name for name in asked.get("columns", "").split(",") if name]
    page = opened.table.page(query_of(asked), offset, limit, names)
    rows = []
    for rank, row in enumerate(page.rows, start=offset):
        fixed = dict(zip(FIXED, row, strict=False))
        fixed["flag"], values = row[len(FIXED)], row[len(FIXED) + 1 :]
        rows.append(fixed | {"rank": rank, "values": values})
    return {"total": page.total, "offset": offset, "rows": rows}


def rank(opened: Opened, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the place of a case among those of a query."""
    return {"rank": opened.table.rank(asked.get("case", ""), query_of(asked))}


def case(
    desk: Desk, slides: OpenSlides, opened: Opened, asked: Mapping[str, str]
) -> dict[str, Any]:
    """Return all that is known of one case."""
    place = opened.place(asked.get("case", ""))
    row, shown = opened.shown.cases.iloc[place], opened.shown
    spacing = shown.spacing_mm[place]
    note = desk.notes.all.get(row["case"])
    return {
        **{name: row[name] for name in FIXED},
        "slices": opened.slices.get(row["stack"], []),
        "spacing_mm": None if (spacing != spacing).any() else [*spacing],
        "slide": _on_slide(slides, shown.pixels.slide(place)),
        "values": opened.table.values(row["case"]),
        "flag": note.flag if note else "",
        "note": note.note if note else "",
    }


def _on_slide(slides: OpenSlides, found: OnSlide | None) -> dict[str, Any] | None:
    """Tell where on its slide a case lies; nothing where that cannot be read any more."""
    if found is None:
        return None
    try:
        width, height = slides.size(found.file)
    except DataError:
        return None
    part = found.part_px or (0, 0, width, height)
    return {
        "width_px": width,
        "height_px": height,
        "piece_px": PIECE_PX,
        "has_mask": found.part_px is None,
        "part_px": [*part],
    }


def histogram(opened: Opened, asked: Mapping[str, str]) -> dict[str, Any]:
    """Count the values of a column."""
    return plots.histogram(opened.table, asked.get("column", ""), asked.get("where", ""))


def points(opened: Opened, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return two columns of each case, or counts of them."""
    x, y, where = (asked.get(name, "") for name in ("x", "y", "where"))
    return plots.points(opened.table, x, y, where)


def query_of(asked: Mapping[str, str]) -> Query:
    """Read which cases are meant.

    Raises:
        ConfigError: If the direction is neither 0 nor 1.
    """
    descending = asked.get("descending", "0")
    if descending not in ("0", "1"):
        raise ConfigError(f"descending is {descending[:20]!r}; expected 0 or 1")
    return Query(asked.get("where", ""), asked.get("sort", ""), descending == "1")
