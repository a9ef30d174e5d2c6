"""The section on whether heat maps may be believed: from three tables to words and figures."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from twinseg.comparison import Association, Interval
from twinseg.explanation.evidence import MEASURES
from twinseg.findings.belief import CRITERIA, Verdict, verdict_of
from twinseg.report.evidence_figures import Line, lines
from twinseg.report.models import Model
from twinseg.report.study_contents import Contents


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
    """Draw what was found of every kind of map.

    Raises:
        StoreError: If a table is absent or damaged.
    """
    belief = study.table("belief")
    kinds = belief[["map", "layer", "region"]].drop_duplicates().astype(str).to_numpy().tolist()
    sampled = int(study.table("explanation_curves")["case"].nunique())
    return Evidence(
        tuple(_of_kind(study, belief, *kind) for kind in kinds),
        sampled,
        len(study.test_cases),
    )


def _of_kind(study: Contents, belief: pd.DataFrame, name: str, layer: str, region: str) -> OfKind:
    means = study.table("map_means").set_index(["map", "measure", "model"])["mean"].loc[name]
    curves = study.table("map_curves")
    (between,) = (row for row in study.rows("twin_map_means") if row["map"] == name)
    return OfKind(
        name=f"{layer}, {region}",
        verdicts={twin: verdict_of(belief, twin.id, name) for twin in study.twins},
        means={
            measure: {twin: float(means[measure, twin.id]) for twin in study.twins}
            for measure in dict.fromkeys(means.index.get_level_values("measure"))
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
        between_twins={column: between[column] for column in ("rank_correlation", "top_agreement")},
        announces={
            row["error"]: Association(
                row["correlation"],
                Interval(row["low"], row["high"], row["level"]),
                int(row["cases"]),
                int(row["groups"]),
            )
            for row in study.rows("map_errors")
            if row["map"] == name
        },
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
    mean = curves[chosen].sort_values("at")
    return mean["at"].to_numpy(float), mean["value"].to_numpy(float)


def measures_shown() -> dict[str, object]:
    """What the columns of the section mean, and the criteria it goes by."""
    return {"measures": MEASURES, "criteria": CRITERIA}
