"""Deletion, insertion, imputation, randomisation and noise, worked out on paper."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.heat_networks import TwoFeatures
from twinseg.explanation.evidence import deletion_curves
from twinseg.explanation.evidence.deletion_curves import (
    KeptAnswer,
    area,
    blur,
    edge_order,
    follow,
    random_order,
    scorer,
)
from twinseg.explanation.evidence.imputed import impute, road
from twinseg.explanation.evidence.randomised import cascade
from twinseg.explanation.evidence.stability import max_sensitivity

FOUR = torch.tensor([[[[4.0, 3], [2, 1]]]])


def total(images: torch.Tensor) -> torch.Tensor:
    return images.flatten(1).sum(dim=1)


@pytest.fixture
def black(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take pixels away by black, to count by hand."""
    monkeypatch.setattr(deletion_curves, "blur", torch.zeros_like)


@pytest.mark.usefixtures("black")
def test_pixels_go_and_come_in_the_order_of_the_map() -> None:
    found = follow(total, FOUR, {"right": FOUR[:, 0], "wrong": -FOUR[:, 0]}, steps=4)
    assert found["right"].deletion.tolist() == [[10, 6, 3, 1, 0]]
    assert found["right"].insertion.tolist() == [[0, 4, 7, 9, 10]]
    assert found["wrong"].deletion.tolist() == [[10, 9, 7, 4, 0]]
    # Trapezoids: (10 / 2 + 6 + 3 + 1 + 0 / 2) / 4.
    assert area(found["right"].deletion).tolist() == [15 / 4]
    assert area(found["right"].insertion).tolist() == [25 / 4]


@pytest.mark.usefixtures("black")
def test_an_undefined_map_has_undefined_curves_and_leaves_others_alone() -> None:
    maps = torch.cat([FOUR[:, 0], FOUR[:, 0] * torch.nan])
    found = follow(total, FOUR.repeat(2, 1, 1, 1), {"map": maps}, steps=2)["map"]
    assert found.deletion[0].tolist() == [10, 3, 0]
    assert found.deletion[1].isnan().all()


def test_the_answer_that_is_kept_on_paper() -> None:
    logits = torch.tensor([[[0.0, 0.0]]])  # probabilities of one half
    left = torch.tensor([[[True, False]]])
    # 2 * 0.5 / (1 + 1)
    assert KeptAnswer(left, against=False).kept(logits).tolist() == [0.5]
    sure = torch.tensor([[[100.0, -100.0]]])
    assert KeptAnswer(left, against=False).kept(sure).tolist() == [1.0]
    assert KeptAnswer(~left, against=True).kept(sure).tolist() == [1.0]
    assert KeptAnswer(~left, against=False).kept(sure).tolist() == [0.0]
    assert KeptAnswer(left & False, against=False).kept(sure).isnan().all()


def test_a_network_that_ignores_the_picture_has_flat_curves() -> None:
    network = TwoFeatures(0, 0)
    score = scorer(network, KeptAnswer(torch.ones(1, 8, 8, dtype=torch.bool), against=False))
    images = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    found = follow(score, images, {"edges": edge_order(images)})["edges"]
    # 2 * 0.5 * 64 / (0.5 * 64 + 64) at every share.
    torch.testing.assert_close(found.deletion, torch.full((1, 7), 2 / 3))
    torch.testing.assert_close(found.insertion, torch.full((1, 7), 2 / 3))


def test_blur_keeps_a_constant_and_takes_edges_away() -> None:
    assert torch.allclose(blur(torch.full((1, 3, 20, 30), 0.3)), torch.tensor(0.3))
    step = torch.zeros(1, 1, 20, 20)
    step[..., 10:] = 1
    assert blur(step).diff(dim=3).max() < 0.25


