"""A run stopped anywhere goes on to the same bits; a loss that is no number stops it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from twinseg.core.errors import StoreError, TrainingError
from twinseg.core.progress import Silent
from twinseg.data.augmentation import Strength
from twinseg.data.batches import TrainingBatches
from twinseg.records.settings import Hardware, TrainingSettings
from twinseg.training import loop
from twinseg.training.checkpoint import TrainingPlace, checkpoint_weights
from twinseg.training.normalisation import IMAGENET, Normalisation
from twinseg.training.validate import validation_dice


class Stopped(BaseException):
    """Stands for a kill: nothing may catch it."""


@dataclass
class StopAfter(Silent):
    """A progress that kills the run at a step."""

    steps: int

    def advance(self, steps: int = 1, **facts: str) -> None:
        self.steps -= steps
        if self.steps == 0:
            raise Stopped


def small_network() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.2), nn.Conv2d(4, 1, 1)
    )


def course(folder: Path, **settings: object) -> loop.Course:
    rng = np.random.default_rng(0)
    masks = np.zeros((12, 16, 16), bool)
    masks[:, 4:10, 5:12] = True
    pictures = (rng.integers(0, 90, (12, 16, 16, 3)) + 120 * masks[..., None]).astype(np.uint8)
    batches = TrainingBatches(pictures, masks, np.arange(9), 3, 0, Strength(1.0, 1.0))
    settings = {"epochs": 3, "batch_size": 3, "learning_rate": 0.05} | settings
    folder.mkdir(exist_ok=True)
    return loop.Course(
        TrainingSettings(**settings), Hardware(), batches, np.arange(9, 12), IMAGENET, folder
    )


def train(folder: Path, progress: Silent | None = None, **settings: object) -> TrainingPlace:
    torch.manual_seed(11)  # of dropout
    return loop.train_loop(
        small_network(), course(folder, **settings), title="t", progress=progress or Silent()
    )


def everything(folder: Path, place: TrainingPlace) -> tuple:
    weights = load_file(folder / "kept.safetensors")
    return place.history, {name: value.tolist() for name, value in weights.items()}


@pytest.fixture
def checkpoint_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_CHECKPOINT_EVERY_S", -1.0)


@pytest.mark.parametrize("keep", ["last", "best"])
def test_training_learns_and_keeps_the_weights_asked_for(tmp_path: Path, keep: str) -> None:
    place = train(tmp_path / "a", epochs=8, keep=keep)
    dice = [row.validation_dice for row in place.history]
    assert len(dice) == 8
    assert max(dice) > 0.8
    epoch = 8 if keep == "last" else dice.index(max(dice)) + 1
    assert (place.kept_epoch, place.kept_dice) == (epoch, dice[epoch - 1])
    best = small_network()
    best.load_state_dict(load_file(tmp_path / "a" / "kept.safetensors"))
    batches = course(tmp_path / "a").batches
    again = validation_dice(
        best,
        batches.pictures,
        batches.masks,
        np.arange(9, 12),
        normalise=IMAGENET,
        batch_size=2,
    )
    assert again == pytest.approx(place.kept_dice)


@pytest.mark.usefixtures("checkpoint_every_step")
@pytest.mark.parametrize("stop_after", [1, 2, 3, 4, 6, 8])
def test_a_killed_run_ends_with_the_same_bits(tmp_path: Path, stop_after: int) -> None:
    undisturbed = everything(tmp_path / "a", train(tmp_path / "a"))
    with pytest.raises(Stopped):
        train(tmp_path / "b", StopAfter(stop_after))
    assert everything(tmp_path / "b", train(tmp_path / "b")) == undisturbed


def test_without_checkpoint_a_killed_run_starts_again_to_the_same_bits(tmp_path: Path) -> None:
    undisturbed = everything(tmp_path / "a", train(tmp_path / "a"))
    with pytest.raises(Stopped):
        train(tmp_path / "b", StopAfter(2))
    assert not (tmp_path / "b" / "checkpoint.pt").exists()
    assert everything(tmp_path / "b", train(tmp_path / "b")) == undisturbed


def spoil_loss(at_step: int) -> Callable[..., torch.Tensor]:
    true_loss, calls = loop.dice_and_cross_entropy, [0]

    def loss(logits: torch.Tensor, targets: torch.Tensor, **choices: str) -> torch.Tensor:
        calls[0] += 1
        return true_loss(logits * (torch.nan if calls[0] == at_step else 1), targets, **choices)

    return loss


@pytest.mark.usefixtures("checkpoint_every_step")
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "dice_and_cross_entropy", spoil_loss(at_step=5))
    with pytest.raises(TrainingError, match="loss is nan .* at step 2 of epoch 2") as caught:
        train(tmp_path / "a")
    assert "last_good.safetensors" in str(caught.value)
    kept = load_file(tmp_path / "a" / "last_good.safetensors")
    assert all(value.isfinite().all() for value in kept.values())
    monkeypatch.undo()
    monkeypatch.setattr(loop, "_CHECKPOINT_EVERY_S", -1.0)
    with pytest.raises(Stopped):  # the same four steps, none spoilt
        train(tmp_path / "b", StopAfter(5))
    good = checkpoint_weights(tmp_path / "b" / "checkpoint.pt")
    assert all(torch.equal(kept[name], good[name]) for name in kept)


def test_no_number_at_the_first_step_says_there_is_nothing_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "dice_and_cross_entropy", spoil_loss(at_step=1))
    with pytest.raises(TrainingError, match="no weights were good yet"):
        train(tmp_path / "a")


def test_a_damaged_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "checkpoint.pt").write_bytes(b"half")
    with pytest.raises(StoreError, match="delete it and give the same command again"):
        train(tmp_path / "a")


def test_validation_dice_worked_out_on_paper() -> None:
    # The "network" marks red pixels. Three cases of 4 pixels: 1 of 1 found and 1 too many
    # (2/3), nothing to find and nothing marked (1), nothing to find and one marked (0).
    class Red(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images[:, :1] - 0.1

    pictures = np.zeros((3, 2, 2, 3), np.uint8)
    pictures[0, 0, :, 0] = pictures[2, 0, 0, 0] = 255
    masks = np.zeros((3, 2, 2), bool)
    masks[0, 0, 0] = True
    network = Red()
    for batch_size in (1, 2, 3):
        found = validation_dice(
            network,
            pictures,
            masks,
            np.arange(3),
            normalise=Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
            batch_size=batch_size,
        )
        # The case with nothing to find, where nothing was marked, does not count.
        assert found == pytest.approx((2 / 3 + 0) / 2)

    nothing = masks & False
    options = {"normalise": Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), "batch_size": 2}
    assert validation_dice(network, pictures[1:2], nothing[:1], np.arange(1), **options) == 1
    assert validation_dice(network, pictures, nothing, np.arange(3), **options) == 0


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 6, 9, 10, 50])
def test_a_training_of_any_length_rises_then_falls_and_no_step_is_without_effect(
    steps: int,
) -> None:
    adam = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = loop._one_cycle(adam, 1.0, steps)
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        adam.step()
        schedule.step()
    assert min(rates[: max(1, steps - 1)]) > 0
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert top == max(1, round(0.2 * steps) - 1) or steps == 1
