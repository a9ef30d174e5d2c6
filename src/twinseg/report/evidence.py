"""The section on whether heat maps may be believed: from three tables to words and figures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from twinseg.comparison import Association, associate
from twinseg.core.seeds import stream
from twinseg.core.tables import read_table
from twinseg.explanation.evidence import MEASURES
from twinseg.report.belief import RULES, Verdict, judge
from twinseg.report.contents import Contents
from twinseg.report.evidence_figures import Line, lines
from twinseg.report.models import Model

# Shown as means over all test cases, beside what chance would give.
LOOKS = ("in_reference", "in_prediction", "in_ring", "in_border", "pointing_hit", "rank_accuracy",
         "top_iou", "centre_distance", "target_overlap")  # fmt: skip


@dataclass(frozen=True)
class OfKind:
    """Everything about one kind of map."""

    name: str  # layer, region
    verdicts: dict[Model, Verdict]
    means: dict[str, dict[Model, float]]  # measure -> twin -> mean over test cases
    deletion: Markup
    insertion: Markup
    randomised: Markup
    between_twins: dict[str, float]
    announces: dict[str, Association]  # error -> correlation of disagreement with it


@dataclass(frozen=True)
class Evidence:
    """The section."""

    kinds: tuple[OfKind, ...]
    sampled: int  # test cases with costly numbers
    cases: int


def draw_evidence(study: Contents) -> Evidence:
    """Judge and draw every kind of map.

    Raises:
        StoreError: If a table is absent or damaged.
    """
    tables = study.folder / "tables"
    table = read_table(tables / "explanations.parquet")
    curves = read_table(tables / "explanation_curves.parquet")
    between = read_table(tables / "twin_maps.parquet")
    names = list(dict.fromkeys(table["map"]))
    sampled = int(curves["case"].nunique())
    kinds = tuple(_of_kind(name, study, table, curves, between) for name in names)
    return Evidence(kinds, sampled, int(table["case"].nunique()))


def _of_kind(
    name: str, study: Contents, table: pd.DataFrame, curves: pd.DataFrame, between: pd.DataFrame
) -> OfKind:
    of_kind = table[table["map"] == name]
    layer, region = of_kind[["layer", "region"]].iloc[0]
    rows = {twin: of_kind[of_kind["model"] == twin.id] for twin in study.twins}
    own = between[between["map"] == name]
    return OfKind(
        name=f"{layer}, {region}",
        verdicts={
            twin: judge(some, name, stream(study.seed, "belief", twin.id, name))
            for twin, some in rows.items()
        },
        means={
            measure: {twin: float(some[measure].mean()) for twin, some in rows.items()}
            for measure in LOOKS
        },
        deletion=_followed(study, curves, name, region, "deletion"),
        insertion=_followed(study, curves, name, region, "insertion"),
        randomised=lines(
            [
                Line(twin.label, twin.colour, "-", *_mean_curve(curves, twin, name, "randomised"))
                for twin in study.twins
            ],
            across="share of the layers whose weights were shuffled",
            up="rank correlation with the map",
        ),
        between_twins={
            column: float(own[column].mean()) for column in ("rank_correlation", "top_agreement")
        },
        announces=_announces(study, own, name),
    )


def _followed(study: Contents, curves: pd.DataFrame, name: str, region: str, curve: str) -> Markup:
    drawn: list[Line] = []
    for twin in study.twins:
        drawn.append(Line(twin.label, twin.colour, "-", *_mean_curve(curves, twin, name, curve)))
        for order, style in (("random", "--"), ("edges", ":")):
            at = _mean_curve(curves, twin, f"{order}-{region}", curve)
            drawn.append(Line(order, twin.colour, style, *at))
    word = "taken away" if curve == "deletion" else "given back"
    return lines(drawn, across=f"share of the pixels {word}", up="answer kept, soft Dice")


def _mean_curve(
    curves: pd.DataFrame, twin: Model, name: str, curve: str
) -> tuple[np.ndarray, np.ndarray]:
    chosen = (curves["model"] == twin.id) & (curves["map"] == name) & (curves["curve"] == curve)
    mean = curves[chosen].groupby("at")["value"].mean()
    return mean.index.to_numpy(float), mean.to_numpy(float)


def _announces(study: Contents, own: pd.DataFrame, name: str) -> dict[str, Association]:
    """Does disagreement of the twins' maps go with errors? The mean of both twins' errors."""
    apart = 1 - own.set_index("case")["rank_correlation"].loc[study.test_cases].to_numpy(float)
    return dict(_associations(study, apart, name))


def _associations(
    study: Contents, apart: np.ndarray, name: str
) -> Iterator[tuple[str, Association]]:
    for error in ("type2_rate", "type1_rate"):
        both = np.mean([study.scores_of(error, twin) for twin in study.twins], axis=0)
        rng = stream(study.seed, "announces", name, error)
        yield error, associate(apart, both, study.test_groups, rng=rng)


def measures_shown() -> dict[str, object]:
    """What the columns of the section mean, and the rules it goes by."""
    return {"measures": MEASURES, "rules": RULES, "looks": LOOKS}