def test_orders_that_know_nothing_of_the_model() -> None:
    images = torch.zeros(2, 3, 32, 48)
    images[..., 20:] = 1
    edges = edge_order(images)
    assert (edges[:, :, 19:21] > 0).all()
    assert edges[:, :, :18].sum() == 0
    first, again = (random_order(images, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(first, again)
    assert len(first[0].unique()) == 256
    assert not torch.equal(first[0], first[1])


def test_one_removed_pixel_is_the_weighted_mean_of_its_neighbours() -> None:
    image = np.zeros((1, 3, 3))
    image[0, 0, 1] = image[0, 1, 0] = image[0, 1, 2] = image[0, 2, 1] = 1.0
    removed = np.zeros((3, 3), bool)
    removed[1, 1] = True
    # Direct neighbours 4 * 1/6 of 4 * 1/6 + 4 * 1/12.
    assert impute(image, removed)[0, 1, 1] == pytest.approx(2 / 3)
    corner = np.zeros((3, 3), bool)
    corner[0, 0] = True
    # Two direct neighbours of 1, one diagonal of 0: 2/6 of 2/6 + 1/12.
    assert impute(image, corner)[0, 0, 0] == pytest.approx(4 / 5)


def test_removed_neighbours_solve_their_equations_together() -> None:
    image = np.arange(5.0)[None, None].repeat(3, axis=1)  # a ramp along the columns
    removed = np.zeros((3, 5), bool)
    removed[:, 1:4] = True
    filled = impute(image, removed)[0]
    assert (filled[:, [0, 4]] == [0, 4]).all()
    assert filled[1] == pytest.approx(np.arange(5.0))  # linear stays linear
    assert impute(np.full((2, 4, 4), 0.7), np.tri(4, dtype=bool)) == pytest.approx(0.7)


def test_road_is_positive_for_the_model_s_own_order_and_negative_for_its_reverse() -> None:
    images = torch.zeros(1, 1, 10, 10)
    images[0, 0, 2:4, 2:7] = 1.0
    first, other = (
        road(total, images, order, np.random.default_rng(0), share=0.1)
        for order in (images[:, 0], -images[:, 0])
    )
    assert first.item() > 1
    assert other.item() == pytest.approx(-first.item(), abs=0.3)


def test_weights_are_destroyed_from_the_output_on_and_the_network_stays() -> None:
    network = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in range(4)))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    touched: list[list[int]] = []

    def maps(net: nn.Module) -> dict[str, torch.Tensor]:
        state = net.state_dict()
        changed = {int(n[0]) for n in before if not torch.equal(before[n], state[n])}
        touched.append(sorted(changed))
        weight = state["0.weight"][:, 0]
        return {"of picture": torch.arange(12.0).reshape(1, 3, 4), "of weights": weight}

    found = cascade(network, maps, generator=torch.Generator().manual_seed(0), steps=2)
    assert touched == [[], [2, 3], [0, 1, 2, 3]]
    assert [step["of picture"].tolist() for step in found] == [[1.0], [1.0]]
    assert found[0]["of weights"] == pytest.approx(1.0)
    assert found[1]["of weights"].abs().mean() < 0.9
    assert all(torch.equal(value, before[n]) for n, value in network.state_dict().items())


def test_a_map_moves_by_its_share_of_the_noise() -> None:
    images = torch.ones(2, 1, 4, 4)
    found = max_sensitivity(
        lambda some: {"still": torch.ones(2, 2, 2), "picture": some[:, 0], "none": 0 * some[:, 0]},
        images,
        radius=0.1,
        draws=3,
        generator=torch.Generator().manual_seed(5),
    )
    generator = torch.Generator().manual_seed(5)
    noises = [0.1 * (torch.rand(images.shape, generator=generator) * 2 - 1) for _ in range(3)]
    expected = torch.stack([noise.flatten(1).norm(dim=1) for noise in noises]).amax(dim=0) / 4
    assert found["still"].tolist() == [0, 0]
    torch.testing.assert_close(found["picture"], expected)
    assert found["none"].isnan().all()
