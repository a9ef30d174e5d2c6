"""The whole study, in the order the data flow."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from twinseg.comparison import as_table, compare_all, correct
from twinseg.core.errors import ConfigError
from twinseg.core.executor import Executor, InProcess
from twinseg.core.machine import versions_and_machine
from twinseg.core.progress import Progress, Silent
from twinseg.core.sealed import write_sealed
from twinseg.core.seeds import stream
from twinseg.core.settings import StudySettings
from twinseg.core.source_settings import SourceSettings
from twinseg.core.tables import read_table, write_table
from twinseg.data.designs import Subset, draw_subset
from twinseg.data.kinds import require_there
from twinseg.data.prepared import PreparedDataset
from twinseg.data.split import Split, require_shares, split_by_group
from twinseg.ensemble.rules_file import read_learnt
from twinseg.explanation import explain_cases
from twinseg.metrics.scores import score_predictions
from twinseg.prediction.predictions import Predictions
from twinseg.report.answer import FEWEST_TEST_GROUPS
from twinseg.report.labels import has_labels
from twinseg.report.write import write_report
from twinseg.study.data import open_or_prepare
from twinseg.study.details import write_details
from twinseg.study.ensembles import measure_rules
from twinseg.study.evidence import WEIGHED, weigh
from twinseg.study.files import Files, as_text, list_files, mend
from twinseg.study.folder import describe_data, opened, refuse_other_folder, write_split
from twinseg.study.inspect import describe
from twinseg.study.prepare import say_dataset
from twinseg.study.rules import WEIGHTS, Part, about, make_rules, predict_parts
from twinseg.training.network import require_fit
from twinseg.training.run import (
    RunJob,
    load_trained,
    require_batches,
    require_same_grey,
    train_run,
    working_of,
)
from twinseg.training.run_files import read_run_facts, run_id
from twinseg.training.weights import (
    common_normalisation,
    find_first_weights,
    said_normalisation,
)

COMPARED_METRICS = ("dice", "type1_rate", "type2_rate")


def run_study(
    source: Path,
    out: Path,
    settings: StudySettings,
    source_settings: SourceSettings,
    *,
    weights_dir: Path | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Path:
    """Train twins on ``source`` and leave everything computed from them in ``out``.

    A study that was stopped goes on where it was; a finished one is left as it is.

    Returns:
        The report, ``out/report/index.html``.

    Raises:
        TwinsegError: If the input is wrong or a run cannot go on; says what to do.
    """
    progress, executor = progress or Silent(), executor or InProcess()
    refuse_other_folder(out, source, settings)
    require_fit(settings.encoder, settings.size, cases=settings.batch_size)
    require_shares(settings.test_fraction, settings.validation_fraction)
    require_there(source)  # before a hub is asked for weights
    jobs = _twin_jobs(out, settings, weights_dir, progress)
    with opened(out, settings) as accept:
        data = open_or_prepare(source, out, source_settings, progress)
        known = mend(out, [run_id(settings, init) for init in settings.init], progress)
        split, subset = _split(data, _labels(data, out / "tables", progress), settings)
        _say_what_came(data, split, settings, progress)
        describe_data(out, data.dataset, subset)
        require_batches(settings, len(split.train))
        require_same_grey(settings, data.dataset.facts)
        accept()
        write_split(out, data.dataset, split)
        executor.map(partial(train_run, data=data, split=split, progress=progress), jobs)
        validation, test = predict_parts(data, split, out, settings, progress)
        _explain((validation, test), data, out, settings, progress)
        weigh(data, split, out, settings, progress)
        rules = make_rules(validation, test, data, out, settings, progress)
        predictions = [*test.twins, *rules]
        _score_and_compare(predictions, data, split, out, settings, progress)
        write_details(
            validation,
            test,
            predictions,
            data,
            out,
            progress,
            tolerance=settings.surface_tolerance,
        )
        measure_rules(validation, test, data, out, settings.seed, progress)
        report = write_report(out, data, progress=progress)
        _remove_scratch(out, settings)
        models = [one.model for one in (*validation.members, *predictions)]
        files = list_files(out, models, [case.id for case in data.dataset.cases], known)
        _write_manifest(out, data, settings, files)
    return report


def _twin_jobs(
    out: Path, settings: StudySettings, weights_dir: Path | None, progress: Progress
) -> list[RunJob]:
    """Find the first weights of both twins before any work is done; no jobs if both are trained."""
    ids = [run_id(settings, init) for init in settings.init]
    if ids[0] == ids[1]:
        raise ConfigError(f"both twins would be called {ids[0]}; rename one of the weights files")
    if all((out / "runs" / name).exists() for name in ids):
        return []  # nothing is left to train, so no weights are asked for
    said = said_normalisation(settings.mean, settings.std, settings.like)
    firsts = [
        find_first_weights(
            init,
            settings.encoder,
            weights_dir=weights_dir,
            partial=settings.partial_weights,
            progress=progress,
            said=said,
        )
        for init in settings.init
    ]
    normalise = common_normalisation(firsts, said)
    return [
        RunJob(settings, first, normalise, out / "runs" / name)
        for first, name in zip(firsts, ids, strict=True)
    ]


def _split(
    data: PreparedDataset, features: pd.DataFrame, settings: StudySettings
) -> tuple[Split, Subset]:
    """Split by group, and thin the training cases as asked."""
    cases = data.dataset.cases
    whole = split_by_group(
        cases,
        test_fraction=settings.test_fraction,
        validation_fraction=settings.validation_fraction,
        rng=stream(settings.seed, "split"),
    )
    subset = draw_subset(
        settings.design,
        cases,
        features,
        whole.train,
        fraction=settings.fraction,
        rng=stream(settings.seed, "fraction"),
    )
    return Split(subset.positions, whole.validation, whole.test), subset


def _labels(data: PreparedDataset, tables: Path, progress: Progress) -> pd.DataFrame:
    """Measure the labels once; an earlier start may have done it."""
    if not has_labels(tables):
        describe(data, tables, progress)
    return read_table(tables / "labels.parquet")


def _explain(
    parts: Sequence[Part],
    data: PreparedDataset,
    out: Path,
    settings: StudySettings,
    progress: Progress,
) -> None:
    """Heat maps of each twin; those of validation cases are there for rules to learn from."""
    for init in settings.init:
        trained = load_trained(out / "runs" / run_id(settings, init), device=settings.device)
        for part in parts:
            explain_cases(trained, data, part.positions, part.maps / trained.id, progress)


def _score_and_compare(
    predictions: list[Predictions],
    data: PreparedDataset,
    split: Split,
    out: Path,
    settings: StudySettings,
    progress: Progress,
) -> None:
    scores_file = out / "tables" / "scores.parquet"
    if not scores_file.exists():
        scores = score_predictions(
            predictions,
            {prediction.model: about(prediction, out, settings) for prediction in predictions},
            data,
            split.test,
            split="test",
            tolerance=settings.surface_tolerance,
            progress=progress,
        )
        # Both twins were trained on the same cases; `needs` asks for their number.
        manifest = read_run_facts(out / "runs" / predictions[0].model)
        write_table(scores_file, scores.assign(train_cases=manifest["training_cases"]), sealed=True)
    comparisons_file = out / "tables" / "comparisons.parquet"
    if not comparisons_file.exists():
        scores = read_table(scores_file)
        (imagenet, random), rules = predictions[:2], predictions[2:]
        twins = [(random.model, imagenet.model)]
        against = read_learnt(out / "tables" / "rules.json")["better_twin"]
        # A rule claims one thing, a better Dice than the better twin: few tests, none wasted.
        claims = [(against, rule.model) for rule in rules]
        found = compare_all(scores, twins, COMPARED_METRICS, seed=settings.seed)
        found += compare_all(scores, claims, ("dice",), seed=settings.seed)
        write_table(comparisons_file, as_table(correct(found)), sealed=True)


def _say_what_came(
    data: PreparedDataset, split: Split, settings: StudySettings, progress: Progress
) -> None:
    dataset = data.dataset
    say_dataset(data, progress)
    progress.say(
        f"{len(split.train)} cases to train, {len(split.validation)} to validate, "
        f"{len(split.test)} to test"
    )
    if settings.batch_size > len(split.train):
        progress.say(
            f"note: --batch-size {settings.batch_size} is more than there are: each step, one an "
            f"epoch, takes all {len(split.train)} training cases"
        )
    if unused := len(dataset.cases) - len(split.train) - len(split.validation) - len(split.test):
        progress.say(f"--fraction and --design leave {unused} training cases unused")
    test_groups = len({dataset.cases[position].group for position in split.test})
    if test_groups < FEWEST_TEST_GROUPS:
        progress.say(f"note: only {test_groups} groups to test: too few for firm conclusions")


def _remove_scratch(out: Path, settings: StudySettings) -> None:
    """Remove what a start that was killed has left and nobody goes on from any more."""
    for init in settings.init:
        shutil.rmtree(working_of(out / "runs" / run_id(settings, init)), ignore_errors=True)
    shutil.rmtree(out / WEIGHED, ignore_errors=True)
    (out / WEIGHTS).unlink(missing_ok=True)


def _write_manifest(
    out: Path, data: PreparedDataset, settings: StudySettings, files: Files
) -> None:
    facts = {
        "remark": settings.remark,
        "dataset": data.dataset.name,
        "dataset_fingerprint": data.dataset.fingerprint,
        "left_out": len(data.dataset.left_out),
        "seed": settings.seed,
        "runs": {
            init: read_run_facts(out / "runs" / run_id(settings, init))["first_weights"]
            for init in settings.init
        },
        **versions_and_machine(),
        "files": as_text(files),
    }
    write_sealed(out / "manifest.json", facts)
