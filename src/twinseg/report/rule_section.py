"""From the tables of the rules to the section on them: ceiling, doubt, risk control."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from twinseg.comparison import Comparison
from twinseg.comparison.bca import Interval, unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.number_text import number, percent
from twinseg.core.arrays import Values
from twinseg.core.words import amount
from twinseg.ensemble.rules_file import read_learnt
from twinseg.report.environment import span
from twinseg.report.figures import thinned
from twinseg.report.models import Model
from twinseg.report.rule_figures import (
    Achieved,
    Ordering,
    remaining_errors,
    wished_and_achieved,
)
from twinseg.report.study_contents import Contents

LEAST_GAP = 0.005  # in Dice: below, a share of the gap is noise divided by next to nothing
_SENT = 0.1  # the share that the sentence speaks of
_RISKS = {
    "type2_rate": "type II rate",
    "type1_rate": "type I rate",
    "dice_loss_unseen": "1 - Dice that passes unseen",
    "share_sent": "share of the cases sent to a human",
}


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A rule between the better twin and the ceiling."""

    model: Model
    comparison: Comparison
    share: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class RuleFigures:
    """The section on rules; a part is None where no case allows it.

    Attributes:
        chosen: What `chosen` did and why.
        better: The better twin of validation.
        candidates: What `chosen` and the ceiling choose among: ids in backticks.
        ceiling: Mean Dice of the best candidate of each image, chosen with the reference.
        gap: From the better twin to the ceiling.
        gains: Rule by rule.
        doubt: Figure of error against the share of cases sent to a human.
        remaining: Doubt -> share sent -> mean error of what remains.
        doubt_sentences: The same in words.
        control: Figure of wished and achieved error rates.
        controls: Rows of ``risk_control.parquet``, with names for readers.
        control_sentences: The same in words.
    """

    chosen: str
    better: Model
    candidates: list[str]
    ceiling: float
    gap: float
    gains: list[Gain]
    doubt: Markup | None
    remaining: dict[str, dict[str, float]]
    doubt_sentences: list[str]
    control: Markup | None
    controls: list[dict[str, Any]]
    control_sentences: list[str]
    least_gap: float = LEAST_GAP

    @property
    def gap_matters(self) -> bool:
        """Whether the gap is large enough for a share of it to mean anything."""
        return self.gap >= self.least_gap


def draw_rules(study: Contents) -> RuleFigures:
    """Read what was measured about the rules and draw it.

    Raises:
        StoreError: If a table is absent or damaged.
    """
    learnt = read_learnt(study.files.rules)
    better = next(twin for twin in study.twins if twin.id == learnt["better_twin"])
    ceiling = {str(row["model"]): row for row in study.rows("ceiling")}
    orders = {row["doubt"]: row for row in study.rows("risk_coverage") if row["model"] == better.id}
    controls = study.rows("risk_control")
    return RuleFigures(
        chosen=learnt["chosen"]["says"],
        better=better,
        candidates=[f"`{one}`" for one in learnt["chosen"]["candidates"]],
        ceiling=ceiling[better.id]["ceiling"],
        gap=ceiling[better.id]["gap"],
        gains=_gains(study, better, ceiling),
        doubt=_draw_doubt(orders, study, better) if orders else None,
        remaining={name: _remaining(row) for name, row in orders.items()},
        doubt_sentences=[_say_doubt(name, one, better) for name, one in orders.items()],
        control=_draw_control(controls),
        controls=[
            row
            | {
                "risk": _RISKS[row["risk"]],
                "price": _RISKS[row["price"]],
                "interval": _trusted(row, row["test_groups"]),
            }
            for row in controls
        ],
        control_sentences=[_say_control(row) for row in controls if row["alpha"] == _SENT],
    )


def _remaining(row: dict[str, Any]) -> dict[str, float]:
    """Error that remains, by the share of the cases that is sent away."""
    start = "remaining_"
    return {
        percent(float(column.removeprefix(start))): value
        for column, value in row.items()
        if column.startswith(start)
    }


def _trusted(row: dict[str, Any], groups: int) -> Interval:
    """The interval in a row; none of so few groups."""
    few = groups < FEWEST_GROUPS
    return unknown(row["level"]) if few else Interval(row["low"], row["high"], row["level"])


