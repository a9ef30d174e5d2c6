"""Pictures unlike the training data: statistics on paper, laws of distances, files, the stage."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import ledoit_wolf

from twinseg.core.errors import DataError
from twinseg.prediction.likeness import FLAGGED_SHARE, Likeness, fit_likeness, limit_of
from twinseg.prediction.looks import Looks, SourceGrid, look_at
from twinseg.prediction.nearness import fit_cloud, fit_neighbours, shrinkage_of
from twinseg.prediction.network_features import network_features
from twinseg.prediction.picture_statistics import (
    NUMBERS,
    are_grey,
    colour_balance,
    colour_shares,
    picture_numbers,
)
from twinseg.prediction.verdict import judge
from twinseg.records.input_spec import InputSpec
from twinseg.training.network import build_network
from twinseg.training.trained_model import TrainedModel

SIDE = 32
seeds = st.integers(0, 2**31 - 1)


@lru_cache
def model(encoder: str = "tu-test_efficientnet") -> TrainedModel:
    torch.set_num_threads(1)
    spec = InputSpec(SIDE, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    return TrainedModel("toy", "random", 0, 1.0, spec, build_network(encoder, seed=0).eval())


def skin(cases: int, seed: int = 0) -> np.ndarray:
    """Reddish planes with a darker disc and noise: uint8, (case, 32, 32, 3)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((SIDE, SIDE))
    row, column, radius = (rng.uniform(*r, (cases, 1, 1)) for r in ((10, 22), (10, 22), (4, 9)))
    disc = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
    base = np.array([190, 140, 120]) + rng.normal(0, 8, (cases, 1, 1, 3))
    values = base - 70 * disc[..., None] + rng.normal(0, 5, (cases, SIDE, SIDE, 3))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def looks_of(pictures: np.ndarray, spacing_mm: float | None = None) -> Looks:
    spacing = (spacing_mm, spacing_mm) if spacing_mm else None
    return look_at(model(), pictures, [SourceGrid(60, 80, spacing)] * len(pictures))


@lru_cache
def learnt(training: int = 80, validation: int = 60) -> Likeness:
    return fit_likeness(looks_of(skin(training)), looks_of(skin(validation, seed=1)))


def numbers_of(picture: np.ndarray) -> dict[str, float]:
    (row,) = picture_numbers(picture[None])
    return {number.name: value for number, value in zip(NUMBERS, row, strict=True)}


def test_numbers_of_an_even_picture_are_those_on_paper() -> None:
    picture = np.full((8, 8, 3), (204, 102, 51), dtype=np.uint8)  # 0.8, 0.4, 0.2
    found = numbers_of(picture)
    assert found["brightness"] == pytest.approx(0.299 * 0.8 + 0.587 * 0.4 + 0.114 * 0.2, abs=1e-6)
    assert found["red_green"] == pytest.approx(0.4)
    assert found["yellow_blue"] == pytest.approx(0.6 - 0.2)
    assert found["saturation"] == pytest.approx(0.6)
    for name in ("contrast", "red_green_spread", "yellow_blue_spread", "fine_detail"):
        assert found[name] == pytest.approx(0, abs=1e-5)
    assert found["sharpness"] == pytest.approx(-6, abs=1e-4)  # nothing but what is added
    assert found["noise"] == pytest.approx(-3, abs=1e-3)


def test_numbers_of_a_chess_board_are_those_on_paper() -> None:
    board = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    found = numbers_of(np.repeat(board[..., None], 3, axis=2))
    assert found["brightness"] == pytest.approx(0.5)
    assert found["contrast"] == pytest.approx(0.5)
    assert found["saturation"] == 0
    assert found["sharpness"] == pytest.approx(np.log10(16), abs=1e-5)  # 4 - 0 or 0 - 4, squared
    assert found["fine_detail"] == pytest.approx(np.log10(16e6), abs=1e-3)  # halved, it is even
    # Immerkaer's mask 1 -2 1, -2 4 -2, 1 -2 1: the white ones give 4 + 4 = 8, the black ones -8.
    assert found["noise"] == pytest.approx(np.log10(8), abs=1e-3)


def test_balance_and_shares_are_those_on_paper() -> None:
    picture = np.zeros((2, 2, 3), dtype=np.uint8)
    picture[0] = (247, 119, 55)  # with 8 added: 255, 127, 63
    (balance,) = colour_balance(picture[None])
    assert balance[0] == pytest.approx(np.log(255 / 127) / 2)  # the dark half has none
    assert balance[1] == pytest.approx(np.log(63 / 127) / 2)
    spread = np.log(255 / 127) / 2
    assert balance[3] == pytest.approx(np.log(np.sqrt(spread**2 + 1e-6)))
    assert balance[6:] == pytest.approx([-1, 1, -1], abs=1e-4)
    (shares,) = colour_shares(picture[None])
    assert shares[(15 * 16 + 7) * 16 + 3] == 0.5
    assert shares[0] == 0.5
    assert shares.sum() == 1


