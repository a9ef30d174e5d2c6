"""Which way a metric is better: by its name in the usual spellings, or asked for."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from twinseg.comparison import sentence
from twinseg.core.errors import ConfigError
from twinseg.metrics import DISTANCE, METRICS, direction
from twinseg.metrics.spellings import _KINDS, Direction, meaning
from twinseg.study.metric_names import asked_metrics, turned_around

SPELLINGS = {
    Direction.HIGHER: """dsc|DSC (%)|Dice|Dice.1|dice_class2|mean_dice|F1-score|Jaccard|IoU|mIoU|
        Recall|PPV|Cohen's kappa|AUC-ROC|NSD@2mm|Surface Dice|VS|lesion-global_bin_dsc|Accuracy""",
    Direction.LOWER: """hd|HD95|hd_95|HD-95|95HD|95% HD|HD95 (mm)|HD95_mm|hd 95 [px]|Hausdorff95|
        Hausdorff Distance 95|hausdorff_distance_95th_percentile|ASSD|assd (px)|MASD|
        Avg. Symmetric Surface Distance|FPR|False Discovery Rate|Brier score|NLL|val_loss|dice_loss|
        MAE|rmse|time_s|Inference time (ms)|RAVD|ECE|lesion-sq_assd""",
    Direction.SIGNED: "rvd|RVD (%)|volume difference|bias|Relative volume error",
    # Another word may turn a name around.
    Direction.UNKNOWN: """1 - Dice|1-dice|1_dice|dice_std|delta_dice|dice_rank|neg_dice|dice error|
        Dice (1 - loss)|class1|mean|volume|score|error|n_dice|p|loss of weight""",
}


@pytest.mark.parametrize(
    ("name", "side"),
    [(name.strip(), side) for side, names in SPELLINGS.items() for name in names.split("|")],
)
def test_usual_spellings(name, side):
    assert direction(name) is side


def test_our_own_names_and_labels_say_the_same():
    for name, metric in METRICS.items():
        if metric.known is None:  # what its row does not say, its names say to everybody
            assert meaning(metric.label) == meaning(name)
            assert direction(name) in (Direction.HIGHER, Direction.LOWER)
        assert metric.range == (0, math.inf if metric.unit == DISTANCE else 1)


def test_no_spelling_has_two_meanings():
    words = [word for words, _ in _KINDS for word in words.split()]
    assert len(words) == len(set(words))


def test_what_is_asked_for():
    assert asked_metrics("DSC, HD95 ,x:lower") == {"DSC": True, "HD95": False, "x": False}
    assert asked_metrics("a:b:higher") == {"a:b": True}
    # the flag speaks for the one that nobody knows, and never inverts the others
    assert asked_metrics("dice,x,hd", lower_is_better=True) == {
        "dice": True,
        "hd": False,
        "x": False,
    }
    assert asked_metrics("dice", lower_is_better=True) == {"dice": True}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("x", "is more of x better, or less? say --metric x:higher or x:lower"),
        ("rvd", "rvd is best at 0, neither more nor less is better; make a column of its"),
        ("dice,dice", "names dice twice"),
        ("dice,", "--metric dice, has nothing before, between or behind its commas"),
        ("dice,,iou", "--metric dice,,iou has nothing before, between or behind its commas"),
        ("dice:up", "--metric dice:up: behind the colon stands lower or higher, got up"),
        ("a b", "say --metric 'a b:higher' or 'a b:lower'"),
    ],
)
def test_what_nobody_may_guess_is_asked(asked, message):
    with pytest.raises(ConfigError) as raised:
        asked_metrics(asked)
    assert message in str(raised.value)
    with pytest.raises(ConfigError):
        asked_metrics(f"{asked},y", lower_is_better=True)


def test_a_known_metric_that_is_turned_around_is_said():
    assert turned_around(asked_metrics("dice:lower,hd95:lower,odd:lower")) == [
        "dice: less is taken as better, as asked; its name says the opposite"
    ]
    assert turned_around({"hd95": True})[0].startswith("hd95: more is taken as better, as asked")


def test_verdicts_follow_the_direction(tmp_path: Path):
    rng = np.random.default_rng(4)
    noise = rng.uniform(0, 0.1, (3, 30))
    for place, name in enumerate("ABC"):
        pd.DataFrame({
            "case": [f"c{n}" for n in range(30)],
            "DSC": 0.6 + 0.05 * place + noise[0],
            "HD95 (mm)": 12 - 3 * place + noise[1],
            "odd": 5 - place + noise[2],
        }).to_csv(tmp_path / f"{name}.csv", index=False)  # fmt: skip
    files = [tmp_path / f"{name}.csv" for name in "ABC"]
    asked = "DSC,HD95 (mm),odd:lower"
    found = twinseg.compare_files(files[:2], metric=asked, margin=0.01)
    for one, metric in zip(found.pairs, ("DSC", "HD95 (mm)", "odd"), strict=True):
        assert sentence(one).startswith(f"`B` is better in {metric}.")
        assert one.supplement.non_inferiority.is_shown
    assert [one.models for one in twinseg.compare_files(files, metric=asked).many.values()] == [
        ("C", "B", "A")
    ] * 3
    with pytest.raises(ConfigError, match="of HD95 less is better; a learning curve takes one"):
        twinseg.data_needs(files, metric="HD95")
    with pytest.raises(ConfigError, match="of HD95 less is better; a learning curve takes one"):
        twinseg.data_needs(files, metric="HD95:lower")
