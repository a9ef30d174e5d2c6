"""Choosing per image without the reference: learns, falls back, cannot look."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.ensemble.choice import fit_chooser, pick
from twinseg.ensemble.features import case_features
from twinseg.prediction.predictions import Predictions, write_mask

NAMES = ("a", "b", "c")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def told_by_features(cases: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Candidate b is the best where the first feature is above 0, else a; c never is."""
    draw = np.random.default_rng(1)
    features = pd.DataFrame(draw.standard_normal((cases, 3)), columns=["x", "y", "z"])
    difficulty = draw.uniform(0.5, 0.7, cases)
    better = 0.1 * np.sign(features["x"].to_numpy())
    dices = np.stack([difficulty - better + 0.02, difficulty + better, difficulty - 0.3], axis=1)
    groups = np.array([f"g{case // 2}" for case in range(cases)])
    return features, dices, groups


def test_it_learns_what_features_tell() -> None:
    features, dices, groups = told_by_features(200)
    chooser = fit_chooser(features, dices, NAMES, groups, rng())
    assert not chooser.falls_back
    assert chooser.gain > 5 * chooser.standard_error
    new, new_dices, _ = told_by_features(300)
    choices = chooser.choose(new)
    reached = new_dices[range(300), [NAMES.index(choice) for choice in choices]].mean()
    fixed = new_dices[:, NAMES.index(chooser.best_fixed)].mean()
    assert reached - fixed > 0.6 * (new_dices.max(axis=1).mean() - fixed)
    assert str(chooser).startswith("`chosen` picks image by image among `a`, `b`, `c`: choosing")
    assert choices == fit_chooser(features, dices, NAMES, groups, rng()).choose(new)


def test_it_falls_back_where_features_tell_nothing() -> None:
    features, dices, groups = told_by_features(200)
    noise = pd.DataFrame(
        np.random.default_rng(2).standard_normal((200, 3)), columns=["x", "y", "z"]
    )
    chooser = fit_chooser(noise, dices, NAMES, groups, rng())
    assert chooser.falls_back
    assert chooser.gain <= chooser.standard_error
    assert set(chooser.choose(features)) == {chooser.best_fixed}
    assert chooser.best_fixed == NAMES[dices.mean(axis=0).argmax()]
    assert str(chooser).startswith(
        f"`chosen` falls back to `{chooser.best_fixed}` for every image: "
    )


def test_few_groups_are_not_learnt_from() -> None:
    features, dices, groups = told_by_features(38)
    chooser = fit_chooser(features, dices, NAMES, groups, rng())
    assert (chooser.falls_back, chooser.groups) == (True, 19)
    assert "19 validation groups are too few to learn from" in str(chooser)


def test_equal_candidates_fall_back() -> None:
    features, dices, groups = told_by_features(100)
    chooser = fit_chooser(features, dices[:, [0, 0, 0]], NAMES, groups, rng())
    assert (chooser.falls_back, chooser.best_fixed, chooser.gain) == (True, "a", 0.0)


def test_two_empty_masks_are_left_out_as_in_the_scores() -> None:
    # a: 0.5 on four cases; b: 0.4 on two, empty beside empty on two, which is no merit of b.
    dices = np.array([[0.5, 0.4, 0.1], [0.5, 0.4, 0.1], [0.5, np.nan, 0.1], [0.5, np.nan, 0.1]])
    features = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})
    groups = np.array(["g1", "g2", "g3", "g4"])
    chooser = fit_chooser(features, dices, NAMES, groups, rng())
    assert (chooser.best_fixed, chooser.groups) == ("a", 2)
    dices[:, 0] = np.nan  # no Dice at all
    assert fit_chooser(features, dices, NAMES, groups, rng()).best_fixed == "b"


def test_what_is_learnt_is_the_same_with_empty_cases_beside() -> None:
    features, dices, groups = told_by_features(100)
    more = pd.concat([features, features[:10] * 0], ignore_index=True)
    padded = np.concatenate([dices, np.full((10, 3), np.nan)])
    alone = fit_chooser(features, dices, NAMES, groups, rng())
    beside = fit_chooser(
        more, padded, NAMES, np.append(groups, [f"e{n}" for n in range(10)]), rng()
    )
    assert str(alone) == str(beside)


def test_the_standard_error_worked_out_on_paper() -> None:
    from twinseg.ensemble.choice import _standard_error

    # independent cases: standard deviation / sqrt(n) = 2 / sqrt(3) / 2
    gains = np.array([1.0, -1.0, 1.0, -1.0])
    assert _standard_error(gains, np.array(list("abcd"))) == pytest.approx(1 / np.sqrt(3))
    # cases of a group that err alike are worth one: two groups, means 1 and -1
    alike = np.array([1.0, 1.0, -1.0, -1.0])
    assert _standard_error(alike, np.array(list("aabb"))) == pytest.approx(1.0)


@pytest.mark.usefixtures("as_users_run_it")
def test_numbers_of_cases_must_agree() -> None:
    features, dices, groups = told_by_features(10)
    with pytest.raises(DataError, match="got 10, 10 and 9"):
        fit_chooser(features, dices, NAMES, groups[:9], rng())


def test_what_is_chosen_is_copied(tmp_path: Path) -> None:
    candidates = []
    for name, value in (("a", True), ("b", False)):
        (tmp_path / name).mkdir()
        for case in ("1", "2"):
            write_mask(tmp_path / name / f"{case}.png", np.full((2, 3), value))
        candidates.append(Predictions(name, "run", tmp_path / name))
    chosen = pick(candidates, ["b", "a"], ["1", "2"], tmp_path / "chosen")
    assert not chosen.mask("1").any()
    assert chosen.mask("2").all()
    assert pick([], [], [], tmp_path / "chosen") == chosen  # found, not made again
    with pytest.raises(ConfigError, match="unknown candidate 'c'; choose one of: a, b"):
        pick(candidates, ["c"], ["1"], tmp_path / "other")
    with pytest.raises(StoreError, match="cannot read the mask"):
        pick(candidates, ["a"], ["3"], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_features_worked_out_on_paper() -> None:
    first = np.array([[0.9, 0.9], [0.1, 0.1]], np.float32)
    second = np.array([[0.7, 0.1], [0.1, 0.1]], np.float32)
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0] = 255
    found = case_features([first, second], picture)
    assert found["disagreement"] == pytest.approx(1 - 2 / 3)
    areas = {name: found[f"area_{name}"] for name in ("1", "2", "union", "intersection", "mean")}
    # the mean of 0.9 and 0.1 is one half, which is not marked
    assert areas == {"1": 0.5, "2": 0.25, "union": 0.5, "intersection": 0.25, "mean": 0.25}
    assert found["confidence_1"] == pytest.approx(0.9)
    assert found["entropy_1"] == pytest.approx(0.468996, abs=1e-6)  # of 0.9, in bits
    assert (found["brightness"], found["contrast"]) == (0.5, 0.5)
    assert found["contrast_of_union"] == 1.0
    assert found["objects_1"] == pytest.approx(np.log(2))


def test_features_of_nothing_are_numbers() -> None:
    nothing = np.zeros((3, 3), np.float32)
    found = case_features([nothing, nothing], np.zeros((3, 3, 3), np.uint8))
    assert all(np.isfinite(value) for value in found.values())
    assert (found["disagreement"], found["uncertainty"], found["confidence_1"]) == (0, 0, 0)
