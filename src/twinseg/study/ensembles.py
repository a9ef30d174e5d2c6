"""What the rules are worth on the test: the ceiling, doubt against error, and risk control."""

from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.comparison.ceiling import share_of_gap
from twinseg.comparison.risk_coverage import risk_coverage
from twinseg.core.progress import Progress, Task
from twinseg.core.seeds import stream
from twinseg.core.tables import read_table, write_table
from twinseg.data.prepared import PreparedDataset
from twinseg.ensemble import disagreement, uncertainty
from twinseg.ensemble.choice import CHOSEN
from twinseg.ensemble.combine import MEAN
from twinseg.ensemble.rules_file import read_learnt
from twinseg.prediction.predictions import Predictions
from twinseg.study.risk import control_risks
from twinseg.study.rules import Part

SENT = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)  # shares of the cases that go to a human
DOUBTS = ("disagreement", "uncertainty")


def measure_rules(
    validation: Part, test: Part, data: PreparedDataset, out: Path, seed: int, progress: Progress
) -> None:
    """Write ``tables/ceiling``, ``doubt``, ``risk_coverage`` and ``risk_control`` if absent."""
    tables = out / "tables"
    dice, learnt = _dice(tables / "scores.parquet", test, data), read_learnt(tables / "rules.json")
    better, candidates = learnt["better_twin"], learnt["chosen"]["candidates"]
    if not (tables / "ceiling.parquet").exists():
        ceiling = _ceiling(dice, better, candidates, test, data, seed)
        write_table(tables / "ceiling.parquet", ceiling, sealed=True)
    if not (tables / "doubt.parquet").exists():
        cases = len(validation.positions) + len(test.positions)
        with progress.task("measuring doubt", cases, unit="cases") as task:
            parts = [_doubt(part, data, task) for part in (validation, test)]
        write_table(tables / "doubt.parquet", pd.concat(parts, ignore_index=True), sealed=True)
    doubt = read_table(tables / "doubt.parquet")
    if not (tables / "risk_coverage.parquet").exists():
        of_test = doubt[doubt["split"] == test.name]
        models = [better, MEAN, CHOSEN]
        write_table(
            tables / "risk_coverage.parquet",
            _coverage(dice[models], of_test, data, seed),
            sealed=True,
        )
    if not (tables / "risk_control.parquet").exists():
        of_validation = _dice(tables / "validation_scores.parquet", validation, data)
        seen = (
            _seen(of_validation[better], doubt, validation),
            _seen(dice[better], doubt, test),
        )
        table = control_risks(validation, test, seen, data, seed, progress)
        write_table(tables / "risk_control.parquet", table, sealed=True)


def _dice(file: Path, part: Part, data: PreparedDataset) -> pd.DataFrame:
    """One row a case of ``part``, in its order; one column a model or rule."""
    scores = read_table(file)
    return scores.pivot(index="case", columns="model", values="dice").loc[part.case_ids(data)]


def _seen(dice: pd.Series, doubt: pd.DataFrame, part: Part) -> pd.DataFrame:
    of_part = doubt.loc[doubt["split"] == part.name, "disagreement"]
    return pd.DataFrame({"dice": dice.to_numpy(), "disagreement": of_part.to_numpy()})


def _ceiling(
    dice: pd.DataFrame,
    better: str,
    candidates: list[str],
    test: Part,
    data: PreparedDataset,
    seed: int,
) -> pd.DataFrame:
    """Each model and rule between the better twin and the oracle over the candidates."""
    rows = []
    for model in dice.columns:
        found = share_of_gap(
            dice[model].to_numpy(dtype=float),
            dice[better].to_numpy(dtype=float),
            dice[candidates].to_numpy(dtype=float).T,
            test.groups(data),
            rng=stream(seed, "ceiling", str(model)),
        )
        rows.append(
            {
                "dataset": data.dataset.name,
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
    return pd.DataFrame(rows)


def _doubt(part: Part, data: PreparedDataset, task: Task) -> pd.DataFrame:
    """Disagreement of the members' masks and uncertainty of their mean, case by case."""
    rows, mean = [], Predictions(MEAN, "rule", part.folder / MEAN)
    ids, groups = part.case_ids(data), part.groups(data)
    for case_id, group in zip(ids, groups, strict=True):
        masks = [member.mask(case_id) for member in part.members]
        unsure = uncertainty(mean.probabilities([case_id])[0])
        about = {"case": case_id, "group": group, "split": part.name}
        rows.append(about | {"disagreement": disagreement(masks), "uncertainty": unsure})
        task.advance()
    return pd.DataFrame(rows)


def _coverage(
    dice: pd.DataFrame, doubt: pd.DataFrame, data: PreparedDataset, seed: int
) -> pd.DataFrame:
    """How well each doubt orders the cases of each model by 1 - Dice."""
    rows = []
    for model in dice.columns:
        error = 1 - dice[model].to_numpy(dtype=float)
        for name in DOUBTS if np.isfinite(error).any() else ():
            found = risk_coverage(
                doubt[name].to_numpy(dtype=float),
                error,
                doubt["group"].to_numpy(),
                rng=stream(seed, "risk-coverage", str(model), name),
            )
            remaining = {f"remaining_{sent:g}": found.remaining(sent) for sent in SENT}
            rows.append(
                {
                    "dataset": data.dataset.name,
                    "model": model,
                    "doubt": name,
                    "cases": found.cases,
                    "area": found.area,
                    "area_random": found.area_random,
                    "area_oracle": found.area_oracle,
                    "gain_low": found.interval.low,
                    "gain_high": found.interval.high,
                    "level": found.interval.level,
                    **remaining,
                }
            )
    return pd.DataFrame(rows)
