"""What the rules are worth on the test: the ceiling, doubt against error, and risk control."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from twinseg.comparison.ceiling import share_of_gap
from twinseg.comparison.risk_coverage import RiskCoverage, risk_coverage
from twinseg.core.progress import Progress
from twinseg.core.tables import write_table
from twinseg.ensemble import disagreement, uncertainty
from twinseg.ensemble.combine import MEAN
from twinseg.ensemble.rules_file import read_learnt
from twinseg.records.folders import TEST, VALIDATION
from twinseg.records.rule_names import CHOSEN
from twinseg.records.run_spec import Contrast
from twinseg.records.tables import TABLES
from twinseg.study.open_study import OpenStudy, TwinCases
from twinseg.study.risk_ladders import control_risks
from twinseg.study.stage import Over, Stage, table_stage

SENT = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)  # shares of the cases that go to a human
DOUBTS = ("disagreement", "uncertainty")
_MOST_POINTS = 2000


def measure_ceiling(study: OpenStudy, contrast: Contrast, _progress: Progress) -> None:
    """Write ``ceiling``: each model and rule between the better twin and the oracle."""
    cases, learnt = study.twin_cases(contrast, TEST), read_learnt(study.folder.rules)
    better, candidates = learnt["better_twin"], learnt["chosen"]["candidates"]
    dice, rows = _dice(study, "scores", cases), []
    for model in dice.columns:
        found = share_of_gap(
            dice[model].to_numpy(dtype=float),
            dice[better].to_numpy(dtype=float),
            dice[candidates].to_numpy(dtype=float).T,
            cases.groups,
            rng=study.random("ceiling", str(model)),
        )
        rows.append(
            {
                "dataset": study.data.dataset.name,
                "model": model,
                "better_twin": better,
                "cases": found.cases,
                "ceiling": found.ceiling,
                "gap": found.gap,
                "share_of_gap": found.share,
                "low": found.interval.low,
                "high": found.interval.high,
                "level": found.interval.level,
            }
        )
    write_table(study.folder.table("ceiling"), pd.DataFrame(rows), sealed=True)


def measure_doubt(study: OpenStudy, contrast: Contrast, progress: Progress) -> None:
    """Write ``doubt``: disagreement of the members' masks, and uncertainty of their mean."""
    parts = [study.twin_cases(contrast, split) for split in (VALIDATION, TEST)]
    rows = []
    with progress.task(
        "measuring doubt", sum(len(c.case_ids) for c in parts), unit="cases"
    ) as task:
        for cases in parts:
            mean = cases.rule(MEAN)
            for case_id, group in zip(cases.case_ids, cases.groups, strict=True):
                masks = [member.mask(case_id) for member in cases.members]
                unsure = uncertainty(mean.probabilities([case_id])[0])
                about = {"case": case_id, "group": group, "split": cases.split}
                rows.append(about | {"disagreement": disagreement(masks), "uncertainty": unsure})
                task.advance()
    write_table(study.folder.table("doubt"), pd.DataFrame(rows), sealed=True)


def cover_risk(study: OpenStudy, contrast: Contrast, _progress: Progress) -> None:
    """Write ``risk_coverage`` and ``risk_curves``: how well doubt orders the cases by error."""
    cases, better = study.twin_cases(contrast, TEST), read_learnt(study.folder.rules)["better_twin"]
    dice, doubt = _dice(study, "scores", cases), study.table("doubt")
    found = _coverage(dice[[better, MEAN, CHOSEN]], doubt[doubt["split"] == TEST], study)
    write_table(study.folder.table("risk_curves"), _curves(found), sealed=True)
    write_table(study.folder.table("risk_coverage"), _areas(found, study), sealed=True)


def control(study: OpenStudy, contrast: Contrast, progress: Progress) -> None:
    """Write ``risk_control``: limits set on validation groups, looked at on the test."""
    better, doubt = read_learnt(study.folder.rules)["better_twin"], study.table("doubt")
    parts, seen = [], []
    for split, scores in ((VALIDATION, "validation_scores"), (TEST, "scores")):
        cases = study.twin_cases(contrast, split)
        dice = _dice(study, scores, cases)[better]
        of_split = doubt.loc[doubt["split"] == split, "disagreement"]
        columns = {"dice": dice.to_numpy(), "disagreement": of_split.to_numpy()}
        parts.append(cases)
        seen.append(pd.DataFrame(columns))
    table = control_risks(study, (parts[0], parts[1]), (seen[0], seen[1]), progress)
    write_table(study.folder.table("risk_control"), table, sealed=True)


def _dice(study: OpenStudy, scores: str, cases: TwinCases) -> pd.DataFrame:
    """One row a case, in their order; one column a model or rule."""
    table = study.table(scores)
    return table.pivot(index="case", columns="model", values="dice").loc[cases.case_ids]


Found = dict[tuple[str, str], RiskCoverage]  # by model and doubt


def _coverage(dice: pd.DataFrame, doubt: pd.DataFrame, study: OpenStudy) -> Found:
    """How well each doubt orders the cases of each model by 1 - Dice."""
    found = {}
    for model in dice.columns:
        error = 1 - dice[model].to_numpy(dtype=float)
        for name in DOUBTS if np.isfinite(error).any() else ():
            found[str(model), name] = risk_coverage(
                doubt[name].to_numpy(dtype=float),
                error,
                doubt["group"].to_numpy(),
                rng=study.random("risk-coverage", str(model), name),
            )
    return found


def _areas(found: Found, study: OpenStudy) -> pd.DataFrame:
    """A row for each model and doubt: areas, gain over chance, what remains of the error."""
    rows = [
        {
            "dataset": study.data.dataset.name,
            "model": model,
            "doubt": name,
            "cases": one.cases,
            "area": one.area,
            "area_random": one.area_random,
            "area_oracle": one.area_oracle,
            "gain_low": one.interval.low,
            "gain_high": one.interval.high,
            "level": one.interval.level,
            **{f"remaining_{sent:g}": one.remaining(sent) for sent in SENT},
        }
        for (model, name), one in found.items()
    ]
    return pd.DataFrame(rows)


def _curves(found: Found) -> pd.DataFrame:
    """The curves themselves, of so many cases as a figure can show."""
    blocks = []
    for (model, name), one in found.items():
        places = np.unique(np.linspace(0, one.cases - 1, min(one.cases, _MOST_POINTS)).astype(int))
        columns = {"coverage": one.coverage[places], "mean_error": one.risk[places]}
        blocks.append(pd.DataFrame({"model": model, "doubt": name, **columns}))
    empty = pd.DataFrame(columns=TABLES["risk_curves"].names)
    return pd.concat(blocks, ignore_index=True) if blocks else empty


def _stage(
    name: str,
    tables: tuple[str, ...],
    work: Callable[[OpenStudy, Contrast, Progress], None],
    needs: tuple[str, ...],
    *settings: str,
) -> Stage:
    return table_stage(name, Over.CONTRAST, tables, work, needs=needs, settings=settings)


RULE_WORTH_STAGES = (
    _stage("ceiling", ("ceiling",), measure_ceiling, ("scores", "choice for each case"), "seed"),
    _stage(
        "doubt",
        ("doubt",),
        measure_doubt,
        tuple(f"{split} masks of rules" for split in (VALIDATION, TEST)),
    ),
    _stage(
        "risk coverage",
        ("risk_curves", "risk_coverage"),
        cover_risk,
        ("ceiling", "doubt"),
        "seed",
    ),
    _stage("risk control", ("risk_control",), control, ("ceiling", "doubt"), "seed"),
)
