"""The mixed model of all runs, against statsmodels and numbers from paper."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import mixedlm

from tests.drawn_scores import runs
from twinseg.comparison.mixed_model import fit_mixed_model
from twinseg.core.errors import DataError


def test_mixed_model_equals_the_formula_of_statsmodels():
    table = runs(fractions=(0.25, 0.5, 1.0))
    found = fit_mixed_model(table, edge=1e-9)
    amount = "log2(train_cases / 100)"
    assert found.formula == f"init * {amount} + (1|case) + (1|seed) + (1|run)"
    table["imagenet"], table["amount"] = (
        (table["init"] == "imagenet") * 1.0,
        np.log2(table["train_cases"] / 100),
    )
    table["run"] = table["init"] + table["train_cases"].astype(str) + table["seed"].astype(str)
    components = {name: f"0 + C({name})" for name in ("case", "seed", "run")}
    oracle = mixedlm(
        "logit ~ imagenet * amount", table, groups=np.ones(len(table)), vc_formula=components
    )
    fitted = oracle.fit(reml=True)
    names = ["intercept", "init imagenet", amount, f"init imagenet x {amount}"]
    assert sorted(term.name for term in found.terms) == sorted(names)
    for name, theirs in zip(
        names, ("Intercept", "imagenet", "amount", "imagenet:amount"), strict=True
    ):
        (term,) = (term for term in found.terms if term.name == name)
        assert term.estimate == pytest.approx(fitted.params[theirs], abs=1e-4)
        assert term.standard_error == pytest.approx(fitted.bse[theirs], rel=0.02)
        # 18 runs and four effects between them: Student's t with 14 degrees of freedom
        t = fitted.params[theirs] / fitted.bse[theirs]
        assert term.p_value == pytest.approx(2 * stats.t.sf(abs(t), 14), rel=0.1, abs=1e-12)
    by_name = dict(found.variances)
    for name, theirs in zip(oracle.exog_vc.names, fitted.vcomp, strict=True):
        assert by_name[name] == pytest.approx(theirs, rel=0.02, abs=1e-4)
    assert "With 3 levels, the spread of seed is a guess." in found.problems
    assert "init imagenet +0." in found.sentence
    assert sum(found.shares.values()) == pytest.approx(1)


def test_mixed_model_counts_and_warns():
    table = runs(seeds=1, fractions=(0.5, 1.0))
    table.loc[[0, 21, 42], "dice"], table.loc[1, "dice"] = 0.0, np.nan
    found = fit_mixed_model(table.assign(group=table["case"].str[2:]))
    assert (found.rows, found.undefined, found.clipped) == (119, 1, 3)
    assert found.formula == "init * log2(train_cases / 100) + (1|case) + (1|group)"
    assert any("There is one seed" in problem for problem in found.problems)
    assert any("too few runs" in problem for problem in found.problems)
    assert any("not normal" in problem for problem in found.problems)


def test_products_that_no_run_tells_are_left_out_of_a_mixed_model_and_named():
    # A design tried at one amount only: its product with the amount is the design itself, halved.
    table = runs(cases=12, fractions=(0.25, 0.5, 1.0))
    sparse = table[table["train_cases"] == 50].assign(design="sparse")
    found = fit_mixed_model(pd.concat([table, sparse]))
    assert [term.name for term in found.terms] == [
        "intercept", "init imagenet", "log2(train_cases / 100)", "design sparse",
        "init imagenet x log2(train_cases / 100)", "init imagenet x design sparse",
    ]  # fmt: skip
    amount = "log2(train_cases / 100)"
    assert found.problems[0] == (
        f"Left out, for no run tells them: {amount} x design sparse, "
        f"init imagenet x {amount} x design sparse."
    )


def test_the_error_of_init_holds_the_luck_of_each_training():
    # Balanced: the mean of an init has the variance of its runs, and of the rest, in each seed.
    found = fit_mixed_model(runs(cases=20, seeds=4), edge=1e-9)
    variances = dict(found.variances)
    expected = 2 * (variances["run"] + variances["rest"] / 20) / 4
    assert variances["run"] > 0.01
    assert found.terms[1].standard_error == pytest.approx(np.sqrt(expected), rel=1e-6)


def test_a_mixed_model_that_cannot_be_fitted_says_so():
    table = runs(cases=3, seeds=2).assign(dice=0.5)
    found = fit_mixed_model(table)
    assert not found.converged
    assert found.terms == ()
    assert "could not be fitted" in found.sentence
    assert "Use none of its numbers" in found.sentence


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns=["seed", "dice"]), "needs the columns seed, dice"),
        (lambda table: table.assign(dice=2.0), "dice leaves"),
        (lambda table: table.iloc[:1], "takes two scores or more, got 1"),
    ],
)
def test_tables_a_mixed_model_cannot_take(change, message):
    with pytest.raises(DataError, match=message):
        fit_mixed_model(change(runs(cases=3)))
