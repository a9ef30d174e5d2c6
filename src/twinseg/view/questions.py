"""What a reader of a study asks first, as filters and orders that are one click away."""

from collections.abc import Iterator, Sequence

from twinseg.core.errors import ConfigError
from twinseg.view.columns import Columns
from twinseg.view.expressions import to_sql
from twinseg.view.shown import Question, ShownContrast

_ASKED = (  # of the twins: {0} and {1} stand for a score of each
    ("worst", "Worst of both twins", "", "max({0}, {1})", False, "dice"),
    ("best", "Best of both twins", "", "min({0}, {1})", True, "dice"),
    ("apart", "Twins most apart in Dice", "", "abs({0} - {1})", True, "dice"),
    ("first-better", "{first} ahead", "{0} > {1}", "{0} - {1}", True, "dice"),
    ("second-better", "{second} ahead", "{1} > {0}", "{1} - {0}", True, "dice"),
    ("missed", "Most missed (type II)", "", "max({0}, {1})", True, "type2_rate"),
    ("missed-first", "Most missed: {first}", "", "{0}", True, "type2_rate"),
    ("missed-second", "Most missed: {second}", "", "{1}", True, "type2_rate"),
    ("mistaken", "Most marked by mistake (type I)", "", "max({0}, {1})", True, "type1_rate"),
    ("mistaken-first", "Marked by mistake: {first}", "", "{0}", True, "type1_rate"),
    ("mistaken-second", "Marked by mistake: {second}", "", "{1}", True, "type1_rate"),
)  # fmt: skip
_DISAGREEING = "disagreeing"
_OTHERS = (
    (_DISAGREEING, "Masks most disagreeing", "", "disagreement", True),
    ("rare", "Rarest labels", "", "rarity", True),
    ("small", "Smallest objects", "foreground_share > 0", "foreground_share", False),
    ("union", "Union beats both twins", "dice.union > max(dice.first, dice.second)",
     "dice.union - max(dice.first, dice.second)", True),
    ("intersection", "Intersection beats both twins",
     "dice.intersection > max(dice.first, dice.second)",
     "dice.intersection - max(dice.first, dice.second)", True),
    ("chosen", "The chosen twin was the wrong one",
     "dice.chosen < max(dice.first, dice.second)", "max(dice.first, dice.second) - dice.chosen",
     True),
    ("elsewhere", "Heat map elsewhere than the error",
     "fp.first > 0 and in_false_positives_target.first < 0.05", "type1_rate.first", True),
    ("flagged", "Flagged by me", "flagged", "", False),
)  # fmt: skip

_TARGET, _MEDIAN = "foreground_share > 0", "median(foreground_share, foreground_share > 0)"
_PARTS = (
    ("smaller", "Smaller half of the targets", f"{_TARGET} and foreground_share < {_MEDIAN}"),
    ("larger", "Larger half of the targets", f"foreground_share >= {_MEDIAN}"),
)


def questions_of(columns: Columns, contrasts: Sequence[ShownContrast]) -> Iterator[Question]:
    """Yield what can be asked of these columns; of the first contrast, where there are several."""
    if contrasts:
        twins = (contrasts[0].first, contrasts[0].second)
        for name, label, where, sort, descending, metric in _ASKED:
            scores = [f'{metric}["{twin}"]' for twin in twins]
            if _is_there(columns, [f"{metric}.{twin}" for twin in twins]):
                first, second = contrasts[0].names
                label = label.format(first=first, second=second)
                yield Question(name, label, where.format(*scores), sort.format(*scores), descending)
    for name, label, where, sort, descending in _OTHERS:
        if contrasts and name == _DISAGREEING and not _is_there(columns, [sort]):
            sort = f'{sort}["{contrasts[0].id}"]'  # a grid knows it of each contrast
        if _can_be_asked(columns, where) and _can_be_asked(columns, sort):
            yield Question(name, label, where, sort, descending)
    for name, label, where in _PARTS:
        if _can_be_asked(columns, where):
            yield Question(name, label, where, is_part=True)


def _is_there(columns: Columns, names: Sequence[str]) -> bool:
    try:
        columns.named(names)
    except ConfigError:
        return False
    return True


def _can_be_asked(columns: Columns, expression: str) -> bool:
    try:
        return not expression or bool(to_sql(expression, columns, lambda one: one.name).text)
    except ConfigError:
        return False
