"""Columns of the view: facts of cases, and scores of each model, by names that people can type."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from twinseg.core.errors import ConfigError
from twinseg.core.nearest import did_you_mean
from twinseg.findings.conditions import typed_name


class Type(Enum):
    """What the values of a column are."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One value a case.

    Attributes:
        name: ``foreground_share`` for a fact, ``dice.union`` for a score of a model.
        type: Of its values.
        unit: "" without one.
        meaning: In words.
        file: Table that it is read from.
        value: Name of the column there.
        rows: Which rows are meant: values of other columns there.
        key: Column there that has the ids of cases.
        metric: What of its name stands before the dot.
        model: What stands behind it; "" of a fact.
    """

    name: str
    type: Type
    unit: str
    meaning: str
    file: Path
    value: str
    rows: Mapping[str, str]
    metric: str
    model: str = ""
    key: str = "case"


@dataclass(frozen=True)
class Columns:
    """All columns, found by any name that is clear.

    Attributes:
        all: In the order they are offered.
        aliases: Short names of models, such as ``first`` for the first twin.
    """

    all: tuple[Column, ...]
    aliases: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {column.name: column for column in self.all})

    def find(self, metric: str, model: str = "") -> Column:
        """Return the column of that name.

        Raises:
            ConfigError: If there is none; says what may have been meant.
        """
        model = self.aliases.get(model, model)
        name = f"{metric}.{model}" if model else metric
        known: Mapping[str, Column] = self._by_name  # type: ignore[attr-defined]
        if name in known:
            return known[name]
        metrics = {column.metric for column in self.all}
        models = {column.model for column in self.all} | {*self.aliases}
        if metric not in metrics:
            raise ConfigError(f"no column is called {metric!r}{did_you_mean(metric, metrics)}")
        if not model:
            raise ConfigError(
                f"{metric} is of each model: say which, such as {_example(metric, self.all)}"
            )
        if model not in models:
            raise ConfigError(f"no model is called {model!r}{did_you_mean(model, models)}")
        raise ConfigError(f"there is no {metric} of {model}")

    def named(self, names: Iterable[str]) -> list[Column]:
        """Return the columns of names as `Column.name` has them, or with an alias."""
        return [self.find(*name.split(".", 1)) for name in names]


def _example(metric: str, columns: Sequence[Column]) -> str:
    names = [one.name for one in columns if one.metric == metric][:2]
    return " or ".join(typed_name(name) or name for name in names)
