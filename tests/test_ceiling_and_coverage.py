"""Share of the gap to the ceiling, and the risk-coverage curve: on paper, laws, refusals."""

import numpy as np
import pytest

from twinseg.comparison import associate, estimate_mean
from twinseg.comparison.bca import Interval, unknown
from twinseg.comparison.ceiling import share_of_gap
from twinseg.comparison.risk_coverage import risk_coverage
from twinseg.core.errors import DataError
from twinseg.report.environment import span


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_share_of_the_gap_worked_out_on_paper() -> None:
    better, other = np.array([0.8, 0.6, 0.7]), np.array([0.7, 0.9, 0.7])
    rule = np.array([0.8, 0.75, 0.7])
    found = share_of_gap(rule, better, np.stack([better, other]), np.arange(3), rng=rng())
    assert found.ceiling == pytest.approx(0.8)  # 0.8, 0.9, 0.7
    assert found.gap == pytest.approx(0.1)
    assert found.share == pytest.approx(0.5)  # 0.15 of 0.3
    # a resample that draws the second case has the share 0.5, the others have no gap
    assert not found.interval.is_known  # of three groups
    twice = (np.tile(one, 2) for one in (rule, better))
    both = np.tile(np.stack([better, other]), 2)
    found = share_of_gap(*twice, both, np.arange(6), rng=rng())
    assert (found.interval.low, found.interval.high) == pytest.approx((0.5, 0.5))


def test_ends_of_the_share() -> None:
    draw = np.random.default_rng(1)
    candidates, groups = draw.random((3, 40)), np.arange(40) // 2
    better = candidates[0]
    assert share_of_gap(better, better, candidates, groups, rng=rng()).share == 0
    best = share_of_gap(candidates.max(axis=0), better, candidates, groups, rng=rng())
    assert (best.share, best.interval.low, best.interval.high) == pytest.approx((1, 1, 1))
    worse = share_of_gap(candidates[1], better, candidates, groups, rng=rng())
    assert worse.interval.low < worse.share < worse.interval.high


def test_undefined_cases_and_no_gap() -> None:
    better = np.array([0.5, np.nan, 0.6])
    found = share_of_gap(better, better, better[None], np.arange(3), rng=rng())
    assert (found.cases, found.gap) == (2, 0)
    assert np.isnan(found.share)
    assert not found.interval.is_known
    nothing = share_of_gap(better[1:2], better[1:2], better[None, 1:2], np.arange(1), rng=rng())
    assert nothing.cases == 0


def test_risk_coverage_worked_out_on_paper() -> None:
    doubt, error = np.array([0.3, 0.1, 0.2, 0.9]), np.array([0.2, 0.0, 0.4, 0.6])
    found = risk_coverage(doubt, error, np.arange(4), rng=rng())
    # order 0.0, 0.4, 0.2, 0.6: risks 0, 0.2, 0.2, 0.3
    assert found.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert found.risk == pytest.approx([0.0, 0.2, 0.2, 0.3])
    assert found.area == pytest.approx(0.175)
    assert found.area_random == pytest.approx(0.3)
    assert found.area_oracle == pytest.approx((0 + 0.1 + 0.2 + 0.3) / 4)
    assert found.remaining(0.0) == pytest.approx(0.3)
    assert found.remaining(0.25) == pytest.approx(0.2)
    assert found.remaining(0.3) == pytest.approx(0.2)  # two cases are sent, the better half stays
    assert np.isnan(found.remaining(1.0))


def test_no_order_is_made_up_among_equals() -> None:
    error = np.array([0.0, 1.0, 0.5, 0.3])
    found = risk_coverage(np.zeros(4), error, np.arange(4), rng=rng())
    assert found.risk == pytest.approx([0.45] * 4)
    turned = risk_coverage(np.zeros(4), error[::-1], np.arange(4), rng=rng())
    assert turned.area == pytest.approx(found.area)


def test_a_good_doubt_is_shown_to_be_of_use_and_noise_is_not() -> None:
    draw = np.random.default_rng(3)
    error = draw.beta(1, 5, 200)
    good = risk_coverage(error + 0.1 * draw.random(200), error, np.arange(200), rng=rng())
    noise = risk_coverage(draw.random(200), error, np.arange(200), rng=rng())
    assert good.interval.low > 0
    assert noise.interval.low < 0 < noise.interval.high
    assert good.area_oracle <= good.area < good.area_random
    assert good.interval.holds(good.area_random - good.area)


@pytest.mark.parametrize(("groups", "is_known"), [(5, False), (6, True)])
def test_no_interval_of_fewer_groups_than_a_comparison_asks_for(
    groups: int, is_known: bool
) -> None:
    draw = np.random.default_rng(5)
    error, of = draw.random(30), np.arange(30) % groups
    doubt = error + draw.random(30)
    assert risk_coverage(doubt, error, of, rng=rng()).interval.is_known is is_known
    candidates = draw.random((2, 30))
    share = share_of_gap(candidates.max(axis=0), candidates[0], candidates, of, rng=rng())
    assert share.interval.is_known is is_known
    found = associate(doubt, error, of, rng=rng())
    assert found.interval.is_known is is_known
    few = "5 groups: fewer than 6 say nothing of others"
    assert found.verdict == ("so disagreement announces this error" if is_known else few)
    assert estimate_mean(error, of, rng=rng()).trusted.is_known is is_known


def test_an_interval_that_there_is_not_is_not_shown_as_numbers() -> None:
    assert span(unknown(0.95)) == "no interval"
    assert span(Interval(-0.25, 0.5, 0.95), signed=True) == "-0.250 to +0.500"


@pytest.mark.usefixtures("as_users_run_it")
def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="one value a case"):
        share_of_gap(np.zeros(3), np.zeros(2), np.zeros((1, 3)), np.arange(3), rng=rng())
    with pytest.raises(DataError, match="got 2, 3 and 3"):
        risk_coverage(np.zeros(2), np.zeros(3), np.arange(3), rng=rng())
    with pytest.raises(DataError, match="no case has a defined error"):
        risk_coverage(np.zeros(2), np.full(2, np.nan), np.arange(2), rng=rng())
