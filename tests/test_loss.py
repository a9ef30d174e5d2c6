import math

import pytest
import torch

from twinseg.training.loss import dice_and_cross_entropy


def test_worked_out_on_paper() -> None:
    # Two pixels of probability 1/2 (logit 0), one of them foreground: cross-entropy ln 2;
    # Dice (2 * 1/2 + 1) / (1 + 1 + 1) = 2/3.
    logits, targets = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
    expected = (math.log(2) + 1 - 2 / 3) / 2
    assert dice_and_cross_entropy(logits, targets).item() == pytest.approx(expected)


def test_by_case_small_objects_weigh_as_much_as_large_ones() -> None:
    # 16 pixels each, every probability 1/2: 15 are foreground in one case, 1 in the other.
    # By case: Dice (15 + 1) / (8 + 15 + 1) and (1 + 1) / (8 + 1 + 1); of all at once:
    # (16 + 1) / (16 + 16 + 1).
    logits, targets = torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4)
    targets[0], targets[1, 0, 0, 0] = 1, 1
    targets[0, 0, 0, 0] = 0
    for dice, share in (("case", (16 / 24 + 2 / 10) / 2), ("batch", 17 / 33)):
        expected = (math.log(2) + 1 - share) / 2
        found = dice_and_cross_entropy(logits, targets, dice=dice).item()
        assert found == pytest.approx(expected)


def test_of_one_case_both_ways_are_one() -> None:
    logits, targets = torch.randn(1, 1, 8, 8), (torch.rand(1, 1, 8, 8) > 0.5).float()
    ways = [dice_and_cross_entropy(logits, targets, dice=dice) for dice in ("case", "batch")]
    torch.testing.assert_close(*ways)


@pytest.mark.parametrize("dice", ["case", "batch"])
def test_marking_where_nothing_is_costs_more_the_more_is_marked(dice: str) -> None:
    targets = torch.zeros(2, 1, 8, 8)
    costs = []
    for marked in (0, 1, 4, 30, 64):
        logits = torch.full((2, 64), -20.0)
        logits[:, :marked] = 20.0
        cost = dice_and_cross_entropy(logits.view(2, 1, 8, 8), targets, dice=dice)
        costs.append(cost.item())
    assert costs == sorted(costs)
    assert costs[0] < 1e-4


def test_right_is_near_zero_wrong_is_dear() -> None:
    targets = torch.zeros(2, 1, 8, 8)
    targets[0, 0, 2:5, 2:5] = 1
    sure = 40 * (targets - 0.5)
    assert dice_and_cross_entropy(sure, targets).item() < 1e-4
    assert dice_and_cross_entropy(-sure, targets).item() > 5


def test_nothing_to_find_and_nothing_marked_costs_nothing() -> None:
    targets = torch.zeros(2, 1, 8, 8)
    assert dice_and_cross_entropy(torch.full((2, 1, 8, 8), -30.0), targets).item() < 1e-4


def test_bfloat16_logits_are_summed_in_float32() -> None:
    logits, targets = torch.zeros(4, 1, 64, 64), torch.zeros(4, 1, 64, 64)
    whole = dice_and_cross_entropy(logits, targets)
    half = dice_and_cross_entropy(logits.bfloat16(), targets)
    assert half.dtype == torch.float32
    assert torch.equal(half, whole)
