"""Tests and effect sizes, against SciPy, statsmodels, baycomp and published worked examples."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.weightstats import ttost_paired

from twinseg.comparison import (
    bayesian_signed_rank,
    equivalence_test,
    found_test,
    group_totals,
    mcnemar_test,
    non_inferiority_test,
    paired_d,
    rank_biserial,
    rank_biserial_effect,
    sign_flip_test,
    signed_rank_test,
)
from twinseg.comparison.student import mean_and_error
from twinseg.core.errors import ConfigError, DataError

# Darwin's maize, crossed minus self-fertilised, in eighths of an inch: Fisher 1935, chapter III
DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0])


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def each_its_own(values):
    return group_totals(np.array(values, dtype=float), range(len(values)))


def test_sign_flip_of_fishers_example():
    # Fisher 1935, section 21: 863 of the 32,768 sign patterns reach 314 or more.
    found = sign_flip_test(each_its_own(DARWIN), rng=rng())
    assert found.p_value == 2 * 863 / 2**15
    assert found.method == "sign-flip by group, exact, 15 groups"


def test_paired_t_and_wilcoxon_of_fishers_example():
    # Fisher 1935, section 17: t = 2.148, P a little below 5 %.
    found = mean_and_error(each_its_own(DARWIN))
    assert found.mean / found.standard_error == pytest.approx(2.148, abs=5e-4)
    assert found.p_value() == pytest.approx(0.0497, abs=5e-5)
    p_value, _ = signed_rank_test(DARWIN)
    assert p_value == pytest.approx(stats.wilcoxon(DARWIN, method="exact").pvalue)


def test_sign_flip_flips_whole_groups():
    values, groups = [1.0, 2.0, -4.0, 0.5, 3.0], ["a", "a", "b", "c", "c"]
    sums = [3.0, -4.0, 3.5]
    seen = abs(sum(sums))
    flipped = [abs(np.dot(signs, sums)) for signs in product([-1, 1], repeat=3)]
    expected = np.mean([total >= seen for total in flipped])
    assert sign_flip_test(group_totals(np.array(values), groups), rng=rng()).p_value == expected


def test_many_groups_are_flipped_at_random():
    values = np.random.default_rng(2).normal(0.3, 1, size=17)
    found = sign_flip_test(each_its_own(values), rng=rng(), draws=20_000)
    assert found.method == "sign-flip by group, 20000 random patterns"
    oracle = stats.permutation_test(
        (values,), np.sum, permutation_type="samples", n_resamples=math.inf, vectorized=True
    )
    assert found.p_value == pytest.approx(oracle.pvalue, abs=0.012)
    clear = sign_flip_test(each_its_own(np.arange(1.0, 31)), rng=rng(), draws=99)
    assert clear.p_value == 1 / 100  # never 0


def test_sign_flip_without_difference_or_groups():
    assert sign_flip_test(each_its_own([0.0] * 20), rng=rng()).p_value == 1
    assert math.isnan(sign_flip_test(each_its_own([1.0]), rng=rng()).p_value)


@pytest.mark.parametrize("table", [(4, 9, 2, 3), (0, 5, 0, 0), (3, 0, 0, 2), (794, 86, 150, 570)])
def test_mcnemar_equals_statsmodels(table):
    # The last table: approval of a prime minister, Agresti 1990, table 10.1.
    both, only_first, only_second, neither = table
    first = np.repeat([True, True, False, False], table)
    second = np.repeat([True, False, True, False], table)
    found = mcnemar_test(first, second)
    assert (found.both, found.only_first, found.only_second, found.neither) == table
    expected = mcnemar([[both, only_first], [only_second, neither]], exact=True).pvalue
    assert found.p_value == pytest.approx(expected)
    assert "lesions taken as independent" in str(found)
    one_each = found_test(first, second, np.arange(len(first)), rng=rng())
    assert one_each.p_value == found.p_value


def test_lesions_of_a_patient_are_found_together():
    # Three patients; the second model finds 4, 1 and 1 lesions more. Of 8 patterns of signs only
    # the seen one and its mirror are as far from 0: 2 / 8. McNemar would say 2 / 2**6.
    groups = ["a"] * 4 + ["b", "c"]
    first, second = np.zeros(6, bool), np.ones(6, bool)
    found = found_test(first, second, groups, rng=rng())
    assert found.p_value == 2 / 8
    assert found.only_second == 6
    assert "sign-flip by group, exact, 3 groups" in str(found)
    assert math.isnan(found_test(first[:4], second[:4], groups[:4], rng=rng()).p_value)


@pytest.mark.slow
def test_mcnemar_rejects_too_often_where_patients_have_many_lesions_and_the_sign_flip_does_not():
    generator, rejected = rng(), np.zeros(2)
    for _ in range(2000):
        groups = np.repeat(np.arange(14), 8)
        liked = generator.normal(0, 1.5, 14)[groups]  # who of the two does better in a patient
        first, second = (
            generator.random(len(groups)) < 1 / (1 + np.exp(sign * liked)) for sign in (-1, 1)
        )
        naive = mcnemar_test(first, second)
        by_group = found_test(first, second, groups, rng=generator)
        rejected += [naive.p_value < 0.05, by_group.p_value < 0.05]
    assert rejected[0] / 2000 > 0.15
    assert 0.03 < rejected[1] / 2000 < 0.06


@pytest.mark.usefixtures("as_users_run_it")
def test_mcnemar_of_other_lesions_is_refused():
    with pytest.raises(DataError, match="first model has 1 lesions and the second 2"):
        mcnemar_test(np.array([True]), np.array([True, False]))
    assert math.isnan(mcnemar_test(np.array([], bool), np.array([], bool)).p_value)


@pytest.mark.parametrize("shift", [0.0, 0.05, -0.2])
def test_equivalence_equals_statsmodels(shift):
    pair = np.random.default_rng(1).normal(0, 0.1, size=(2, 20))
    p_value, lower, upper = ttost_paired(pair[1] + shift, pair[0], -0.06, 0.06)
    totals = each_its_own(pair[1] + shift - pair[0])
    found = equivalence_test(totals, margin=0.06)
    assert found.p_value == pytest.approx(p_value)
    assert found.is_shown == (found.interval.low > -0.06 and found.interval.high < 0.06)
    assert found.interval.level == pytest.approx(0.9)
    up, down = (
        non_inferiority_test(totals, margin=0.06, higher_is_better=higher)
        for higher in (True, False)
    )
    assert [up.p_value, down.p_value] == pytest.approx([lower[1], upper[1]])


def test_what_equivalence_says():
    found = equivalence_test(each_its_own([0.001, -0.001, 0.002] * 2), margin=0.05)
    assert str(found).startswith("equivalent within 0.050: shown (two one-sided t tests: p < 0.001")
    far = non_inferiority_test(each_its_own([-0.2, -0.3] * 3), margin=0.1, higher_is_better=True)
    assert "not worse by 0.100: not shown, which does not prove the contrary" in str(far)
    alone = equivalence_test(each_its_own([0.1]), margin=0.1)
    assert "cannot be computed" in str(alone)
    assert not alone.is_shown


@pytest.mark.parametrize(("margin", "alpha"), [(0.0, 0.05), (-1.0, 0.05), (0.1, 0.5), (0.1, 0.0)])
def test_margins_and_levels_out_of_range_are_refused(margin, alpha):
    for test in (equivalence_test, non_inferiority_test):
        more = {"higher_is_better": True} if test is non_inferiority_test else {}
        with pytest.raises(ConfigError, match="margin must be above|alpha must lie"):
            test(each_its_own([1.0, 2.0]), margin=margin, alpha=alpha, **more)


def test_paired_d_and_its_interval():
    # mean 2, standard deviation 1
    found = paired_d(np.array([1.0, 2.0, 3.0]))
    assert found.value == pytest.approx(2)
    # by definition t lies at 2.5 % and 97.5 % of the noncentral t at the two ends
    t, root = 2 * math.sqrt(3), math.sqrt(3)
    shares = [stats.nct.cdf(t, 2, end * root) for end in (found.interval.low, found.interval.high)]
    assert shares == pytest.approx([0.975, 0.025], abs=1e-4)
    assert paired_d(np.zeros(4)).value == 0
    assert math.isnan(paired_d(np.ones(4)).value)
    assert math.isnan(paired_d(np.ones(1)).value)


def test_rank_biserial_effect_equals_scipys_bootstrap():
    differences = np.random.default_rng(3).normal(0.4, 1, size=25)
    found = rank_biserial_effect(differences, rng=rng(), draws=20_000)
    assert found.value == pytest.approx(rank_biserial(differences))
    theirs = stats.bootstrap(
        (differences,), rank_biserial, vectorized=False, n_resamples=3000, rng=rng()
    ).confidence_interval
    ends = [found.interval.low, found.interval.high]
    assert ends == pytest.approx([theirs.low, theirs.high], abs=0.06)


@pytest.mark.parametrize("rope", [0.0, 0.011])
def test_bayesian_signed_rank_equals_the_slow_definition(rope):
    # Benavoli et al. 2017, eq. 16: all pairs, the prior difference of 0 with weight 1/2.
    differences = np.array([0.03, -0.01, 0.02, 0.0, 0.015, -0.02, 0.01, 0.02])
    z = np.concatenate([[0.0], differences])
    sums = z[:, None] + z
    weights = np.random.default_rng(5).dirichlet([0.5] + [1.0] * 8, size=20_000)
    above, below = (
        np.einsum("di,ij,dj->d", weights, np.heaviside(sign * sums - 2 * rope, 0.5), weights)
        for sign in (1, -1)
    )
    wins = np.argmax([below, 1 - below - above, above], axis=0)
    expected = np.bincount(wins, minlength=3) / 20_000
    found = bayesian_signed_rank(differences, rope=rope, rng=rng())
    shares = [found.first_higher, found.equivalent, found.second_higher]
    assert shares == pytest.approx(expected.tolist(), abs=0.015)


def test_bayesian_signed_rank_equals_baycomp():
    baycomp = pytest.importorskip("baycomp")
    differences = np.random.default_rng(0).normal(0.01, 0.03, 40)
    found = bayesian_signed_rank(differences, rope=0.01, rng=rng())
    theirs = baycomp.SignedRankTest.probs(
        np.zeros(40), differences, rope=0.01, nsamples=8000, random_state=1
    )
    shares = [found.first_higher, found.equivalent, found.second_higher]
    assert shares == pytest.approx(list(theirs), abs=0.02)


def test_bayesian_settings_out_of_range_are_refused():
    for setting in ({"rope": -1.0}, {"rope": 0.1, "draws": 0}, {"rope": 0.1, "prior": 0.0}):
        with pytest.raises(ConfigError, match="of the Bayesian test is out of range"):
            bayesian_signed_rank(DARWIN, rng=rng(), **setting)
    assert math.isnan(bayesian_signed_rank(DARWIN[:1], rope=0.1, rng=rng()).equivalent)
