"""The training loop, on one screen."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from twinseg.core.arrays import Indices
from twinseg.core.errors import TrainingError
from twinseg.core.progress import Progress
from twinseg.data.batches import TrainingBatches
from twinseg.records.settings import Hardware, TrainingSettings
from twinseg.training.checkpoint import (
    TrainingPlace,
    checkpoint_weights,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from twinseg.training.loss import dice_and_cross_entropy
from twinseg.training.normalisation import Normalisation
from twinseg.training.rate import highest_rate
from twinseg.training.run_files import EpochRow
from twinseg.training.validate import validation_dice

LONGEST_GRADIENT = 1.0  # longer ones are shortened to it
_CHECKPOINT_EVERY_S = 20.0


@dataclass(frozen=True)
class Course:
    """All that a loop needs beside the network."""

    settings: TrainingSettings
    hardware: Hardware
    batches: TrainingBatches
    validation: Indices
    normalise: Normalisation
    folder: Path  # holds the checkpoint and kept.safetensors while the run is under way

    @property
    def checkpoint(self) -> Path:
        """File that a killed run goes on from."""
        return self.folder / "checkpoint.pt"


def train_loop(
    network: nn.Module, course: Course, *, title: str, progress: Progress
) -> TrainingPlace:
    """Train ``network`` from wherever ``course.folder`` left off; what to keep lies there after.

    Raises:
        TrainingError: If loss or gradient stop being numbers; the last good weights are kept.
    """
    from lightning_fabric import Fabric  # takes seconds, which reading a finished study need not

    settings, batches, hardware = course.settings, course.batches, course.hardware
    fabric = Fabric(accelerator=hardware.device, devices=1, precision=hardware.precision)
    bare = network.to(memory_format=torch.channels_last)
    adam = AdamW(
        bare.parameters(), lr=highest_rate(settings), weight_decay=settings.weight_decay, fused=True
    )
    steps = settings.epochs * batches.steps_per_epoch
    schedule = _one_cycle(adam, highest_rate(settings), steps)
    model, optimiser = fabric.setup(bare, adam)
    parts = {"network": bare, "optimiser": adam, "schedule": schedule}
    place, saved_s = load_checkpoint(course.checkpoint, **parts), time.monotonic()
    done = place.epoch * batches.steps_per_epoch + place.step
    with progress.task(title, steps, done=done, unit="steps") as task:
        while place.epoch < settings.epochs:
            bare.train()
            while place.step < batches.steps_per_epoch:
                batch = batches.batch(place.epoch, place.step)
                images = course.normalise(fabric.to_device(batch.images))
                targets = fabric.to_device(batch.targets)
                loss = dice_and_cross_entropy(model(images), targets, dice=settings.dice)
                fabric.backward(loss)
                norm = fabric.clip_gradients(
                    model, optimiser, max_norm=LONGEST_GRADIENT, error_if_nonfinite=False
                )
                value = _require_numbers(loss.detach(), norm, place, course)
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
                place.loss_sum, place.step = place.loss_sum + value, place.step + 1
                task.advance(epoch=f"{place.epoch + 1}/{settings.epochs}", loss=f"{value:.3f}")
                if time.monotonic() - saved_s > _CHECKPOINT_EVERY_S:
                    save_checkpoint(course.checkpoint, place, **parts)
                    saved_s = time.monotonic()
            _end_epoch(model, bare.state_dict(), place, course)
            save_checkpoint(course.checkpoint, place, **parts)
            task.advance(0, **{"validation Dice": f"{place.history[-1].validation_dice:.3f}"})
    return place


def _one_cycle(adam: AdamW, highest: float, steps: int) -> OneCycleLR:
    """Rise over a fifth of the steps, then fall to nothing; the rise takes two steps at least."""
    steps = max(steps, 3)  # of one alone, torch makes a rate of zero
    return OneCycleLR(adam, highest, total_steps=steps, pct_start=max(0.2, 2 / steps))


def _end_epoch(
    model: nn.Module, weights: dict[str, Tensor], place: TrainingPlace, course: Course
) -> None:
    """Validate, keep the weights if they are the ones asked for, and move on to the next epoch."""
    batches, settings = course.batches, course.settings
    dice = validation_dice(
        model,
        batches.pictures,
        batches.masks,
        course.validation,
        normalise=course.normalise,
        batch_size=batches.batch_size,
    )
    loss = place.loss_sum / batches.steps_per_epoch
    place.history.append(EpochRow(place.epoch + 1, loss, dice))
    is_last, is_best = place.epoch + 1 == settings.epochs, dice > place.kept_dice
    if is_last if settings.keep == "last" else is_best:
        place.kept_dice, place.kept_epoch = dice, place.epoch + 1
        place.kept_sha256 = save_weights(course.folder / "kept.safetensors", weights)
    place.epoch, place.step, place.loss_sum = place.epoch + 1, 0, 0.0


def _require_numbers(
    loss: Tensor, norm: Tensor | None, place: TrainingPlace, course: Course
) -> float:
    """Return the loss; if it or the gradient is no number, keep the last good weights and stop."""
    value, gradient = float(loss), float(norm if norm is not None else 0)
    if math.isfinite(value) and math.isfinite(gradient):
        return value
    kept = "no weights were good yet"
    if course.checkpoint.exists():
        # Not the weights in memory: this step's forward pass has spoilt their running statistics.
        save_weights(course.folder / "last_good.safetensors", checkpoint_weights(course.checkpoint))
        kept = f"the last good weights are in {course.folder / 'last_good.safetensors'}"
    raise TrainingError(
        f"loss is {value:g} and its gradient's norm {gradient:g} at step {place.step + 1} of epoch "
        f"{place.epoch + 1}; {kept}; try a lower --learning-rate or another seed in another OUT"
    )
