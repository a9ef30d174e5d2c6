"""The section on stress: what is left of the Dice when pictures become worse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from twinseg.data.corruptions import REGISTRY
from twinseg.findings.stress import rule_to_show, stress_sentence
from twinseg.records.stress import CLEAN, STRENGTHS
from twinseg.report.figures import _drawing
from twinseg.report.models import Model
from twinseg.report.study_contents import Contents

_COLUMNS = 2
_PLACES = (0, *STRENGTHS)


@dataclass(frozen=True)
class Stress:
    """The section.

    Attributes:
        sentence: The finding.
        panels: Dice over strength, a panel for each corruption.
        meanings: What each corruption does.
        rule: The rule that is shown beside the twins.
        models: Those shown.
        rows: Every number of these models, level by level.
        cases: Test cases that were shown.
    """

    sentence: str
    panels: Markup
    meanings: dict[str, str]
    rule: Model
    models: tuple[Model, ...]
    rows: list[tuple[str, int, list[dict[str, Any]]]]
    cases: int


def draw_stress(study: Contents) -> Stress | None:
    """Read and draw ``stress``; None where no test cases were to be shown worse than they are.

    Raises:
        StoreError: If the table is absent or damaged.
    """
    if not study.settings.evaluation.stress_cases:
        return None
    table = study.table("stress")
    names = [name for name in dict.fromkeys(table["corruption"]) if name != CLEAN]
    known = set(table["model"])
    rules = [rule for rule in study.rules if rule.id in known]
    best = rule_to_show(study.table("validation_scores"), [rule.id for rule in rules])
    rule = next(one for one in rules if one.id == best)
    models = (*study.twins, rule)
    return Stress(
        sentence=stress_sentence(table, [twin.id for twin in study.twins], best),
        panels=_panels(table, names, models),
        meanings={name: REGISTRY[name].meaning for name in names},
        rule=rule,
        models=models,
        rows=_rows(study.rows("stress"), names, models),
        cases=int(table.loc[table["corruption"] == CLEAN, "cases"].max()),
    )


def _over_strength(table: pd.DataFrame, name: str, model: Model) -> pd.DataFrame:
    """Return the rows of a model and a corruption by strength; 0 is the picture as it is."""
    own = table[(table["model"] == model.id) & table["corruption"].isin([name, CLEAN])]
    return own.set_index("strength").loc[[*_PLACES]]


def _rows(
    rows: Sequence[dict[str, Any]], names: Sequence[str], models: Sequence[Model]
) -> list[tuple[str, int, list[dict[str, Any]]]]:
    by_level = {(row["corruption"], row["strength"], row["model"]): row for row in rows}
    levels = [(CLEAN, 0), *((name, strength) for name in names for strength in STRENGTHS)]
    return [
        (name, strength, [by_level[name, strength, model.id] for model in models])
        for name, strength in levels
    ]


def _panels(table: pd.DataFrame, names: Sequence[str], models: Sequence[Model]) -> Markup:
    """Draw mean Dice over strength, its interval as a band."""
    rows = -(-len(names) // _COLUMNS)
    with _drawing(height_in=0.5 + 1.55 * rows) as canvas:
        panels = canvas.figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
        for axes, name in zip(panels.ravel(), names, strict=False):
            for model in models:
                own = _over_strength(table, name, model)
                low, high = own["low"].to_numpy(float), own["high"].to_numpy(float)
                if np.isfinite([low, high]).all():
                    axes.fill_between(
                        _PLACES, low, high, color=model.colour, alpha=0.15, linewidth=0
                    )
                axes.plot(
                    _PLACES, own["dice"], "o-", color=model.colour, markersize=3, label=model.label
                )
            axes.set_title(name, fontsize=10.5, loc="left", pad=3)
        for axes in panels.ravel()[len(names) :]:
            axes.set_axis_off()
        axes = panels[0, 0]
        axes.set_ylim(0, 1)
        axes.set_xticks(_PLACES)
        for left in panels[:, 0]:
            left.set_ylabel("mean Dice")
        for place, bottom in enumerate(panels.ravel()[: len(names)]):
            if place + _COLUMNS >= len(names):
                bottom.set_xlabel("strength")
                bottom.tick_params(labelbottom=True)
        handles, labels = axes.get_legend_handles_labels()
        canvas.figure.legend(
            handles, labels, loc="outside upper left", ncols=len(models), borderpad=0, fontsize=9.5
        )
    return canvas.svg