def test_grey_is_told_from_colour_even_after_jpeg() -> None:
    grey = np.repeat(skin(3)[..., :1], 3, axis=3)
    nearly = grey.copy()
    nearly[:, ::2, :, 0] ^= 1
    assert are_grey(picture_numbers(np.concatenate([grey, nearly, skin(2)]))).tolist() == [
        *([True] * 6),
        *([False] * 2),
    ]


@given(seeds)
@settings(max_examples=10)
def test_nothing_plain_changes_when_a_picture_is_flipped(seed: int) -> None:
    picture = skin(1, seed)
    for measure in (picture_numbers, colour_balance, colour_shares):
        for axis in (1, 2):
            flipped = np.ascontiguousarray(np.flip(picture, axis))
            assert measure(flipped) == pytest.approx(measure(picture), abs=1e-5)


@given(seeds, st.integers(5, 40), st.integers(2, 30))
@settings(max_examples=25)
def test_shrinkage_is_that_of_another_implementation(seed: int, cases: int, columns: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(cases, columns)) * np.arange(1, columns + 1)
    centred = rows - rows.mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2 / cases
    assert shrinkage_of(centred, variances) == pytest.approx(ledoit_wolf(rows)[1], abs=1e-9)


@given(seeds, st.integers(5, 60))
@settings(max_examples=25)
def test_a_cloud_measures_mahalanobis_distances(seed: int, cases: int) -> None:
    rng = np.random.default_rng(seed)
    rows, others = rng.normal(size=(cases, 6)) @ rng.normal(size=(6, 6)), rng.normal(size=(9, 6))
    cloud = fit_cloud(rows)
    scaled = cloud.ruler(rows)
    covariance, _ = ledoit_wolf(scaled)
    away = cloud.ruler(others) - scaled.mean(axis=0)
    expected = np.sqrt(np.einsum("ij,ij->i", away @ np.linalg.inv(covariance), away))
    floored = 1e-3 * np.trace(covariance) / 6 > np.linalg.eigvalsh(covariance)[0]
    if not floored:
        assert cloud.distances(others) == pytest.approx(expected, rel=1e-3)
    shifted = others + 7.0  # another zero and unit of the columns says nothing
    assert fit_cloud(3 * (rows + 7)).distances(3 * shifted) == pytest.approx(
        cloud.distances(others), rel=1e-3
    )


@given(seeds, st.integers(2, 30))
@settings(max_examples=25)
def test_a_training_row_is_never_farther_than_if_it_had_been_left_out(seed: int, n: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(n, 4))
    near = fit_neighbours(rows, least_spread=0.01)
    for place, scaled in enumerate(near.rows):
        rest = np.delete(near.rows, place, axis=0)
        others = np.sort(np.sqrt(((rest - scaled) ** 2).sum(axis=1)))[:5]
        assert near.distances(rows[place : place + 1])[0] <= others.mean() + 1e-12


@given(st.lists(st.floats(-5, 50), min_size=1, max_size=200), seeds)
@settings(max_examples=50)
def test_no_more_than_one_in_twenty_lies_above_the_limit(scores: list[float], seed: int) -> None:
    told = np.random.default_rng(seed).random(len(scores)) < 0.02
    limit = limit_of(np.array(scores), told)
    above = (np.array(scores) > limit) | told
    assert above.sum() <= max(int(FLAGGED_SHARE * len(scores)), told.sum())
    assert limit >= 1


def test_the_joint_share_of_validation_cases_is_one_in_twenty() -> None:
    validation = looks_of(skin(60, seed=1))
    assert sum(v.is_unlike for v in judge(learnt(), validation)) == 3
    assert learnt().caution == ""
    assert not any(v.ways for v in judge(learnt(), validation) if not v.is_unlike)


