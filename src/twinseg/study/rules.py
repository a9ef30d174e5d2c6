"""The rules of a study: fitted on validation cases, made for validation and test cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinseg.core.arrays import Indices
from twinseg.core.progress import Progress
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.seeds import stream
from twinseg.core.settings import StudySettings
from twinseg.core.tables import read_table, write_table
from twinseg.data.prepared import PreparedDataset
from twinseg.data.split import Split
from twinseg.ensemble.choice import CHOSEN, Chooser, fit_chooser, pick
from twinseg.ensemble.combine import MEAN, WEIGHTED, combine, useful_rules
from twinseg.ensemble.features import case_features
from twinseg.ensemble.mixture_weights import fit_weights, products_of_case
from twinseg.ensemble.rules_file import write_learnt
from twinseg.explanation.evidence.study import weigh_twins
from twinseg.metrics.scores import score_predictions
from twinseg.prediction.predict import FLIPS, predict_cases
from twinseg.prediction.predictions import Predictions
from twinseg.training.run import TrainedModel, load_trained
from twinseg.training.run_files import read_model_facts, run_id

WEIGHTS = ".weights.json"  # what was fitted, until rules.json holds it
_CANDIDATES = ("union", "intersection", MEAN)  # beside each twin, of `chosen`


@dataclass(frozen=True)
class Part:
    """Test or validation cases, and what both twins say of them.

    Attributes:
        name: As in the column ``split``.
        folder: Of predictions.
        positions: Of the cases in the dataset.
        maps: Folder of the heat maps of both twins.
        twins: Predictions of both.
        members: Of every rule: the twins, and their answers to flipped pictures if asked for.
    """

    name: str
    folder: Path
    positions: Indices
    maps: Path
    twins: list[Predictions]
    members: list[Predictions]

    def case_ids(self, data: PreparedDataset) -> list[str]:
        """Ids of the cases in their order."""
        return [data.dataset.cases[position].id for position in self.positions]

    def groups(self, data: PreparedDataset) -> np.ndarray:
        """Group of each case."""
        return np.array([data.dataset.cases[position].group for position in self.positions])


def predict_parts(
    data: PreparedDataset, split: Split, out: Path, settings: StudySettings, progress: Progress
) -> tuple[Part, Part]:
    """Let both twins predict validation and test cases."""
    learnt_from, asked = out / "validation", out / "predictions"
    maps = learnt_from / "explanations", out / "explanations"
    validation = Part("validation", learnt_from, split.validation, maps[0], [], [])
    test = Part("test", asked, split.test, maps[1], [], [])
    for init in settings.init:
        trained = load_trained(out / "runs" / run_id(settings, init), device=settings.device)
        for part in (validation, test):
            where = part.folder / trained.id
            part.twins.append(predict_cases(trained, data, part.positions, where, progress))
            part.members.append(part.twins[-1])
            if settings.flips:
                part.members.extend(_flipped(trained, data, part, out, progress))
    return validation, test


def make_rules(
    validation: Part,
    test: Part,
    data: PreparedDataset,
    out: Path,
    settings: StudySettings,
    progress: Progress,
) -> list[Predictions]:
    """Make every rule for the test cases; what a rule has to learn it learns on validation cases.

    Leaves ``tables/validation_scores.parquet``, ``tables/choices.parquet`` (which candidate was
    chosen for each test case) and ``tables/rules.json`` (what was learnt, in numbers and words).
    """
    names = useful_rules(len(test.members))
    found = [Predictions(rule, "rule", test.folder / rule) for rule in (*names, CHOSEN)]
    made_last = ("validation_scores.parquet", "choices.parquet", "rules.json")
    whole = [*(out / "tables" / name for name in made_last), *(one.folder for one in found)]
    if all(path.exists() for path in (*whole, *(validation.folder / rule for rule in names))):
        return found
    weights = _weights(validation, test, data, out, settings.seed)
    made: dict[str, list[Predictions]] = {}
    for part in (validation, test):
        made[part.name] = [Predictions(rule, "rule", part.folder / rule) for rule in names]
        missing = [rule.model for rule in made[part.name] if not rule.folder.exists()]
        if not missing:
            continue
        with progress.task(f"rules for {part.name}", len(missing), unit="rules") as task:
            for rule in missing:
                given = weights["values"] if rule == WEIGHTED else None
                where = part.folder / rule
                combine(rule, part.members, part.case_ids(data), where, weights=given)
                task.advance()
    scored = [*validation.twins, *made["validation"]]
    scores = _validation_scores(scored, validation, data, out, settings, progress)
    chooser = _choose(validation, test, made["test"], scores, data, out, settings)
    facts = {
        "weights": weights,
        "chosen": {
            "says": str(chooser),
            "candidates": chooser.candidates,
            "best_fixed": chooser.best_fixed,
            "gain": chooser.gain,
            "standard_error": _number(chooser.standard_error),
            "falls_back": chooser.falls_back,
        },
        "better_twin": better_twin(scores, [twin.model for twin in validation.twins]),
    }
    write_learnt(out / "tables" / "rules.json", facts)
    progress.say(str(chooser))
    return found


def _weights(
    validation: Part, test: Part, data: PreparedDataset, out: Path, seed: int
) -> dict[str, Any]:
    """Fit the weights of the weighted mean, or take what an earlier start has left."""
    file = out / WEIGHTS
    if not file.exists():
        fitted = fit_weights(
            _products(validation, data), validation.groups(data), stream(seed, "weights")
        )
        facts = {
            "members": [member.model for member in test.members],
            "values": fitted.values,
            "by_fold": fitted.by_fold,
            "squared_error_left_out": _number(fitted.error),
            "squared_error_equal": _number(fitted.error_equal),
        }
        write_sealed(file, facts)
    return read_sealed(file, advice=f"delete {file} and give the same command again")


def better_twin(validation_scores: pd.DataFrame, twins: Sequence[str]) -> str:
    """Name the twin with the higher mean Dice on validation; the first one if they are equal."""
    means = validation_scores.groupby("model")["dice"].mean()
    return max(twins, key=lambda twin: np.nan_to_num(means[twin], nan=-1.0))


def about(prediction: Predictions, out: Path, settings: StudySettings) -> dict[str, Any]:
    """Say what a row of scores has to tell of its model; a rule stands on both twins."""
    shared = {"design": settings.design, "fraction": settings.fraction, "seed": settings.seed}
    if prediction.kind == "rule":
        return {"init": "", **shared, "rule": prediction.model}
    described = read_model_facts(out / "runs" / prediction.model)
    return {"init": described["init"], **shared, "rule": ""}


def _flipped(
    trained: TrainedModel, data: PreparedDataset, part: Part, out: Path, progress: Progress
) -> list[Predictions]:
    return [
        predict_cases(
            trained,
            data,
            part.positions,
            out / "flipped" / part.name / f"{trained.id}-{flip}",
            progress,
            flip=flip,
        )
        for flip in FLIPS
    ]


def _products(part: Part, data: PreparedDataset) -> list[list[np.ndarray]]:
    products = []
    for position, case_id in zip(part.positions, part.case_ids(data), strict=True):
        planes = [member.probabilities([case_id])[0] for member in part.members]
        products.append(products_of_case(planes, np.asarray(data.masks[position])))
    return products


def _validation_scores(
    scored: Sequence[Predictions],
    part: Part,
    data: PreparedDataset,
    out: Path,
    settings: StudySettings,
    progress: Progress,
) -> pd.DataFrame:
    file = out / "tables" / "validation_scores.parquet"
    if not file.exists():
        scores = score_predictions(
            scored,
            {prediction.model: about(prediction, out, settings) for prediction in scored},
            data,
            part.positions,
            split=part.name,
            tolerance=settings.surface_tolerance,
            progress=progress,
        )
        write_table(file, scores, sealed=True)
    return read_table(file)


def _choose(
    validation: Part,
    test: Part,
    rules: Sequence[Predictions],
    scores: pd.DataFrame,
    data: PreparedDataset,
    out: Path,
    settings: StudySettings,
) -> Chooser:
    candidates = [*test.twins, *(rule for rule in rules if rule.model in _CANDIDATES)]
    names = [candidate.model for candidate in candidates]
    dice = scores.pivot(index="case", columns="model", values="dice")
    chooser = fit_chooser(
        features_of(validation, data),
        dice.loc[validation.case_ids(data), names].to_numpy(dtype=float),
        names,
        validation.groups(data),
        stream(settings.seed, "chosen"),
    )
    ids = test.case_ids(data)
    choices = chooser.choose(features_of(test, data))
    table = pd.DataFrame({"case": ids, "group": test.groups(data), "chosen": choices})
    write_table(out / "tables" / "choices.parquet", table, sealed=True)
    pick(candidates, choices, ids, test.folder / CHOSEN)
    return chooser


def features_of(part: Part, data: PreparedDataset) -> pd.DataFrame:
    """Everything `chosen` learns from: `case_features`, and how alike the heat maps are."""
    rows = []
    for position, case_id in zip(part.positions, part.case_ids(data), strict=True):
        planes = [twin.probabilities([case_id])[0] for twin in part.twins]
        rows.append(case_features(planes, np.asarray(data.pictures[position])))
    return pd.DataFrame(rows).join(_agreement_of_maps(part, part.case_ids(data)))


def _agreement_of_maps(part: Part, case_ids: Sequence[str]) -> pd.DataFrame:
    """Rank correlation of the twins' heat maps, a column for each kind; 0 where a map is blank."""
    one, other = (part.maps / twin.model for twin in part.twins)
    alike = weigh_twins(one, other, case_ids, None)
    columns = alike.pivot(index="case", columns="map", values="rank_correlation")
    return columns.loc[list(case_ids)].fillna(0.0).add_prefix("agreement ").reset_index(drop=True)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
