"""Statistics of cases that a reader has chosen: compared on the spot, with a warning."""

from dataclasses import asdict
from threading import Lock
from typing import Any

import pandas as pd

from twinseg.comparison import sentence
from twinseg.comparison.engine import compare
from twinseg.core.errors import ConfigError
from twinseg.core.seeds import stream
from twinseg.findings.shared_traits import shared_traits
from twinseg.findings.subgroups import worst_subgroups
from twinseg.metrics import higher_is_better
from twinseg.view.case_table import FIXED, CaseTable
from twinseg.view.shown import ShownModel

_WARNING = (
    "A set that was chosen by looking at the results proves nothing: some set always looks like "
    "that. Take it as a guess, and test it on cases that you have not looked at."
)
_DRAWS = 999
# Resamples of ten readers at once would take ten times the memory, and no less time.
_ONE_AT_A_TIME = Lock()


def compared(
    table: CaseTable,
    where: str,
    cases: list[str] | None,
    twins: tuple[ShownModel, ShownModel],
    metric: str,
) -> dict[str, Any]:
    """Compare two models on chosen cases; second minus first.

    Args:
        table: Of all cases.
        where: Filter that chose them.
        cases: Ids, to choose among these; None takes all that were found.
        twins: The models.
        metric: A score.

    Raises:
        ConfigError: If a name is unknown, or no case is left.
    """
    names = [f"{metric}.{model.id}" for model in twins]
    columns = [column.name for column in table.columns.named(names)]
    found = _found(table, where, cases, columns)
    if found.empty:
        raise ConfigError("no case is chosen; choose some to compare the models on")
    with _ONE_AT_A_TIME:
        comparison = compare(
            *(found[name].to_numpy(dtype=float) for name in columns),
            groups=found["group"].to_numpy(dtype=object),
            metric=metric,
            names=(twins[0].label, twins[1].label),
            rng=stream(0, "view", metric),
            draws=_DRAWS,
        )
    return {
        "sentence": sentence(comparison),
        "cases": comparison.cases,
        "groups": comparison.groups,
        "undefined": comparison.undefined,
        "mean": comparison.mean_difference,
        "low": comparison.low,
        "high": comparison.high,
        "level": comparison.level,
        "p_value": comparison.p_value,
        "warning": _WARNING,
    }


def shared(
    table: CaseTable, where: str, cases: list[str] | None, among: str = ""
) -> dict[str, Any]:
    """Search what chosen cases share and others do not; see `shared_traits`.

    Args:
        table: Of all cases.
        where: Filter that chose them.
        cases: Ids, to choose among these; None takes all that were found.
        among: Filter that the others have passed; "" for all others there are.

    Raises:
        ConfigError: If a name is unknown, or too few cases are chosen or left.
    """
    chosen = _found(table, where, cases, [])["case"]
    facts = _facts(table)
    every = table.frame("", facts)
    is_chosen = every["case"].isin(chosen)
    if among:
        every = every[is_chosen | every["case"].isin(table.frame(among, [])["case"])]
    with _ONE_AT_A_TIME:
        traits = shared_traits(
            every[facts],
            every["case"].isin(chosen).to_numpy(dtype=bool),
            every["group"].to_numpy(dtype=object),
            rng=stream(0, "view", "shared"),
        )
    return asdict(traits) | {"warning": _WARNING}


def _found(
    table: CaseTable, where: str, cases: list[str] | None, columns: list[str]
) -> pd.DataFrame:
    found = table.frame(where, columns)
    return found if cases is None else found[found["case"].isin(cases)]


def _facts(table: CaseTable) -> list[str]:
    """Name the columns that are of a case and of no model."""
    return [one.name for one in table.columns.all if not one.model and one.name not in FIXED]


def worst(table: CaseTable, metric: str, model: str, smallest: int) -> dict[str, Any]:
    """Search the subgroups in which a model is worst; see `worst_subgroups`.

    Args:
        table: Of all cases.
        metric: A score.
        model: Id of the model.
        smallest: Number of cases of a subgroup.

    Raises:
        ConfigError: If a name is unknown, or the metric has no better direction.
    """
    (score,) = table.columns.named([f"{metric}.{model}"])
    better = higher_is_better(metric)
    if better is None:
        raise ConfigError(f"whether more {metric} is better is not known; choose another score")
    facts = _facts(table)
    found = table.frame("", [score.name, *facts])
    with _ONE_AT_A_TIME:
        subgroups = worst_subgroups(
            found[facts],
            found[score.name].to_numpy(dtype=float),
            found["group"].to_numpy(dtype=object),
            higher_is_better=better,
            rng=stream(0, "view", "subgroups"),
            smallest=smallest,
        )
    rows = [
        {
            "label": one.label,
            "where": one.where,
            "cases": one.cases,
            "groups": one.groups,
            "mean": one.mean.value,
            "low": one.interval.low,
            "high": one.interval.high,
            "rest": one.rest,
            "difference": one.difference,
            "p_adjusted": one.p_adjusted,
        }
        for one in subgroups.rows
    ]
    return {"rows": rows, "searched": subgroups.searched, "warning": subgroups.sentence}
