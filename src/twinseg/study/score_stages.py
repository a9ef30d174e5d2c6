"""Scores of every model and rule on the test cases, the comparisons, and tables beside them."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from twinseg.comparison import as_table, compare_all, correct
from twinseg.core.progress import Progress
from twinseg.core.tables import write_table
from twinseg.ensemble.combine import useful_rules
from twinseg.ensemble.rules_file import read_learnt
from twinseg.metrics import MAIN_METRICS
from twinseg.metrics.detail_tables import (
    calibration_table,
    group_table,
    lesion_table,
    threshold_table,
)
from twinseg.metrics.score_rows import score_predictions
from twinseg.metrics.stacks import stack_table
from twinseg.prediction.predictions import Predictions
from twinseg.records.folders import TEST, VALIDATION
from twinseg.records.inits import told_init
from twinseg.records.rule_names import CHOSEN
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Over, Stage, table_stage
from twinseg.training.run_files import read_run_facts


def score(
    study: OpenStudy, split: str, predictions: Sequence[Predictions], progress: Progress
) -> pd.DataFrame:
    """Score models and rules on the cases of ``split``."""
    return score_predictions(
        predictions,
        {one.model: _about(study, one) for one in predictions},
        study.data,
        study.positions(split),
        split=split,
        tolerance=study.settings.evaluation.surface_tolerance,
        progress=progress,
    )


def models_of(study: OpenStudy) -> list[Predictions]:
    """Return what is scored on the test cases: the twins, then the rules."""
    cases = study.twin_cases(study.settings.contrast, TEST)
    names = (*useful_rules(len(cases.members)), CHOSEN)
    return [*cases.twins, *(cases.rule(name) for name in names)]


def score_test(study: OpenStudy, _target: None, progress: Progress) -> None:
    """Write ``scores``."""
    table = score(study, TEST, models_of(study), progress)
    # Both twins were trained on the same cases; `needs` asks for their number.
    facts = read_run_facts(study.folder.run(study.settings.contrast.first.id).path)
    table = table.assign(train_cases=facts["training_cases"])
    write_table(study.folder.table("scores"), table, sealed=True)


def compare(study: OpenStudy, _target: None, _progress: Progress) -> None:
    """Write ``comparisons``: twins in the main metrics, each rule with the better twin in Dice.

    What a study asks first, whatever else it tells, is whether the Dice of the twins differs.
    """
    scores, seed = study.table("scores"), study.settings.point.seed
    first, second = study.settings.contrast.runs
    twins = [(second.id, first.id)]
    against = read_learnt(study.folder.rules)["better_twin"]
    # A rule claims one thing, a better Dice than the better twin: few tests, none wasted.
    rules = [model for model in scores["model"].unique() if model not in (first.id, second.id)]
    claims = [(against, str(rule)) for rule in rules]
    found = compare_all(scores, twins, MAIN_METRICS, seed=seed)
    primary = next(one for one in found if one.metric == "dice")
    found += compare_all(scores, claims, ("dice",), seed=seed)
    table = as_table(correct(found, primary=primary))
    write_table(study.folder.table("comparisons"), table, sealed=True)


def count_lesions(study: OpenStudy, _target: None, progress: Progress) -> None:
    """Write ``lesions``."""
    table = lesion_table(models_of(study), study.data, study.positions(TEST), progress)
    write_table(study.folder.table("lesions"), table, sealed=True)


def score_groups(study: OpenStudy, _target: None, progress: Progress) -> None:
    """Write ``groups``, with distances in space where slices are stacked."""
    stacks = stack_table(
        models_of(study),
        study.data,
        study.positions(TEST),
        tolerance_mm=study.settings.evaluation.surface_tolerance,
        progress=progress,
    )
    table = group_table(study.table("scores")).merge(stacks, on=["model", "group"], how="left")
    write_table(study.folder.table("groups"), table, sealed=True)


def calibrate(study: OpenStudy, _target: None, _progress: Progress) -> None:
    """Write ``calibration``."""
    table = calibration_table(models_of(study), study.data, study.positions(TEST))
    write_table(study.folder.table("calibration"), table, sealed=True)


def try_thresholds(study: OpenStudy, _target: None, _progress: Progress) -> None:
    """Write ``thresholds``, of the validation cases."""
    cases = study.twin_cases(study.settings.contrast, VALIDATION)
    table = threshold_table(cases.twins, study.data, cases.positions)
    write_table(study.folder.table("thresholds"), table, sealed=True)


def _about(study: OpenStudy, one: Predictions) -> dict[str, Any]:
    """Say what a row of scores has to tell of its model; a rule stands on both twins."""
    at = study.settings.point
    shared = {"design": at.design, "fraction": at.fraction, "seed": at.seed}
    if one.kind == "rule":
        return {"init": "", **shared, "rule": one.model}
    (init,) = (run.init for run in study.settings.contrast.runs if run.id == one.model)
    return {"init": told_init(init), **shared, "rule": ""}


_MASKS = (f"{TEST} masks", f"{TEST} masks of rules", "choice for each case")


def _stage(
    table: str,
    work: Callable[[OpenStudy, None, Progress], None],
    needs: tuple[str, ...],
    *settings: str,
) -> Stage:
    return table_stage(table, Over.STUDY, (table,), work, needs=needs, settings=settings)


SCORE_STAGES = (
    _stage("scores", score_test, _MASKS, "surface_tolerance"),
    _stage("comparisons", compare, ("scores",), "seed"),
    _stage("lesions", count_lesions, _MASKS),
    _stage("groups", score_groups, ("scores",), "surface_tolerance"),
    _stage("calibration", calibrate, _MASKS),
    _stage("thresholds", try_thresholds, (f"{VALIDATION} masks",)),
)
