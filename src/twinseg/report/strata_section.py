"""The twins among parts of the cases: where each part is cut, what both reach, and by how much."""

from dataclasses import dataclass

from twinseg.comparison import Interval
from twinseg.comparison.number_text import number, percent
from twinseg.report.models import Model
from twinseg.report.study_contents import Contents


@dataclass(frozen=True)
class Part:
    """A half of the test cases."""

    name: str
    reach: str  # from where to where, with its unit
    cases: int
    groups: int
    dice: dict[Model, float]
    difference: float
    interval: Interval


@dataclass(frozen=True)
class Strata:
    """The fold; parts are empty for a study of an earlier version, whose table has no ends."""

    parts: tuple[Part, ...]
    sentences: tuple[str, ...]


def draw_strata(study: Contents) -> Strata:
    """Read the strata of the twins, small before large."""
    table = study.table("strata")
    sentences = tuple(str(text) for text in table["sentence"].unique())
    if "smallest" not in table:
        return Strata((), sentences)
    models = {model.id: model for model in study.twins}
    order = table.sort_values(["column", "smallest"], kind="stable")
    parts = tuple(
        Part(
            name=row["stratum"],
            reach=_reach(row["column"], row["smallest"], row["largest"]),
            cases=row["cases"],
            groups=row["groups"],
            dice={models[row[which]]: row[f"{which}_dice"] for which in ("second", "first")},
            difference=row["mean_difference"],
            interval=Interval(row["low"], row["high"], row["level"]),
        )
        for row in order.to_dict("records")
    )
    return Strata(parts, sentences)


def _reach(column: str, smallest: float, largest: float) -> str:
    if column == "foreground_share":
        return f"{percent(smallest)} to {percent(largest)} of the picture"
    return f"rank {number(smallest)} to {number(largest)} (1 is rarest)"
