"""Models as people name them: a run folder, several, a study with one of its rules, a bundle."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.registry import choose
from twinseg.core.tables import read_table
from twinseg.data.own_folder import is_prepared
from twinseg.ensemble.combine import MEAN, WEIGHTED
from twinseg.ensemble.doubt import uncertainty
from twinseg.ensemble.experience import Experience, experience_of
from twinseg.ensemble.model import Model, Prediction, Shown
from twinseg.ensemble.risk_control import THRESHOLDS
from twinseg.ensemble.rules_file import read_learnt
from twinseg.prediction.likeness_file import read_likeness
from twinseg.prediction.predict import FLIPS
from twinseg.prediction.predictions import THRESHOLD, Predictions
from twinseg.records.folders import VALIDATION, RunFolder, StudyFolder
from twinseg.records.rule_names import CHOSEN
from twinseg.records.settings import StudySettings, read_settings
from twinseg.study.bundle import open_bundle
from twinseg.study.open_study import OpenStudy
from twinseg.study.opened_model import OpenModel
from twinseg.study.refused_at_once import is_bundle, is_study, require_models
from twinseg.study.risk_ladders import miss_rate_control
from twinseg.training.run_files import read_run_facts
from twinseg.training.trained_model import load_trained


def load_model(
    *folders: str | Path,
    rule: str | None = None,
    max_miss_rate: float | None = None,
    device: str = "cpu",
) -> Model:
    """Load a trained model that can be shown any picture: `Model.predict`.

    Args:
        folders: A study, a run folder (``STUDY/runs/<run>``), several run folders, or a bundle of
            `export_model`, which has a rule and a threshold of its own.
        rule: How the masks of several runs become one: ``union``, ``intersection``, ``mean``,
            ``weighted`` and so on, or the id of a run; what was best on the study's validation
            cases by default, ``mean`` of run folders.
        max_miss_rate: Of a study: mark so much that on average at most this share of the target is
            missed, by risk control on its validation cases.
        device: ``cpu`` or ``cuda``.

    Raises:
        TwinsegError: If a folder is no model, is damaged, or the rule does not fit it.
    """
    return open_model(folders, rule=rule, max_miss_rate=max_miss_rate, device=device).model


def predict(
    model: Model | str | Path, pictures: Shown | Iterable[Shown]
) -> Prediction | Iterator[Prediction]:
    """Predict one picture or many by a model, or by the folder of one.

        mask = twinseg.predict("study", picture).mask

    Args:
        model: What `load_model` gives, a study or a run folder.
        pictures: See `Model.predict`.
    """
    return (model if isinstance(model, Model) else load_model(model)).predict(pictures)


def open_model(
    folders: Sequence[str | Path],
    *,
    rule: str | None = None,
    max_miss_rate: float | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> OpenModel:
    """Open a model with what is known of it; see `load_model`."""
    paths = [Path(folder) for folder in folders]
    require_models(paths)
    if is_bundle(paths):
        return open_bundle(paths[0], rule=rule, max_miss_rate=max_miss_rate, device=device)
    if is_study(paths):
        return _of_study(paths[0], rule, max_miss_rate, device, progress or Silent())
    if max_miss_rate is not None:
        raise ConfigError("--max-miss-rate needs the validation cases of a study: give its folder")
    return _of_runs(paths, rule, device)


def _of_runs(paths: Sequence[Path], rule: str | None, device: str) -> OpenModel:
    runs = tuple(load_trained(path, device=device) for path in paths)
    if rule in (WEIGHTED, CHOSEN):
        raise ConfigError(f"{rule} is learnt on validation cases: give the study, not its runs")
    taken = rule or (runs[0].id if len(runs) == 1 else MEAN)
    said = () if rule or len(runs) == 1 else (f"rule: {MEAN}; choose another with --rule",)
    model = Model(runs, taken)
    known = _experience_of_run(paths, model)
    return _opened(model, paths, known, said)


def _of_study(
    path: Path, rule: str | None, max_miss_rate: float | None, device: str, progress: Progress
) -> OpenModel:
    folder, settings = StudyFolder(path), read_settings(StudyFolder(path).settings)
    for file in (folder.rules, folder.table("validation_scores"), folder.table("doubt")):
        if not file.exists():
            raise DataError(
                f"{path} is not finished: {file.name} is missing; give its `twinseg run` command "
                "again, or one of its runs"
            )
    scores = read_table(folder.table("validation_scores"))
    if max_miss_rate is not None and not 0 < max_miss_rate < 1:
        raise ConfigError(f"--max-miss-rate {max_miss_rate:g} came, expected a share such as 0.1")
    if max_miss_rate is not None and rule not in (None, MEAN):
        raise ConfigError(f"--max-miss-rate cuts the {MEAN} of the runs: leave --rule {rule} out")
    taken, said = _rule_of(folder, scores, MEAN if max_miss_rate is not None else rule)
    threshold = THRESHOLD
    if max_miss_rate is not None:
        threshold, promise = _cut(folder, settings, max_miss_rate, progress)
        said = (promise,)
    paths = [folder.run(run.id).path for run in settings.contrast.runs]
    model = Model(
        runs=tuple(load_trained(one, device=device) for one in paths),
        rule=taken,
        weights=tuple(read_learnt(folder.rules)["weights"]["values"])
        if taken == WEIGHTED
        else None,
        flips=tuple(FLIPS) if settings.evaluation.flips else (),
        threshold=threshold,
    )
    doubt = read_table(folder.table("doubt")).set_index("case")["disagreement"]
    dice = scores[scores["model"] == taken].set_index("case")["dice"]
    opened = _opened(model, paths, _experience(doubt, dice), said)
    # Another threshold gives other masks than those that were scored; the doubt is the same.
    return opened if max_miss_rate is None else replace(opened, experience=None)


def _rule_of(
    folder: StudyFolder, scores: pd.DataFrame, rule: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return the rule that is meant, and what is to be said of it."""
    means = scores.groupby("model", sort=False)["dice"].mean()
    if rule == CHOSEN:
        learnt = read_learnt(folder.rules)["chosen"]
        if not learnt["falls_back"]:
            raise ConfigError(
                "the rule `chosen` of this study picks by heat maps of each picture, which predict "
                f"does not draw; take --rule {means.idxmax()}, the best fixed one on validation"
            )
        return learnt["best_fixed"], (learnt["says"],)
    if rule is not None:
        return choose(dict.fromkeys(means.index, rule), rule, "rule"), ()
    best = str(means.idxmax())
    cases = int(scores.loc[scores["model"] == best, "dice"].notna().sum())
    others = ", ".join(f"{name} {mean:.3f}" for name, mean in means.items() if name != best)
    return best, (
        f"rule: {best}, the best on {cases} validation cases (mean Dice {means[best]:.3f}; "
        f"{others}); choose another with --rule",
    )


