"""Which cases each twin misses, and what they share, in the words of a page."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from twinseg.comparison.number_text import probability
from twinseg.findings.missed_traits import MISSED_FROM
from twinseg.records.tables import TABLES
from twinseg.report.models import Model
from twinseg.report.study_contents import Contents

_SURE = 0.05  # what has a larger p value, corrected for the search, is not listed
_MOST_TRAITS, _MOST_NAMES = 4, 5
_LABELS = {column.name: column for column in TABLES["labels"].columns}


@dataclass(frozen=True)
class Trait:
    """What holds of more of the missed cases than of the others."""

    text: str
    meaning: str
    missed: int
    others: int
    p_value: str  # "= 0.004" or "< 0.001"


@dataclass(frozen=True)
class Missed:
    """What is said of one twin.

    Attributes:
        twin: Which.
        missed: Number of cases of which it misses half of the target or more.
        others: Number of other cases with a target.
        worst: Ids of some that it misses, from the highest type II rate.
        traits: That tell them from the others beyond chance; the surest first.
        searched: Conditions that were looked at; 0 if too few cases are missed or not.
    """

    twin: Model
    missed: int
    others: int
    worst: tuple[str, ...]
    traits: tuple[Trait, ...]
    searched: int

    @property
    def unnamed(self) -> int:
        """How many missed cases ``worst`` does not name."""
        return self.missed - len(self.worst)


def draw_missed(study: Contents) -> tuple[Missed, ...]:
    """Read what missed cases share; nothing in a study of an earlier version."""
    if not study.files.table("missed_traits").exists():
        return ()
    table = study.table("missed_traits")
    return tuple(_of_twin(study, twin, table[table["model"] == twin.id]) for twin in study.twins)


def _of_twin(study: Contents, twin: Model, rows: pd.DataFrame) -> Missed:
    own = study.scores[study.scores["model"] == twin.id]
    missed = own[own["type2_rate"] >= MISSED_FROM]
    worst = missed.sort_values("type2_rate", ascending=False, kind="stable")["case"]
    sure = rows[rows["p_adjusted"] < _SURE].head(_MOST_TRAITS)
    traits = tuple(_trait(row) for row in sure.to_dict("records"))
    first = rows.iloc[0]
    return Missed(
        twin=twin,
        missed=int(first["missed"]),
        others=int(first["others"]),
        worst=tuple(worst[:_MOST_NAMES]),
        traits=traits,
        searched=int(first["searched"]),
    )


def _trait(row: dict[Hashable, Any]) -> Trait:
    column = _LABELS[row["column"]]
    unit = f", {column.unit}" if column.unit else ""
    return Trait(
        text=row["trait"].replace("_", " "),
        meaning=f"{column.name.replace('_', ' ')}: {column.meaning}{unit}",
        missed=row["missed_with_it"],
        others=row["others_with_it"],
        p_value=probability(row["p_adjusted"]),
    )
