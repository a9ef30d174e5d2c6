"""Comparisons of made-up scores give the numbers that they gave when they were first recorded.

The random streams of a study and of `twinseg compare` are part of what is recorded: a change that
draws from another address, or in another order, moves these numbers.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from twinseg.comparison import as_table, compare_all, correct

PAIR = ("random", "imagenet")
STUDY = {
    "mean_difference": [
        0.009274792682926828,
        -2.049999999999925e-07,
        0.006101363636363637,
        8.012499999999993e-05,
    ],
    "low": [
        0.004390857156705003,
        -0.000745795688039302,
        -0.005185506742148245,
        -0.001676672507400856,
    ],
    "high": [
        0.014162179055493393,
        0.0007608778880616723,
        0.01738823401487552,
        0.0018369225074008559,
    ],
    "p_value": [
        0.00013418047436096015,
        0.8889357812043138,
        0.26869661608941153,
        0.7684032766789929,
    ],
    "p_adjusted": [0.0005367218974438406, 1.0, 0.8060898482682346, 1.0],
    "effect_size": [
        0.2758578431372549,
        0.009302325581395349,
        0.1779788838612368,
        -0.04371584699453552,
    ],
}
COMMAND = {
    "low": [-0.005185506742148245, -0.001676672507400856],
    "high": [0.01738823401487552, 0.0018369225074008559],
    "p_value": [0.26869661608941153, 0.7684032766789929],
    "p_adjusted": [0.5373932321788231, 0.7684032766789929],
    "effect_size": [0.1779788838612368, -0.04371584699453552],
    "median_difference": [0.0043165, 8.85e-05],
    "median_low": [-0.01563, -0.001584],
    "median_high": [0.025563, 0.0016265],
    "percentile_low": [-0.004724144999999997, -0.0015752797785547781],
    "percentile_high": [0.01691677687751717, 0.0018384455696202533],
    "bca_low": [-0.004540256158642925, -0.001548628666171646],
    "bca_high": [0.017087854213553598, 0.00188378209404959],
    "p_paired_t": [0.2827877734635822, 0.9275931536832515],
    "p_sign_flip": [0.2816, 0.9253],
    "paired_d": [0.1502717717064853, 0.010413210260037095],
    "paired_d_low": [-0.12648689485674489, -0.24266802654701794],
    "paired_d_high": [0.4255476077779349, 0.2634063851207303],
    "rank_biserial_low": [-0.143211874752093, -0.3364548375529849],
    "rank_biserial_high": [0.4756599631584588, 0.24843652926272802],
    "p_equivalence": [0.008413748250655375, 3.922203252016959e-31],
    "p_non_inferiority": [1.251034779696878e-05, 3.922203252016959e-31],
    "probability_first_higher": [0.17425, 0.0],
    "probability_equivalent": [0.0009, 1.0],
    "probability_second_higher": [0.82485, 0.0],
}


def scores(groups: int) -> pd.DataFrame:
    """Two models, two cases in every third group; one Dice in eleven is undefined."""
    number = np.arange(groups)
    group = np.sort(np.concatenate([number, number[::3]]))
    place = np.arange(len(group))
    dice = 0.7 + 0.2 * np.sin(1.7 * group) + 0.03 * np.cos(5.1 * place)
    gain = 0.01 + 0.05 * np.sin(2.3 * group + 1) + 0.01 * np.cos(3.3 * place)
    names = {"case": [f"c{one:03d}" for one in place], "group": [f"g{one:03d}" for one in group]}
    models = []
    for model, values, speed in zip(PAIR, (dice, dice + gain), (3, 4), strict=True):
        about = {"dataset": f"of {groups}", "model": model} | names
        defined = np.where((place + speed) % 11 == 0, np.nan, values).round(6)
        rates = (0.1 + 0.01 * np.sin(place * speed)).round(6)
        models.append(pd.DataFrame(about | {"dice": defined, "type1_rate": rates}))
    return pd.concat(models)


def test_a_study_of_60_and_300_groups() -> None:
    table = pd.concat([scores(60), scores(300)])
    found = as_table(correct(compare_all(table, [PAIR], ["dice", "type1_rate"], seed=7)))
    assert found["dataset"].tolist() == ["of 300", "of 300", "of 60", "of 60"]
    assert found["interval_method"].tolist() == ["BCa", "BCa", "Student", "Student"]
    assert found["undefined"].tolist() == [72, 0, 14, 0]
    for column, numbers in STUDY.items():
        assert found[column].tolist() == pytest.approx(numbers, rel=1e-10, abs=1e-15), column


def test_the_command_with_everything_asked_for(tmp_path: Path) -> None:
    for model, rows in scores(60).groupby("model"):
        rows.drop(columns=["dataset", "model"]).to_csv(tmp_path / f"{model}.csv", index=False)
    files = [tmp_path / f"{model}.csv" for model in PAIR]
    found = twinseg.compare_files(files, metric="dice,type1_rate", margin=0.02, rope=0.01, seed=3)
    for column, numbers in COMMAND.items():
        assert found.rows[column].tolist() == pytest.approx(numbers, rel=1e-10, abs=1e-15), column