def _cut(
    folder: StudyFolder, settings: StudySettings, alpha: float, progress: Progress
) -> tuple[float, str]:
    """Return the threshold that risk control finds, and what may then be relied on."""
    known = read_table(folder.table("risk_control"))
    row = known[(known["risk"] == "type2_rate") & np.isclose(known["alpha"], alpha)]
    if len(row):
        limit, groups, smallest = row.iloc[0][["limit", "validation_groups", "smallest_alpha"]]
    elif is_prepared(folder.dataset):
        study = OpenStudy(folder, settings, folder.dataset)
        found = miss_rate_control(study, settings.contrast, alpha, progress)
        limit = np.nan if found.rung is None else float(THRESHOLDS[found.rung])
        groups, smallest = found.groups, found.smallest_alpha
    else:
        levels = ", ".join(f"{one:g}" for one in sorted(known["alpha"].unique()))
        raise ConfigError(f"--max-miss-rate {alpha:g} needs the dataset in the study, which is "
                          f"elsewhere; take one of {levels}")  # fmt: skip
    if np.isnan(limit):
        raise ConfigError(
            f"--max-miss-rate {alpha:g} cannot be promised with {groups:g} validation groups; "
            f"nothing below {smallest:.3g} can"
        )
    less = " (less than by the usual one half: so much may be missed)" if limit > THRESHOLD else ""
    return float(limit), (
        f"what has a mean probability above {limit:.3g} is marked{less}: of new groups at most "
        f"{alpha:.0%} of the target is missed on average. That holds for pictures of the same "
        f"source as the {groups:g} validation groups, not for a single picture"
    )


def _experience_of_run(paths: Sequence[Path], model: Model) -> Experience | None:
    """Look up what a single run did on the validation cases of the study that it lies in."""
    folder = StudyFolder(paths[0].absolute().parent.parent)
    scores = folder.table("validation_scores")
    if len(paths) > 1 or not (folder.settings.is_file() and scores.exists()):
        return None
    of_run = read_table(scores).query("model == @model.rule").set_index("case")["dice"]
    run = model.runs[0].id
    predicted = Predictions(run, "run", folder.masks(VALIDATION, run))
    if of_run.empty or not predicted.has_probabilities:
        return None
    doubt = [uncertainty(predicted.probabilities([case])[0]) for case in of_run.index]
    return _experience(pd.Series(doubt, of_run.index), of_run)


def _experience(doubt: pd.Series, dice: pd.Series) -> Experience | None:
    return experience_of(doubt.loc[dice.index].to_numpy(float), dice.to_numpy(float))


def _opened(
    model: Model, paths: Sequence[Path], known: Experience | None, said: tuple[str, ...]
) -> OpenModel:
    """Put together what is known, with what its training pictures look like."""
    file = RunFolder(paths[model.runs.index(model.watched)]).likeness
    likeness = read_likeness(file) if file.exists() else None
    caution = (
        "which pictures are unlike those of training is not known (column `is_unlike` is empty); "
        "`twinseg run` learns it"
    )
    if likeness is None or likeness.caution:
        caution = f"which are unlike: {likeness.caution}" if likeness else caution
        said = (*said, caution)
    usual = known.high_doubt if known else None
    return OpenModel(model, known, usual, likeness, said, _digests(paths))


def _digests(paths: Sequence[Path]) -> tuple[str, ...]:
    return tuple(read_run_facts(path)["sha256"][RunFolder(path).weights.name] for path in paths)
