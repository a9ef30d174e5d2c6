"""Infinite values are failures: beyond every other value in rank, and without a mean."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import twinseg
from tests.compared import compared
from twinseg.comparison import (
    as_table,
    compare_strata,
    compare_tables,
    from_table,
    sentence,
    signed_rank_test,
)
from twinseg.comparison.differences import paired_differences, ranked_alike
from twinseg.core.errors import DataError, StoreError

NAMES = ("A", "B")


def of(first, second, **settings):
    return compared(first, second, **{"metric": "hd95"} | settings)


def misses_half(cases: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """B misses every second object and is 1 closer where it finds one."""
    first = np.linspace(4, 6, cases)
    return first, np.where(np.arange(cases) % 2, first - 1, np.inf)


def test_the_model_that_misses_half_is_not_better():
    found = of(*misses_half(), margin=0.1)
    # 20 infinite differences share the ranks 21 to 40, 20 of -1 the ranks 1 to 20:
    # (20 * 30.5 - 20 * 10.5) / (40 * 41 / 2) = 400 / 820
    assert found.supplement.rank_biserial.value == pytest.approx(400 / 820)
    assert found.infinite == (0, 20)
    assert (found.cases, found.undefined) == (40, 0)
    stand_ins = np.repeat([-1.0, 1e6], 20)
    assert found.p_value == pytest.approx(signed_rank_test(stand_ins)[0])
    assert sentence(found).startswith(
        "`B` is worse in hd95. hd95 is infinite in 0 cases of `A` and"
    )
    assert "on average" not in sentence(found)
    for number in (
        found.mean_difference,
        found.supplement.median.value,
        found.supplement.paired_t.p_value,
    ):
        assert math.isnan(number)
    mean = found.supplement.mean
    for interval in (mean.student, mean.percentile, mean.bca):
        assert not interval.is_known
    assert math.isnan(found.supplement.sign_flip.p_value)
    assert "cannot be computed" in str(found.supplement.equivalence)
    assert as_table([found])["infinite_second"].tolist() == [20]
    with pytest.raises(StoreError, match="comparisons of infinite values, which are not read back"):
        from_table(as_table([found]))
    assert sentence(of(*reversed(misses_half()))).startswith("`B` is better in hd95.")


def test_closer_in_most_but_failing_more_often_is_no_verdict():
    first = np.linspace(4, 6, 40)
    second = np.where(np.arange(40) < 3, np.inf, first - 1)
    found = of(first, second)
    assert found.p_value < 0.001
    assert not found.is_clear
    assert (
        "No clear difference in hd95: the ranks and the number of failures point in opposite "
        "directions." in sentence(found)
    )


def test_both_failing_is_a_tie_and_all_failing_says_nothing():
    assert paired_differences(np.array([np.inf, 1.0]), np.array([np.inf, np.nan])).tolist()[0] == 0
    found = of([np.inf] * 8, [np.inf] * 8)
    assert found.p_value == 1
    assert found.infinite == (8, 8)
    assert sentence(found).startswith("No clear difference in hd95")
    undefined = of([np.nan, np.inf, 1, 2, 3, 4, 5, 6], [np.inf, np.inf, 1, 2, 3, 4, 5, 6])
    assert (undefined.cases, undefined.undefined, undefined.infinite) == (7, 1, (1, 1))


def test_a_group_with_more_failures_is_farther_out_whatever_its_other_values():
    values = np.array([np.inf, np.inf, np.inf, -900.0, 900.0, 900.0, -np.inf, np.inf])
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    means = np.bincount(groups, ranked_alike(values)) / 2
    assert stats.rankdata(means).tolist() == [4, 3, 2, 1]


def test_strata_with_failures_have_no_mean_and_no_interaction():
    first, second = misses_half(24)
    strata = pd.Series(["x"] * 12 + ["y"] * 12, name="site")
    second[12:] = first[12:] - 1
    found = compare_strata(
        first, second, strata, groups=range(24), metric="hd95", names=NAMES,
        rng=np.random.default_rng(0), draws=99,
    )  # fmt: skip
    assert [one.infinite for one in found.strata] == [(0, 6), (0, 0)]
    assert math.isnan(found.strata[0].mean.value)
    assert found.strata[1].mean.value == pytest.approx(-1)
    assert "x without a mean (0 and 6 infinite values" in found.sentence
    assert "cannot be computed: infinite values have no mean" in found.sentence


def test_friedman_ranks_failures_last(tmp_path: Path):
    first, second = misses_half(12)
    for name, values in {"A": first, "B": second, "C": first + 1}.items():
        pd.DataFrame({"case": [f"c{n}" for n in range(12)], "hd95": values}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    files = [tmp_path / f"{name}.csv" for name in "ABC"]
    many = twinseg.compare_files(files, metric="hd95").many["hd95"]
    # B is 1 in six groups and 3 in the others; A 2 and 1; C 3 and 2.
    assert dict(zip(many.models, many.mean_ranks, strict=True)) == {"A": 1.5, "B": 2, "C": 2.5}
    assert dict(zip(many.models, many.infinite, strict=True)) == {"A": 0, "B": 6, "C": 0}
    assert "infinite values, beyond all others in rank: `A` 0, `B` 6, `C` 0" in str(many)


@pytest.mark.parametrize(
    ("text", "failed"), [("inf", 1), ("Infinity", 1), ("1.#INF", 1), ("\u221e", 1), ("NaN", 0)]
)
def test_infinite_values_as_tools_write_them(tmp_path: Path, text, failed):
    for name, cell in (("a", "3"), ("b", text)):
        rows = [f"c{n},{cell if n == 0 else 4}\n" for n in range(7)]
        (tmp_path / f"{name}.csv").write_text("case,hd95\n" + "".join(rows))
    (found,) = twinseg.compare_files([tmp_path / "a.csv", tmp_path / "b.csv"], metric="hd95").pairs
    assert found.infinite == (0, failed)
    assert found.undefined == 1 - failed


@pytest.mark.parametrize(
    ("metric", "value", "message"),
    [
        ("hd95", -np.inf, "hd95 of B is -inf for the case c0, better than any number"),
        ("DSC", np.inf, "DSC of B is inf for the case c0, better than any number"),
        ("hd95", 1.797e308, r"hd95 of B is 1.797e\+308 for the case c0; write inf where"),
    ],
)
def test_what_stands_for_no_failure_is_refused(metric, value, message):
    table = pd.DataFrame({"case": ["c0", "c1"], metric: [1.0, 2.0]})
    with pytest.raises(DataError, match=message):
        compare_tables(
            table, table.assign(**{metric: [value, 2.0]}), metric, names=NAMES,
            rng=np.random.default_rng(0),
        )  # fmt: skip


def test_the_page_of_failures_can_be_drawn(tmp_path: Path):
    for name, values in zip(NAMES, misses_half(), strict=True):
        pd.DataFrame({"case": [f"c{n}" for n in range(40)], "hausdorff95": values}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    files = [tmp_path / f"{name}.csv" for name in NAMES]
    twinseg.compare_files(files, metric="hausdorff95", out=tmp_path / "out")
    assert "infinite in 0 cases" in (tmp_path / "out" / "index.html").read_text()


def test_missed_objects_of_our_own_tables_are_counted_beside_distances(tmp_path: Path):
    rows = {"case": [f"c{n}" for n in range(8)], "reference_pixels": [0, *[9] * 7]}
    for name, found in (("A", [0, 0, 0, 9, 9, 9, 9, 9]), ("B", [9] * 8)):
        distance = np.where(np.array(found) == 0, 181.0, 2.0)
        pd.DataFrame(rows | {"tp": found, "hausdorff95": distance}).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    files = [tmp_path / f"{name}.csv" for name in NAMES]
    notes = twinseg.compare_files(files, metric="hausdorff95").notes
    said = (
        "objects missed completely: A 2, B 0; where nothing is marked, hausdorff95 is the diagonal"
    )
    assert any(note.startswith(said) for note in notes)


@pytest.mark.parametrize(
    ("values", "there", "absent"),
    [
        (
            "",
            "Cannot be computed: it takes at least two groups with a value for both models.",
            "Wilcoxon",
        ),
        ("inf", "No mean can be computed: infinite values have no mean.", "paired t"),
    ],
)
def test_the_page_of_what_cannot_be_computed_says_why_and_shows_nothing_else(
    tmp_path: Path, values: str, there: str, absent: str
) -> None:
    files = [tmp_path / "A.csv", tmp_path / "B.csv"]
    for place, file in enumerate(files):
        rows = [f"k{case},{values if place else 3 + case}" for case in range(8)]
        file.write_text("case,hausdorff95\n" + "\n".join(rows) + "\n")
    twinseg.compare_files(files, metric="hausdorff95", out=tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text().partition("<main>")[2]
    assert there in page
    for odd in (absent, "degrees", "undefined", "<svg", "nan"):
        assert odd not in page
