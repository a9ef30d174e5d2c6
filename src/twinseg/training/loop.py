"""The training loop, on one screen."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from twinseg.core.arrays import Indices
from twinseg.core.errors import TrainingError
from twinseg.core.progress import Progress
from twinseg.core.settings import StudySettings
from twinseg.data.batches import TrainingBatches
from twinseg.training.checkpoint import (
    EpochRow,
    Place,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from twinseg.training.loss import dice_and_cross_entropy
from twinseg.training.network import Normalisation
from twinseg.training.validate import validation_dice

_CHECKPOINT_EVERY_S = 20.0
_LARGEST_GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class Course:
    """All that a loop needs beside the network."""

    settings: StudySettings
    batches: TrainingBatches
    validation: Indices
    normalise: Normalisation
    folder: Path  # holds checkpoint.pt and best.safetensors while the run is under way


def train_loop(network: nn.Module, course: Course, *, title: str, progress: Progress) -> Place:
    """Train ``network`` from wherever ``course.folder`` left off; the best weights lie there after.

    Raises:
        TrainingError: If loss or gradient stop being numbers; the last good weights are kept.
    """
    settings, batches = course.settings, course.batches
    fabric = Fabric(accelerator=settings.device, devices=1, precision=settings.precision)
    bare = network.to(memory_format=torch.channels_last)
    optimiser = AdamW(
        bare.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    steps = settings.epochs * batches.steps_per_epoch
    schedule = OneCycleLR(optimiser, settings.learning_rate, total_steps=steps, pct_start=0.2)
    model, optimiser_ = fabric.setup(bare, optimiser)
    parts = {"network": bare, "optimiser": optimiser, "schedule": schedule}
    checkpoint = course.folder / "checkpoint.pt"
    place = load_checkpoint(checkpoint, **parts)
    done, saved_s = place.epoch * batches.steps_per_epoch + place.step, time.monotonic()
    with progress.task(title, steps, done=done, unit="steps") as task:
        while place.epoch < settings.epochs:
            bare.train()
            while place.step < batches.steps_per_epoch:
                batch = batches.batch(place.epoch, place.step)
                images = course.normalise(fabric.to_device(batch.images))
                loss = dice_and_cross_entropy(model(images), fabric.to_device(batch.targets))
                fabric.backward(loss)
                norm = fabric.clip_gradients(model, optimiser_, max_norm=_LARGEST_GRADIENT_NORM,
                                             error_if_nonfinite=False)  # fmt: skip
                _require_numbers(float(loss), float(norm), bare, place, course)
                optimiser_.step()
                optimiser_.zero_grad()
                schedule.step()
                place.loss_sum += float(loss.detach())
                place.step += 1
                task.advance(
                    epoch=f"{place.epoch + 1}/{settings.epochs}", loss=f"{float(loss):.3f}"
                )
                if time.monotonic() - saved_s > _CHECKPOINT_EVERY_S:
                    save_checkpoint(checkpoint, place, **parts)
                    saved_s = time.monotonic()
            _end_epoch(bare, place, course, schedule.get_last_lr()[0])
            save_checkpoint(checkpoint, place, **parts)
            task.advance(0, **{"validation Dice": f"{place.history[-1].validation_dice:.3f}"})
    return place


def _end_epoch(network: nn.Module, place: Place, course: Course, learning_rate: float) -> None:
    """Validate, keep the weights if they are the best so far, and move on to the next epoch."""
    batches = course.batches
    dice = validation_dice(
        network, batches.pictures, batches.masks, course.validation,
        normalise=course.normalise, batch_size=batches.batch_size,
    )  # fmt: skip
    loss = place.loss_sum / batches.steps_per_epoch
    place.history.append(EpochRow(place.epoch + 1, loss, dice, learning_rate))
    if dice > place.best_dice:
        place.best_dice, place.best_epoch = dice, place.epoch + 1
        save_weights(course.folder / "best.safetensors", network)
    place.epoch, place.step, place.loss_sum = place.epoch + 1, 0, 0.0


def _require_numbers(
    loss: float, norm: float, network: nn.Module, place: Place, course: Course
) -> None:
    if math.isfinite(loss) and math.isfinite(norm):
        return
    kept = course.folder / "last_good.safetensors"
    save_weights(kept, network)  # the step was not taken yet
    raise TrainingError(
        f"loss is {loss:g} (gradient norm {norm:g}) at step {place.step + 1} of epoch "
        f"{place.epoch + 1}; weights before that step are kept in {kept}; try another seed, "
        "a lower --learning-rate or --device cpu"
    )