def test_pictures_of_the_same_kind_pass_and_others_are_told_with_a_way() -> None:
    new = skin(40, seed=2)
    assert sum(v.is_unlike for v in judge(learnt(), looks_of(new))) <= 6
    smooth = np.repeat(np.repeat(new[:, 1::4, 1::4], 4, axis=1), 4, axis=2)
    for pictures, way in (
        (255 - new, "in colours rare in training pictures (100 % of its pixels, 1 % of theirs)"),
        (new // 2, "darker than all training pictures (0."),
        (np.minimum(new, 200) + np.uint8(55), "brighter than all training pictures (0."),
        (smooth, "blurred: poorer in fine detail than all training pictures ("),
        (new[..., ::-1], "to green, 0."),
        (np.repeat(new[..., :1], 3, axis=3), "grey where training pictures are in colour"),
    ):
        verdicts = judge(learnt(), looks_of(np.ascontiguousarray(pictures)))
        assert all(v.is_unlike and v.ways for v in verdicts)
        assert any(way in text for text in verdicts[0].ways), verdicts[0].ways


def test_colour_among_grey_is_told_and_nothing_else_of_its_colours() -> None:
    grey = [np.repeat(skin(40, seed)[..., :1], 3, axis=3) for seed in (0, 1)]
    likeness = fit_likeness(*map(looks_of, grey))
    (verdict,) = judge(likeness, looks_of(skin(1, 3)))
    assert verdict.is_unlike
    assert verdict.ways[0] == "in colour where training pictures are grey"
    assert not any("redder" in way or "rare" in way or "usual red" in way for way in verdict.ways)
    assert not any("grey" in way for v in judge(likeness, looks_of(grey[1])) for way in v.ways)


def test_sizes_and_spacings_have_a_margin_and_a_way_of_their_own() -> None:
    grids = [SourceGrid(60, 80, (0.7, 0.7)), SourceGrid(90, 100, (0.9, 0.9))] * 20
    pictures = skin(41)
    likeness = fit_likeness(look_at(model(), pictures[:40], grids), looks_of(skin(40, 1), 0.8))

    def ways(*grid: object) -> tuple[str, ...]:
        (verdict,) = judge(likeness, look_at(model(), pictures[40:], [SourceGrid(*grid)]))
        return verdict.ways

    assert ways(80, 90, (1.0, 1.0)) == ways(80, 90) == ways(40, 50) == ()
    assert ways(80, 90, (0.39, 0.39))[0] == "0.39 mm a pixel, training 0.7 to 0.9"
    assert ways(400, 500) == ways(6, 8) == ()  # the network sees the same square
    assert ways(400, 500, (0.39, 0.39)) == (
        "0.39 mm a pixel, training 0.7 to 0.9",
        "400 pixels high, training 60 to 90",
        "500 pixels wide, training 80 to 100",
    )
    (darker,) = judge(likeness, look_at(model(), pictures[40:] // 3, [SourceGrid(400, 500)]))
    assert darker.ways[0].startswith("strange to the network itself")
    assert darker.ways[-2].startswith("400 pixels high")
    assert ways(40, 90)[0] == "2.25 times as wide as high, training 1.11 to 1.33"


def test_the_order_of_cases_changes_nothing() -> None:
    training, validation = looks_of(skin(30)), looks_of(skin(25, 1))
    rng = np.random.default_rng(0)
    turned = [part.rows(rng.permutation(len(part))) for part in (training, validation)]
    new = looks_of(skin(5, 2))
    one, other = fit_likeness(training, validation), fit_likeness(*turned)
    assert (one.scores(new) == other.scores(new)).all()
    assert one.limit == other.limit


def test_a_likeness_of_few_cases_says_so_and_still_tells_great_differences() -> None:
    likeness = learnt(8, 4)
    assert likeness.caution == (
        "learnt from 8 training and 4 validation cases only: it can tell little but great "
        "differences"
    )
    assert sum(v.is_unlike for v in judge(likeness, looks_of(skin(20, 5)))) <= 6
    assert all(v.is_unlike for v in judge(likeness, looks_of(255 - skin(5))))
    alike = looks_of(np.repeat(skin(1), 8, axis=0))
    assert not any(v.is_unlike for v in judge(fit_likeness(alike, alike), alike))


def test_what_cannot_be_learnt_or_compared_is_refused_in_one_line() -> None:
    few = looks_of(skin(1))
    with pytest.raises(DataError, match=r"1 training and 1 validation cases came, at least 2 and"):
        fit_likeness(few, few)
    with pytest.raises(DataError, match="and 0 validation cases came"):
        fit_likeness(looks_of(skin(3)), few.rows(np.array([], dtype=int)))
    other = replace(few, features=few.features[:, :-2])
    with pytest.raises(DataError, match="of another model; take both from one run folder"):
        judge(learnt(), other)
    broken = replace(few, features=np.full_like(few.features, np.nan))
    with pytest.raises(DataError, match=r"no finite features of 1 of 1 pictures: .* train it anew"):
        judge(learnt(), broken)
    assert judge(learnt(), few.rows(np.array([], dtype=int))) == ()


@pytest.mark.parametrize("encoder", ["mobilenet_v2", "tu-test_efficientnet", "mit_b0"])
def test_features_are_mean_and_spread_of_every_stage_but_the_deepest(encoder: str) -> None:
    trained, pictures = model(encoder), skin(3)
    found = network_features(trained, pictures)
    assert found.dtype == np.float32
    values = (pictures / 255 - 0.5) / 0.25
    assert found[:, :3] == pytest.approx(values.mean(axis=(1, 2)), abs=1e-5)
    assert found[:, 3:6] == pytest.approx(values.std(axis=(1, 2)), abs=1e-5)
    channels = trained.network.get_submodule("encoder").out_channels
    assert found.shape == (3, 2 * sum(channels[:-1]))
    assert (network_features(trained, pictures) == found).all()
