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
