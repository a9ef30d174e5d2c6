import math
import re

import numpy as np
import pandas as pd
import pytest

from twinseg.comparison import as_table, benjamini_hochberg, compare_all, correct, from_table, holm
from twinseg.core.errors import ConfigError, DataError, StoreError

COLUMNS = [
    "dataset",
    "metric",
    "first",
    "second",
    "cases",
    "groups",
    "undefined",
    "mean_difference",
    "low",
    "high",
    "level",
    "p_value",
    "p_adjusted",
    "effect_size",
    "effect_name",
    "method",
    "correction",
    "interval_method",
    "undefined_first",
    "undefined_second",
    "same_as",
]


def scores(**models) -> pd.DataFrame:
    """One row per model and case; cases c0, c1, ... in groups of two."""
    rows = [
        {
            "dataset": "lesions",
            "model": model,
            "case": f"c{number}",
            "group": f"g{number // 2}",
            "dice": value,
            "iou": value / (2 - value),
            "hausdorff95": 10 * (1 - value),
            "distance_unit": "mm",
        }
        for model, values in models.items()
        for number, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def three_models() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    random = rng.uniform(0.4, 0.6, size=400)
    better = random + rng.uniform(0.0, 0.2, size=400)
    return scores(random=random, imagenet=better, union=rng.uniform(0.4, 0.6, size=400))


def test_the_primary_stands_apart_and_equal_rules_are_one_hypothesis(three_models):
    values = three_models.pivot(index="case", columns="model", values="dice")
    second, better = values["union"].to_numpy(), values["imagenet"].to_numpy()
    table = scores(
        random=values["random"].to_numpy(),
        imagenet=better,
        union=second,
        staple=second + 1e-15,  # rounding
        chosen=better,  # fell back to the better twin
        mean=second - 0.01,
    )
    rules = ("union", "staple", "chosen", "mean")
    pairs = [("random", "imagenet"), *(("imagenet", rule) for rule in rules)]
    raw = compare_all(table, pairs, ["dice"], seed=1)
    assert [one.same_as for one in raw] == ["", "", "union", "imagenet", ""]
    primary, union, staple, chosen, mean = correct(raw, primary=raw[0])
    assert primary.p_adjusted == raw[0].p_value
    assert primary.correction == "none: the primary comparison"
    expected = holm(np.array([raw[1].p_value, raw[4].p_value]))  # two, not five
    assert [union.p_adjusted, mean.p_adjusted] == expected.tolist()
    assert staple.p_adjusted == union.p_adjusted
    assert chosen.p_adjusted == 1.0
    assert {one.correction for one in (union, staple, chosen, mean)} == {"Holm over 2"}
    earlier = as_table([primary, union]).drop(columns="same_as")
    assert [one.same_as for one in from_table(earlier)] == ["", ""]


def test_all_comparisons_are_corrected_together(three_models):
    pairs = [("random", "imagenet"), ("random", "union")]
    raw = compare_all(three_models, pairs, ["dice", "iou"], seed=1)
    assert {one.correction for one in raw} == {"none"}
    results = correct(raw)
    named = [(result.first, result.second, result.metric) for result in results]
    assert named == [(*pair, metric) for pair in pairs for metric in ["dice", "iou"]]
    expected = holm(np.array([result.p_value for result in results]))
    np.testing.assert_array_equal([result.p_adjusted for result in results], expected)
    assert {result.correction for result in results} == {"Holm over 4"}
    values = three_models.pivot(index="case", columns="model", values="dice")
    mean = (values["imagenet"] - values["random"]).mean()
    assert results[0].mean_difference == pytest.approx(mean)
    assert (results[0].cases, results[0].groups) == (400, 200)


def test_one_more_pair_or_another_row_order_changes_no_interval(three_models):
    shuffled = three_models.sample(frac=1, random_state=0)
    alone = compare_all(shuffled, [("random", "imagenet")], ["iou"], seed=1)[0]
    pairs = [("imagenet", "union"), ("random", "imagenet")]
    among = compare_all(three_models, pairs, ["dice", "iou"], seed=1)[3]
    assert (among.low, among.high, among.p_value) == (alone.low, alone.high, alone.p_value)
    other_seed = compare_all(three_models, [("random", "imagenet")], ["iou"], seed=2)[0]
    assert other_seed.low != alone.low


def test_each_dataset_is_compared_by_itself(three_models):
    both = pd.concat([three_models, three_models.assign(dataset="biopsies")])
    results = compare_all(both, [("random", "imagenet")], ["dice"], seed=1)
    assert [result.dataset for result in results] == ["biopsies", "lesions"]
    assert results[0].cases == results[1].cases == 400
    assert results[0].low != results[1].low  # a stream for each


def test_each_metric_has_its_own_stream(three_models):
    # This distance is 10 * (1 - Dice): the same draws would give the mirrored interval.
    names = ["dice", "hausdorff95"]
    dice, distance = compare_all(three_models, [("random", "imagenet")], names, seed=1)
    assert distance.mean_difference == pytest.approx(-10 * dice.mean_difference)
    assert distance.low != pytest.approx(-10 * dice.high, rel=1e-9)


def test_level_and_draws_reach_the_intervals(three_models):
    pairs = [("random", "imagenet")]
    result = compare_all(three_models, pairs, ["dice"], seed=1, draws=1, level=0.5)[0]
    assert result.level == 0.5
    assert result.low == result.high


def test_a_comparison_without_p_value_is_not_counted():
    table = scores(random=[0.5, 0.6], imagenet=[0.6, 0.7])  # one group
    results = correct(compare_all(table, [("random", "imagenet")], ["dice"], seed=0))
    assert results[0].correction == "Holm over 0"
    assert math.isnan(results[0].p_adjusted)


def test_as_a_table(three_models):
    results = compare_all(three_models, [("random", "imagenet")], ["dice", "iou"], seed=1)
    table = as_table(results)
    assert list(table.columns) == COLUMNS
    assert list(table["metric"]) == ["dice", "iou"]
    assert table.loc[0, "low"] == results[0].low
    assert list(as_table([]).columns) == COLUMNS


def without_cases(table, model, cases):
    return table[~((table["model"] == model) & table["case"].isin(cases))]


def other_group(table):
    place = (table["model"] == "imagenet") & (table["case"] == "c3")
    return table.assign(group=table["group"].where(~place, "moved"))


def unit_of_one_case(table):
    return table.assign(distance_unit=table["distance_unit"].where(table["case"] != "c1", "px"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda table: without_cases(
                without_cases(table, "random", ["c9"]), "imagenet", ["c0", "c1", "c2", "c3"]
            ),
            "the tables hold different cases: only random has c0, c1, c2, c3; only imagenet has "
            "c9; score all models on the same cases",
        ),
        (
            lambda table: without_cases(table, "random", ["c9"]),
            "only random has none; only imagenet has c9",
        ),
        (
            lambda table: pd.concat([table, table.iloc[[2]], table.iloc[[2]]]),
            "random has more than one row for 1 case: c2; one row per case is needed",
        ),
        (other_group, "the tables give another group to the cases c3"),
        (
            lambda table: table.assign(
                hausdorff95=table["hausdorff95"].where(table["case"] != "c1", math.inf)
            ),
            "hausdorff95 is infinite in 1 case of the scores; compare such tables with twinseg",
        ),
        (unit_of_one_case, "hausdorff95 of some cases is in mm and of others in px"),
        (lambda table: table.drop(columns=["group", "dice"]), "lacks the columns group, dice"),
        (
            lambda table: table.assign(group=table["group"].where(table["case"] != "c1")),
            "the column group of the scores is empty in 3 rows; fill it",
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused(three_models, change, message):
    with pytest.raises(DataError, match=re.escape(message)):
        compare_all(change(three_models), [("random", "imagenet")], ["dice", "hausdorff95"], seed=0)


def test_units_matter_for_distances_only_and_only_where_told(three_models):
    mixed = unit_of_one_case(three_models)
    assert compare_all(mixed, [("random", "imagenet")], ["dice"], seed=0)[0].cases == 400
    untold = mixed.drop(columns="distance_unit")
    assert compare_all(untold, [("random", "imagenet")], ["hausdorff95"], seed=0)[0].cases == 400


def test_unknown_names_are_answered_with_the_known_ones(three_models):
    with pytest.raises(ConfigError, match="unknown model 'staple'; choose one of: imagenet, rand"):
        compare_all(three_models, [("random", "staple")], ["dice"], seed=0)
    with pytest.raises(
        ConfigError, match="unknown metric 'f1'; choose one of: boundary_iou, brier, dice"
    ):
        compare_all(three_models, [("random", "imagenet")], ["f1"], seed=0)


def test_benjamini_hochberg_of_their_own_example():
    # Benjamini & Hochberg 1995, section 3.2: four of fifteen at 5 %, where Holm finds three.
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p_values = np.array([*p_values, 0.4262, 0.5719, 0.6528, 0.7590, 1.0, math.nan])
    assert (benjamini_hochberg(p_values) <= 0.05).sum() == 4
    assert (holm(p_values) <= 0.05).sum() == 3
    assert math.isnan(benjamini_hochberg(p_values)[-1])
    assert math.isnan(benjamini_hochberg(np.array([math.nan]))[0])


def test_benjamini_hochberg_on_request(three_models):
    found = compare_all(three_models, [("random", "union")], ["dice", "iou"], seed=1)
    results = correct(found, correction="benjamini-hochberg")
    raw = np.array([result.p_value for result in results])
    expected = benjamini_hochberg(raw)
    np.testing.assert_array_equal([result.p_adjusted for result in results], expected)
    assert results[0].correction == "Benjamini-Hochberg over 2"
    with pytest.raises(ConfigError, match="unknown correction 'bonferroni'; choose one of: benj"):
        correct(found, correction="bonferroni")


def test_what_was_written_is_read_again(three_models):
    found = compare_all(three_models, [("random", "imagenet")], ["dice", "hausdorff95"], seed=1)
    assert from_table(as_table(found)) == found
    assert [one.higher_is_better for one in found] == [True, False]
    old = as_table(found).drop(columns=["interval_method", "undefined_first"])
    with pytest.raises(
        StoreError, match="lacks interval_method, undefined_first: it was not writt"
    ):
        from_table(old)
