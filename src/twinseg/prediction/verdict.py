"""What is said of a picture that is unlike those a model was trained on, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from twinseg.core.arrays import Pictures
from twinseg.prediction.likeness import Likeness, Measure
from twinseg.prediction.looks import Looks
from twinseg.prediction.picture_statistics import NUMBERS, are_grey, picture_numbers

_RARE_SHARE = 0.01  # of the pixels of training pictures
_FEW, _MOST = 1, 99  # percentiles of training pictures beyond which a number is worth a word
_JUST_UNLIKE = 1 + 1e-9  # score of what is worth a word in a picture that is unlike by others
_GREY = "grey where training pictures are in colour"
_OF_GREY_BALANCE = "of other light and dark parts than any training picture"
_BY_LITTLE = "by little of everything"
_IN_COLOUR = "in colour where training pictures are grey"


@dataclass(frozen=True)
class Verdict:
    """Of one picture.

    Attributes:
        score: Strangest of all measures, in limits; NaN where only its colours are known.
        is_unlike: Whether it is above 1, or the picture is of another shape, spacing or kind.
        ways: In which ways it is unlike, the strangest first, shape, spacing and size last; empty
            if it is like them.
    """

    score: float
    is_unlike: bool
    ways: tuple[str, ...]


def judge(likeness: Likeness, looks: Looks) -> tuple[Verdict, ...]:
    """Say of each picture whether it is unlike the training pictures, and in which ways.

    Raises:
        DataError: If they were shown to another network than the likeness is of.
    """
    if not len(looks):
        return ()
    scores, other_kind = likeness.scores(looks), likeness.is_other_kind(looks)
    return tuple(
        _verdict(likeness, looks.rows(np.array([row])), scores[row], bool(other_kind[row]))
        for row in range(len(looks))
    )


def judge_by_colour(
    pictures: Pictures, *, trained_on_grey: bool | None
) -> Sequence[Verdict | None]:
    """Say of pictures in colour that training pictures were grey; None of whatever is not known.

    It takes no likeness: what is left where none was learnt.

    Args:
        pictures: uint8, (case, y, x, 3).
        trained_on_grey: Whether all training pictures were grey; None where nobody knows.
    """
    if not trained_on_grey:
        return [None] * len(pictures)
    in_colour = Verdict(nan, True, (_IN_COLOUR,))
    return [None if grey else in_colour for grey in are_grey(picture_numbers(pictures))]


def _verdict(likeness: Likeness, look: Looks, scores: np.ndarray, other_kind: bool) -> Verdict:
    shape = likeness.grids.ways(look.grids[0], telling=True)
    kind = [_GREY if are_grey(look.numbers)[0] else _IN_COLOUR] if other_kind else []
    score = float(max(scores.max(), 0.0))
    if not (kind or shape) and score <= 1:
        return Verdict(score, False, ())
    found = _of_numbers(likeness, look, skip_colour=other_kind)
    if not other_kind:
        is_grey = bool(are_grey(look.numbers)[0])
        found += [(scores[Measure.COLOURS], _of_colours(likeness, look, is_grey=is_grey))]
        balance = _OF_GREY_BALANCE if is_grey else _of_balance(likeness, look)
        found += [(scores[Measure.BALANCE], balance)]
    found += [(scores[Measure.NETWORK], _of_network(scores))]
    ways = [way for strangeness, way in sorted(found, reverse=True) if strangeness > 1]
    why = [*kind, *ways, *shape] or [_BY_LITTLE]
    return Verdict(score, True, (*why, *likeness.grids.ways(look.grids[0], telling=False)))


def _of_numbers(likeness: Likeness, look: Looks, *, skip_colour: bool) -> list[tuple[float, str]]:
    """Say of each plain number how unusual it is; in a picture that is unlike, 1 % is enough."""
    found = []
    for place, value in enumerate(look.numbers[0]):
        number, quantiles = NUMBERS[place], likeness.quantiles[:, place]
        if number.is_of_colour and skip_colour:
            continue
        is_more = value > quantiles[len(quantiles) // 2]
        least = number.least_spread
        is_rare = not quantiles[_FEW] - least <= value <= quantiles[_MOST] + least
        score = float(likeness.number_scores(look.numbers)[0, place])
        what = _compared(number.more if is_more else number.less, value, quantiles)
        found.append((max(score, _JUST_UNLIKE) if is_rare else score, what))
    return found


def _compared(what: str, value: float, quantiles: np.ndarray) -> str:
    percents = np.arange(len(quantiles))
    below = float(np.interp(value, quantiles, percents))
    share = max(below, 100 - below)
    beyond = value < quantiles[0] or value > quantiles[-1]
    which = "all" if beyond else f"{int(share)} % of the"
    theirs = f"{quantiles[_FEW]:.2f} to {quantiles[_MOST]:.2f}"
    return f"{what} than {which} training pictures ({value:.2f}, theirs mostly {theirs})"


def _of_colours(likeness: Likeness, look: Looks, *, is_grey: bool) -> str:
    what = "grey values" if is_grey else "colours"
    share = float(look.colours[0, _rare_colours(likeness.rarity)].sum())
    if share <= _RARE_SHARE:
        return f"mostly in {what} that training pictures hold little of"
    return (
        f"in {what} rare in training pictures ({100 * share:.3g} % of its pixels, "
        f"{100 * _RARE_SHARE:.3g} % of theirs)"
    )


def _rare_colours(rarity: np.ndarray) -> np.ndarray:
    """Tell which colours, the rarest first, make up 1 % of the pixels of training pictures."""
    shares = np.exp(-rarity)
    order = np.argsort(-rarity, kind="stable")
    are_rare = np.zeros(len(rarity), dtype=bool)
    are_rare[order] = np.cumsum(shares[order]) <= _RARE_SHARE * shares.sum()
    return are_rare


def _of_balance(likeness: Likeness, look: Looks) -> str:
    red, blue = np.exp(look.balance[0, :2] - likeness.balance.ruler.middle[:2])
    return (
        "of another balance of red, green and blue than any training picture (to green, "
        f"{red:.2f} times their usual red and {blue:.2f} times their usual blue)"
    )


def _of_network(scores: np.ndarray) -> str:
    return f"strange to the network itself ({scores[Measure.NETWORK]:.1f} times the limit)"