def _gains(study: Contents, better: Model, ceiling: dict[str, dict[str, Any]]) -> list[Gain]:
    compared = {
        one.second: one
        for one in study.comparisons
        if one.first == better.id and one.metric == "dice"
    }
    return [
        Gain(
            model=rule,
            comparison=compared[rule.id],
            share=ceiling[rule.id]["share_of_gap"],
            interval=_trusted(ceiling[rule.id], compared[rule.id].groups),
        )
        for rule in study.rules
        if rule.id in compared
    ]


def _draw_doubt(orders: dict[str, dict[str, Any]], study: Contents, better: Model) -> Markup:
    curves, lines = study.table("risk_curves"), []
    curves = curves[curves["model"] == better.id]
    for (name, row), dashes in zip(orders.items(), ("-", "--"), strict=True):
        own = curves[curves["doubt"] == name]
        own = own.iloc[thinned(len(own))] if len(own) else own
        sent = 1 - own["coverage"].to_numpy(float)
        risk = own["mean_error"].to_numpy(float)
        lines.append(Ordering("by " + name, better.colour, dashes, sent, risk))
        flat: Values = np.full(len(sent), row["area_random"])
    lines.append(Ordering("at random", "#5b6876", ":", sent, flat))
    return remaining_errors(lines, label="mean 1 - Dice that remains")


def _say_doubt(name: str, row: dict[str, Any], better: Model) -> str:
    what = {
        "disagreement": "on which the twins' masks disagree most",
        "uncertainty": "whose mean probability is most uncertain",
    }[name]
    gain = Interval(row["gain_low"], row["gain_high"], row["level"])
    use = "" if gain.low > 0 or not gain.is_known else ": no clear use"
    return (
        f"Sending the {percent(_SENT)} of the cases {what} to a human leaves the `{better.id}` a "
        f"mean 1 - Dice of {number(row[f'remaining_{_SENT:g}'])} instead of "
        f"{number(row['area_random'])}; area under the curve {number(row['area'])} (at random "
        f"{number(row['area_random'])}, at best {number(row['area_oracle'])}; gain over random: "
        f"{span(gain)}){use}."
    )


def _draw_control(controls: list[dict[str, Any]]) -> Markup | None:
    reached = [row for row in controls if row["is_reachable"] and np.isfinite(row["test_risk"])]
    if not reached:
        return None
    kinds = []
    for risk in dict.fromkeys(row["risk"] for row in reached):
        rows = [row for row in reached if row["risk"] == risk]
        spans = [_trusted(row, row["test_groups"]) for row in rows]
        columns = (
            [row["alpha"] for row in rows],
            [row["test_risk"] for row in rows],
            [span.low for span in spans],
            [span.high for span in spans],
        )
        kinds.append(Achieved(_RISKS[risk], *(np.array(one, dtype=float) for one in columns)))
    return wished_and_achieved(kinds)


def _say_control(row: dict[str, Any]) -> str:
    risk, price = _RISKS[row["risk"]], _RISKS[row["price"]]
    groups = amount(row["validation_groups"], "validation group")
    tested = amount(row["test_groups"], "test group")
    if not row["is_reachable"]:
        return (
            f"A {risk} of at most {percent(row['alpha'])} cannot be promised: with "
            f"{groups} nothing below {percent(row['smallest_alpha'])} can."
        )
    where = "limit of disagreement" if row["price"] == "share_sent" else "threshold"
    held = _trusted(row, row["test_groups"])
    return (
        f"For a {risk} of at most {percent(row['alpha'])}, {groups} "
        f"{'gives' if row['validation_groups'] == 1 else 'give'} the {where} "
        f"{number(max(row['limit'], 0.0))}; on {tested} the rate was "
        f"{number(row['test_risk'])} ({span(held)}), {_came_true(row, held)}; the "
        f"price, {price}, was {number(row['test_price'])}."
    )


def _came_true(row: dict[str, Any], held: Interval) -> str:
    """Say whether a wish came true on the test groups."""
    if not np.isfinite(row["test_risk"]):
        return "which tells nothing"
    if row["test_risk"] <= row["alpha"]:
        return "as wished"
    if not held.is_known:
        return "more than wished, on too few groups to tell from chance"
    if held.low > row["alpha"]:
        return "more than wished beyond chance: are these cases like those of validation?"
    return "more than wished, but no more than chance may do"
