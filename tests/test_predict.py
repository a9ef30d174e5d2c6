"""Masks on the source grid; predictions as they lie on disk."""

from pathlib import Path

import numpy as np
import pytest

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.planes import append_planes, finish_planes
from twinseg.ensemble.combine import combine
from twinseg.prediction.predictions import PROBABILITIES, Predictions, write_mask
from twinseg.prediction.source_grid import stretch, to_source_grid


def test_interpolation_worked_out_on_paper() -> None:
    # Two columns of 0 and 1 on six: centres at -0.33, 0, 0.33, 0.67, 1, 1.33 of the old grid.
    probability = np.array([[0.0, 1.0], [0.0, 1.0]], np.float32)
    expected = [[False, False, False, True, True, True]] * 3
    assert to_source_grid(probability, 3, 6).tolist() == expected


def test_one_half_is_not_foreground() -> None:
    assert not to_source_grid(np.full((2, 2), 0.5, np.float32), 5, 7).any()
    assert to_source_grid(np.full((2, 2), 0.5001, np.float32), 5, 7).shape == (5, 7)


def test_masks_survive_the_way_to_disk(tmp_path: Path) -> None:
    mask = np.eye(5, dtype=bool)
    write_mask(tmp_path / "a.png", mask)
    assert (Predictions("m", "run", tmp_path).mask("a") == mask).all()
    with pytest.raises(StoreError, match="cannot read the mask"):
        Predictions("m", "run", tmp_path).mask("b")


def test_probabilities_survive_the_way_to_disk_to_the_bit(tmp_path: Path) -> None:
    planes = np.random.default_rng(0).random((3, 4, 4), np.float32)
    write_mask(tmp_path / "b.png", to_source_grid(planes[1], 9, 6))
    append_planes(tmp_path / PROBABILITIES, planes[:2])
    append_planes(tmp_path / PROBABILITIES, planes[2:])
    finish_planes(tmp_path / PROBABILITIES, ["a", "b", "c"])
    stored = Predictions("m", "run", tmp_path)
    assert (stored.probabilities(["c", "a"]) == planes[[2, 0]]).all()
    assert (stored.probability("b") == stretch(planes[1], 9, 6)).all()
    assert ((stored.probability("b") > 0.5) == stored.mask("b")).all()
    with pytest.raises(StoreError, match="holds nothing of case d"):
        stored.probabilities(["d"])
    (tmp_path / PROBABILITIES / "values.npy").write_bytes(b"no array")
    with pytest.raises(StoreError, match=r"cannot read .*values\.npy"):
        stored.probabilities(["a"])


def test_masks_without_probabilities_are_said_to_be_so(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.png", np.eye(3, dtype=bool))
    assert not Predictions("m", "run", tmp_path).has_probabilities
    with pytest.raises(StoreError, match="masks without probabilities; delete the folder"):
        Predictions("m", "run", tmp_path).probability("a")


def test_a_rule_gives_predictions_like_a_model(tmp_path: Path) -> None:
    members = []
    for name, mask in (("one", [[True, True, False]]), ("two", [[False, True, False]])):
        (tmp_path / name).mkdir()
        write_mask(tmp_path / name / "a.png", np.array(mask))
        members.append(Predictions(name, "run", tmp_path / name))
    union = combine("union", members, ["a"], tmp_path / "union")
    both = combine("intersection", members, ["a"], tmp_path / "intersection")
    assert union.mask("a").tolist() == [[True, True, False]]
    assert both.mask("a").tolist() == [[False, True, False]]
    assert (union.model, union.kind) == ("union", "rule")
    assert combine("union", [], ["a"], tmp_path / "union") == union  # found, not made again
    assert not union.has_probabilities
    known = "intersection, lesion-intersection, lesion-union, majority, mean, staple, union, weigh"
    with pytest.raises(ConfigError, match=f"unknown rule 'best'; choose one of: {known}ted"):
        combine("best", members, ["a"], tmp_path / "best")
    with pytest.raises(StoreError, match="masks without probabilities"):
        combine("mean", members, ["a"], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_a_mean_keeps_its_probabilities(tmp_path: Path) -> None:
    members = []
    for name, values in (("one", [[0.9, 0.2], [0.9, 0.2]]), ("two", [[0.3, 0.4], [0.3, 0.4]])):
        (tmp_path / name).mkdir()
        append_planes(tmp_path / name / PROBABILITIES, np.array([values]))
        finish_planes(tmp_path / name / PROBABILITIES, ["a"])
        write_mask(tmp_path / name / "a.png", np.zeros((2, 2), dtype=bool))
        members.append(Predictions(name, "run", tmp_path / name))
    mean = combine("mean", members, ["a"], tmp_path / "mean")
    np.testing.assert_allclose(mean.probability("a"), [[0.6, 0.3], [0.6, 0.3]], rtol=1e-6)
    assert mean.mask("a").tolist() == [[True, False], [True, False]]
    weighted = combine("weighted", members, ["a"], tmp_path / "w", weights=(0.0, 1.0))
    assert not weighted.mask("a").any()
    with pytest.raises(ConfigError, match="weighted and weights None: only weighted takes them"):
        combine("weighted", members, ["a"], tmp_path / "x")
