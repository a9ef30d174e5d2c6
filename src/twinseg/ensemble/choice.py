"""One of several candidates for each image, chosen without the reference; scikit-learn's door.

A ridge regression for each candidate (Hoerl & Kennard 1970) predicts how much better than the best
fixed candidate it will be, from what can be known without the reference. It was fitted on
validation cases, where the reference was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from twinseg.core.arrays import Indices
from twinseg.core.errors import DataError
from twinseg.core.registry import choose
from twinseg.core.store import whole_folder
from twinseg.core.words import amount, be
from twinseg.ensemble.folds import Groups, group_folds
from twinseg.prediction.predictions import Predictions, write_mask
from twinseg.records.rule_names import CHOSEN

Dices = Float[np.ndarray, "case candidate"]

FEWEST_GROUPS = 20  # below, a gain and its standard error mean little
_PENALTIES = (10.0, 100.0, 1000.0, 10_000.0)


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """What was learnt on validation cases.

    Attributes:
        candidates: Names, in the order of the columns of Dice.
        best_fixed: The candidate with the highest mean Dice on validation.
        gain: Mean Dice on validation of choosing by cross-fitting, minus that of ``best_fixed``.
        standard_error: Of ``gain``, over groups; NaN where it was not computed.
        falls_back: ``best_fixed`` is taken for every image: too few groups, or the gain is not
            above its standard error.
        groups: Validation groups with a case in which every candidate has a Dice.
        models: Predicts each candidate's gain; None where it falls back.
    """

    candidates: tuple[str, ...]
    best_fixed: str
    gain: float
    standard_error: float
    falls_back: bool
    groups: int
    models: Pipeline | None

    def choose(self, features: pd.DataFrame) -> list[str]:
        """Name one candidate for each case; no reference is looked at.

        Args:
            features: One row per case, the columns of fitting.
        """
        if self.models is None:
            return [self.best_fixed] * len(features)
        fixed = self.candidates.index(self.best_fixed)
        return [self.candidates[place] for place in _choices(self.models, features, fixed)]

    def __str__(self) -> str:
        """Say what is done and why."""
        if self.groups < FEWEST_GROUPS:
            why = (
                f"{amount(self.groups, 'validation group')} {be(self.groups)} too few to learn from"
            )
        else:
            why = (
                f"choosing per image changed the mean Dice on validation groups left out by "
                f"{self.gain:+.4f}, with a standard error of {self.standard_error:.4f}"
            )
        if self.falls_back:
            return f"`chosen` falls back to `{self.best_fixed}` for every image: {why}"
        names = ", ".join(f"`{candidate}`" for candidate in self.candidates)
        return f"`chosen` picks image by image among {names}: {why}"


def fit_chooser(
    features: pd.DataFrame,
    dices: Dices,
    candidates: Sequence[str],
    groups: Groups,
    rng: np.random.Generator,
) -> Chooser:
    """Learn to choose among candidates from validation cases.

    Each fold of groups is judged with what was learnt on the others, so the gain is honest; only
    if it is above its own standard error over groups is the choice made image by image, so that
    on validation it cannot be worse than the best fixed candidate beyond that uncertainty.

    Args:
        features: Finite numbers, one row per case; see `case_features`. More columns are welcome.
        dices: Dice of each candidate, NaN of two empty masks, which is left out of means as in the
            scores; the choice is learnt on cases in which every candidate has a Dice.
        candidates: Names of the columns of ``dices``.
        groups: The group of each case.
        rng: Deals the groups to folds.

    Raises:
        DataError: If there is no case or the numbers of cases differ.
    """
    if not len(features) == len(dices) == len(groups) > 0:
        raise DataError(
            f"expected features, Dice and groups of the same cases, at least one, got "
            f"{len(features)}, {len(dices)} and {len(groups)}"
        )
    fixed = int(_means_of_defined(dices).argmax())
    known = np.isfinite(dices).all(axis=1)
    features, worth, groups = features[known], dices[known], np.asarray(groups)[known]
    number = len(set(groups))
    gain, error = 0.0, np.nan
    if number >= FEWEST_GROUPS:
        gains = _cross_fitted(features, worth, group_folds(groups, rng)) - worth[:, fixed]
        gain, error = float(gains.mean()), _standard_error(gains, groups)
    falls_back = not gain > error
    return Chooser(
        candidates=tuple(candidates),
        best_fixed=candidates[fixed],
        gain=gain,
        standard_error=error,
        falls_back=falls_back,
        groups=number,
        models=None if falls_back else _fit(features, worth, fixed),
    )


def pick(
    candidates: Sequence[Predictions], choices: Sequence[str], case_ids: Sequence[str], folder: Path
) -> Predictions:
    """Write for each case the mask of the candidate chosen for it, or find them there.

    Raises:
        ConfigError: If a choice is no candidate.
        StoreError: If a candidate lacks a case.
    """
    by_name = {candidate.model: candidate for candidate in candidates}
    if not folder.exists():
        with whole_folder(folder) as scratch:
            for case_id, choice in zip(case_ids, choices, strict=True):
                mask = choose(by_name, choice, "candidate").mask(case_id)
                write_mask(scratch / f"{case_id}.png", mask)
    return Predictions(CHOSEN, "rule", folder)


def _means_of_defined(dices: Dices) -> np.ndarray:
    """Mean Dice of each candidate over its defined cases; -1 where it has none."""
    defined = np.isfinite(dices)
    numbers = defined.sum(axis=0)
    sums = np.where(defined, dices, 0.0).sum(axis=0)
    return np.where(numbers > 0, sums / np.maximum(numbers, 1), -1.0)


def _cross_fitted(features: pd.DataFrame, worth: Dices, folds: Indices) -> np.ndarray:
    """Dice of what is chosen on each fold by what the other folds taught."""
    reached = np.empty(len(worth))
    for fold in range(int(folds.max()) + 1):
        left_out = folds == fold
        fixed = int(worth[~left_out].mean(axis=0).argmax())
        models = _fit(features[~left_out], worth[~left_out], fixed)
        places = _choices(models, features[left_out], fixed)
        reached[left_out] = worth[left_out, places]
    return reached


def _fit(features: pd.DataFrame, worth: Dices, fixed: int) -> Pipeline:
    models = make_pipeline(StandardScaler(), RidgeCV(_PENALTIES))
    return models.fit(features.to_numpy(), worth - worth[:, [fixed]])


def _choices(models: Pipeline, features: pd.DataFrame, fixed: int) -> Indices:
    gains = models.predict(features.to_numpy()).round(9)
    gains[:, fixed] = 1e-9  # a tie is decided for the fixed one
    places: Indices = gains.argmax(axis=1)
    return places


def _standard_error(gains: np.ndarray, groups: Groups) -> float:
    """Of the mean over cases, from the spread of groups' sums around it (ratio estimator)."""
    names, numbers = np.unique(groups, return_inverse=True)
    sums = np.bincount(numbers, weights=gains - gains.mean())
    return float(np.sqrt((sums**2).sum() * len(names) / (len(names) - 1)) / len(gains))
