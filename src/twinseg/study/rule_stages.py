"""The rules of a contrast: fitted on validation cases, made for validation and test cases."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.tables import write_table
from twinseg.ensemble.choice import fit_chooser, pick
from twinseg.ensemble.combine import MEAN, WEIGHTED, combine, useful_rules
from twinseg.ensemble.features import case_features
from twinseg.ensemble.mixture_weights import fit_weights, products_of_case
from twinseg.ensemble.rules_file import write_learnt
from twinseg.explanation.evidence import weigh_twins
from twinseg.records.folders import TEST, VALIDATION
from twinseg.records.rule_names import CHOSEN
from twinseg.records.run_spec import Contrast
from twinseg.study.open_study import OpenStudy, TwinCases
from twinseg.study.score_stages import score
from twinseg.study.stage import Over, Stage

_CANDIDATES = ("union", "intersection", MEAN)  # beside each twin, of `chosen`


def rules_of(study: OpenStudy) -> list[str]:
    """Name the rules that are made for validation and for test cases."""
    return useful_rules(2 * (1 + len(study.flips)))


def weigh_members(study: OpenStudy, contrast: Contrast, _progress: Progress) -> None:
    """Fit the weights of the weighted mean on validation cases."""
    cases, data = study.twin_cases(contrast, VALIDATION), study.data
    products = []
    for position, case_id in zip(cases.positions, cases.case_ids, strict=True):
        planes = [member.probabilities([case_id])[0] for member in cases.members]
        products.append(products_of_case(planes, read_some(data.masks, position)))
    fitted = fit_weights(products, cases.groups, study.random("weights"))
    facts = {
        "members": [member.model for member in cases.members],
        "values": fitted.values,
        "by_fold": fitted.by_fold,
        "squared_error_left_out": _number(fitted.error),
        "squared_error_equal": _number(fitted.error_equal),
    }
    write_sealed(study.folder.weights_of_rules, facts)


def make_masks(split: str, study: OpenStudy, contrast: Contrast, progress: Progress) -> None:
    """Make the masks of every rule for the cases of ``split``."""
    cases, names = study.twin_cases(contrast, split), rules_of(study)
    weights = weights_of(study)["values"]
    with progress.task(f"rules for {split}", len(names), unit="rules") as task:
        for name in names:
            given = weights if name == WEIGHTED else None
            where = study.folder.masks(split, name)
            combine(name, cases.members, cases.case_ids, where, weights=given)
            task.advance()


def score_validation(study: OpenStudy, contrast: Contrast, progress: Progress) -> None:
    """Score the twins and the rules on validation cases, where rules learn."""
    cases = study.twin_cases(contrast, VALIDATION)
    rules = [cases.rule(name) for name in rules_of(study)]
    table = score(study, VALIDATION, [*cases.twins, *rules], progress)
    write_table(study.folder.table("validation_scores"), table, sealed=True)


def choose(study: OpenStudy, contrast: Contrast, progress: Progress) -> None:
    """Learn on validation cases which candidate to trust, and choose for each test case.

    Leaves ``choices`` (which candidate was chosen for each test case) and ``rules.json`` (what
    was learnt, in numbers and words).
    """
    learnt_from, asked = (study.twin_cases(contrast, split) for split in (VALIDATION, TEST))
    candidates = [*asked.twins, *(asked.rule(name) for name in _CANDIDATES)]
    names = [candidate.model for candidate in candidates]
    scores = study.table("validation_scores")
    dice = scores.pivot(index="case", columns="model", values="dice")
    chooser = fit_chooser(
        features_of(study, learnt_from),
        dice.loc[learnt_from.case_ids, names].to_numpy(dtype=float),
        names,
        learnt_from.groups,
        study.random("chosen"),
    )
    choices = chooser.choose(features_of(study, asked))
    table = pd.DataFrame({"case": asked.case_ids, "group": asked.groups, "chosen": choices})
    pick(candidates, choices, asked.case_ids, study.folder.masks(TEST, CHOSEN))
    write_table(study.folder.table("choices"), table, sealed=True)
    facts = {
        "weights": weights_of(study),
        "chosen": {
            "says": str(chooser),
            "candidates": chooser.candidates,
            "best_fixed": chooser.best_fixed,
            "gain": chooser.gain,
            "standard_error": _number(chooser.standard_error),
            "falls_back": chooser.falls_back,
        },
        "better_twin": better_twin(scores, [twin.model for twin in asked.twins]),
    }
    write_learnt(study.folder.rules, facts)
    progress.say(str(chooser))


def better_twin(validation_scores: pd.DataFrame, twins: Sequence[str]) -> str:
    """Name the twin with the higher mean Dice on validation; the first one if they are equal."""
    means = validation_scores.groupby("model")["dice"].mean()
    return max(twins, key=lambda twin: np.nan_to_num(means[twin], nan=-1.0))


def features_of(study: OpenStudy, cases: TwinCases) -> pd.DataFrame:
    """Everything `chosen` learns from: `case_features`, and how alike the heat maps are."""
    rows = []
    for position, case_id in zip(cases.positions, cases.case_ids, strict=True):
        planes = [twin.probabilities([case_id])[0] for twin in cases.twins]
        rows.append(case_features(planes, read_some(study.data.pictures, position)))
    return pd.DataFrame(rows).join(_agreement_of_maps(cases))


def _agreement_of_maps(cases: TwinCases) -> pd.DataFrame:
    """Rank correlation of the twins' heat maps, a column for each kind; 0 where a map is blank."""
    first, second = cases.maps
    alike = weigh_twins(first, second, cases.case_ids, None)
    columns = alike.pivot(index="case", columns="map", values="rank_correlation")
    return columns.loc[cases.case_ids].fillna(0.0).add_prefix("agreement ").reset_index(drop=True)


def weights_of(study: OpenStudy) -> dict[str, Any]:
    """Return what was fitted for the weighted mean: ``values``, one a member, and more."""
    file = study.folder.weights_of_rules
    return read_sealed(file, advice=f"delete {file} and give the same command again")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


RULE_STAGES = (
    Stage(
        "weights of rules",
        Over.CONTRAST,
        needs=(f"{VALIDATION} masks", f"{VALIDATION} masks of flipped pictures"),
        makes=lambda study, _: [study.folder.weights_of_rules],
        work=weigh_members,
        settings=("seed",),
    ),
    *(
        Stage(
            f"{split} masks of rules",
            Over.CONTRAST,
            needs=("weights of rules", f"{split} masks", f"{split} masks of flipped pictures"),
            makes=partial(
                lambda split, study, contrast: [
                    study.folder.masks(split, name) for name in rules_of(study)
                ],
                split,
            ),
            work=partial(make_masks, split),
        )
        for split in (VALIDATION, TEST)
    ),
    Stage(
        "validation scores",
        Over.CONTRAST,
        needs=(f"{VALIDATION} masks of rules",),
        makes=lambda study, _: [study.folder.table("validation_scores")],
        work=score_validation,
        settings=("surface_tolerance",),
    ),
    Stage(
        "choice for each case",
        Over.CONTRAST,
        needs=(
            "validation scores",
            *(f"{split} masks of rules" for split in (VALIDATION, TEST)),
            *(f"{split} heat maps" for split in (VALIDATION, TEST)),
        ),
        makes=lambda study, _: [
            study.folder.masks(TEST, CHOSEN),
            study.folder.table("choices"),
            study.folder.rules,
        ],
        work=choose,
        settings=("seed",),
    ),
)
