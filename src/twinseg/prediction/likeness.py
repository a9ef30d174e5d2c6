"""Whether a picture is like those a model was trained on: what was learnt of these, and the limit.

Four measures are brought to one scale by the validation cases, the largest of them is the score,
and one limit is set so that 5 % of the validation cases lie above it in all. Another shape,
spacing or kind of picture (grey or in colour) tells by itself, another size does not.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy.ndimage import gaussian_filter

from twinseg.core.errors import DataError
from twinseg.prediction.grid_ranges import GridRanges, fit_ranges
from twinseg.prediction.looks import Looks
from twinseg.prediction.nearness import Cloud, Neighbours, fit_cloud, fit_neighbours
from twinseg.prediction.picture_statistics import NUMBERS, Colours, Numbers, are_grey

FLAGGED_SHARE = 0.05  # of validation cases
FEWEST_VALIDATION_CASES = 20  # of which 5 % is one
FEWEST_TRAINING_CASES = 50
_RARELY = 0.01  # share of training cases below which a kind of picture is not expected
_NEVER = 1e-6  # share of the pixels of training pictures, added to every colour
_BALANCE_LEAST = 0.01  # a hundredth more red
_QUANTILES = np.linspace(0, 1, 101)
_MIDDLE, _LOW, _HIGH = 50, 5, 95
_TO_SIGMA = 1.645  # 95th percentile of the standard normal distribution


class Measure(IntEnum):
    """Column of the scores of a picture."""

    NUMBERS = 0  # the strangest of the plain numbers
    COLOURS = 1  # how rare its colours are
    BALANCE = 2  # how its channels stand to each other
    NETWORK = 3  # distance in the network's own features


@dataclass(frozen=True)
class Likeness:
    """What is known of the training pictures of one model.

    Attributes:
        training_cases: How many it was learnt from.
        validation_cases: How many set the limit.
        grids: Sizes and spacings of training pictures.
        grey_share: Share of the training pictures without colour.
        quantiles: 0 %, 1 % ... 100 % of each plain number, (quantile, number).
        rarity: Negative log of the share of pixels in each colour, (bin,).
        balance: The colour balance of training pictures.
        cloud: The network's features of training pictures.
        middle: Of each `Measure` on validation cases, (measure,).
        reach: From there to their 95th percentile, (measure,).
        limit: Largest score of a picture that is like them, in reaches.
    """

    training_cases: int
    validation_cases: int
    grids: GridRanges
    grey_share: float
    quantiles: np.ndarray
    rarity: np.ndarray
    balance: Neighbours
    cloud: Cloud
    middle: np.ndarray
    reach: np.ndarray
    limit: float

    @property
    def caution(self) -> str:
        """What to say of it where it was learnt from few cases; "" where it was not."""
        few = self.training_cases < FEWEST_TRAINING_CASES
        if not few and self.validation_cases >= FEWEST_VALIDATION_CASES:
            return ""
        return (
            f"learnt from {self.training_cases} training and {self.validation_cases} validation "
            "cases only: it can tell little but great differences"
        )

    def scores(self, looks: Looks) -> np.ndarray:
        """Return every `Measure` of pictures in limits: above 1 is unlike; (case, measure).

        Raises:
            DataError: If they were shown to another network, or it gives no numbers.
        """
        expected, came = len(self.cloud.mean), looks.features.shape[1]
        if came != expected:
            raise DataError(
                f"{came} features of a network came, {expected} were expected: the likeness is of "
                "another model; take both from one run folder"
            )
        looks.require_finite()
        found: np.ndarray = (self._measured(looks) - self.middle) / self.reach / self.limit
        return found

    def number_scores(self, numbers: Numbers) -> np.ndarray:
        """Return the score of each plain number by itself, as `scores` does, (case, number)."""
        at = Measure.NUMBERS
        found: np.ndarray = (self._strangeness(numbers) - self.middle[at]) / self.reach[at]
        return found / self.limit

    def is_other_kind(self, looks: Looks) -> np.ndarray:
        """Tell which pictures are grey among coloured ones or coloured among grey ones, (case,)."""
        grey = are_grey(looks.numbers)
        found: np.ndarray = np.where(grey, self.grey_share, 1 - self.grey_share) < _RARELY
        return found

    def colour_rarity(self, colours: Colours) -> np.ndarray:
        """Return the mean rarity of the colours of pictures, a negative logarithm, (case,)."""
        found: np.ndarray = colours.astype(np.float64) @ self.rarity
        return found

    def _measured(self, looks: Looks) -> np.ndarray:
        columns = {
            Measure.NUMBERS: self._strangeness(looks.numbers).max(axis=1),
            Measure.COLOURS: self.colour_rarity(looks.colours),
            Measure.BALANCE: self.balance.distances(looks.balance),
            Measure.NETWORK: self.cloud.distances(looks.features),
        }
        return np.stack([columns[measure] for measure in Measure], axis=1)

    def _strangeness(self, numbers: Numbers) -> np.ndarray:
        """Distance from the median in standard deviations, estimated on each side by itself."""
        middle = self.quantiles[_MIDDLE]
        least = np.array([number.least_spread for number in NUMBERS])
        above = np.maximum((self.quantiles[_HIGH] - middle) / _TO_SIGMA, least)
        below = np.maximum((middle - self.quantiles[_LOW]) / _TO_SIGMA, least)
        found: np.ndarray = np.where(
            numbers > middle, (numbers - middle) / above, (middle - numbers) / below
        )
        return found


def fit_likeness(training: Looks, validation: Looks) -> Likeness:
    """Learn what training pictures look like, and set the limit.

    Args:
        training: Of training cases; their order is of no matter.
        validation: Of cases that the network was not trained on.

    Raises:
        DataError: If there are fewer than two training cases or no validation case.
    """
    if len(training) < 2 or not len(validation):
        raise DataError(
            f"{len(training)} training and {len(validation)} validation cases came, at least 2 and "
            "1 are needed to know what is usual; take more cases"
        )
    training, validation = training.in_order(), validation.in_order()
    training.require_finite()
    measures = len(Measure)
    raw = Likeness(
        training_cases=len(training),
        validation_cases=len(validation),
        grids=fit_ranges(training.grids),
        grey_share=float(are_grey(training.numbers).mean()),
        quantiles=np.quantile(training.numbers, _QUANTILES, axis=0),
        rarity=_rarity_of(training.colours),
        balance=fit_neighbours(training.balance, least_spread=_BALANCE_LEAST),
        cloud=fit_cloud(training.features),
        middle=np.zeros(measures),
        reach=np.ones(measures),
        limit=1.0,
    )
    return _with_limit(raw, validation)


def _with_limit(raw: Likeness, validation: Looks) -> Likeness:
    found = raw.scores(validation)
    middle = np.median(found, axis=0)
    # A tenth: cases that are all alike leave no reach, and nothing is infinitely far.
    least = 0.1 * np.abs(middle) + 1e-6
    reach = np.maximum(np.quantile(found, 1 - FLAGGED_SHARE, axis=0) - middle, least)
    told = raw.is_other_kind(validation) | raw.grids.are_outside(validation.grids)
    limit = limit_of(((found - middle) / reach).max(axis=1), told)
    known = {name: getattr(raw, name) for name in raw.__dataclass_fields__}
    return Likeness(**known | {"middle": middle, "reach": reach, "limit": limit})


def limit_of(scores: np.ndarray, told: np.ndarray) -> float:
    """Return the score above which 5 % of the cases lie, counting those that are told anyway.

    Where fewer than 20 cases came no share of 5 % exists: then it is as many times farther from the
    middle than the farthest of them as cases are missing: 5 times for 4 of them, 2 for 10.

    Args:
        scores: Of cases, 0 in the middle, (case,).
        told: Which of them are flagged whatever their score, (case,).
    """
    allowed = max(int(FLAGGED_SHARE * len(scores) + 1e-9) - int(told.sum()), 0)
    rest = np.sort(scores[~told])
    limit = float(rest[max(len(rest) - 1 - allowed, 0)]) if len(rest) else 1.0
    return max(limit, 1.0) * max(FEWEST_VALIDATION_CASES / len(scores), 1.0)


def _rarity_of(colours: Colours) -> np.ndarray:
    shares = colours.mean(axis=0, dtype=np.float64)
    side = round(len(shares) ** (1 / 3))
    smooth = gaussian_filter(shares.reshape(side, side, side), 0.7, mode="nearest").ravel()
    found: np.ndarray = -np.log(smooth / smooth.sum() + _NEVER)
    return found
