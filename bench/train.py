"""Images per second of a whole training epoch against the bare step on ready tensors.

Ours is the real loop: it makes and augments each batch, checks every loss, reports, clips, steps.
Bare is forward, loss, backward and optimiser step on tensors made beforehand: the limit. Both in
one run, turn by turn, same network, batches, precision; medians over the turns.

    python bench/train.py --encoder mobilenet_v2 --size 128
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric

from twinseg.core.progress import Silent
from twinseg.data.augmentation import Strength
from twinseg.data.batches import TrainingBatches
from twinseg.records.settings import Hardware, make_settings
from twinseg.training.device import best_precision, resolve_device
from twinseg.training.loop import Course, train_loop
from twinseg.training.loss import dice_and_cross_entropy
from twinseg.training.network import build_network
from twinseg.training.normalisation import IMAGENET


class Clock(Silent):
    """Note when the last step of the epoch ended; what follows is validation and saving."""

    def advance(self, steps: int = 1, **facts: str) -> None:
        """Count only steps."""
        if steps:
            self.last_s = time.perf_counter()


def noise(cases: int, size: int, strength: Strength) -> TrainingBatches:
    """Return pictures of noise with a square as foreground: speed does not see what they show."""
    rng = np.random.default_rng(0)
    masks = np.zeros((cases, size, size), bool)
    masks[:, size // 4 : size // 2, size // 4 : size // 2] = True
    pictures = rng.integers(0, 255, (cases, size, size, 3)).astype(np.uint8)
    return TrainingBatches(pictures, masks, np.arange(cases), 16, 0, strength)


def whole_epoch_s(encoder: str, hardware: Hardware, batches: TrainingBatches) -> float:
    """Seconds of the steps of one epoch of the real loop, batches and checks included."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        settings = make_settings(epochs=1).training
        some = batches.positions[:2]
        course = Course(settings, hardware, batches, some, IMAGENET, Path(folder))
        network = build_network(encoder, seed=0)
        started_s = time.perf_counter()
        train_loop(network, course, title="bench", progress=clock)
    return clock.last_s - started_s


def bare_epoch_s(encoder: str, hardware: Hardware, batches: TrainingBatches) -> float:
    """Seconds of the same steps on tensors that are ready."""
    fabric = Fabric(accelerator=hardware.device, devices=1, precision=hardware.precision)
    ready = []
    for step in range(batches.steps_per_epoch):
        batch = batches.batch(0, step)
        images = fabric.to_device(IMAGENET(batch.images))
        ready.append((images, fabric.to_device(batch.targets)))
    network = build_network(encoder, seed=0).to(memory_format=torch.channels_last)
    adam = torch.optim.AdamW(network.parameters(), fused=True)
    model, optimiser = fabric.setup(network, adam)
    model.train()
    started_s = time.perf_counter()
    for images, targets in ready:
        loss = dice_and_cross_entropy(model(images), targets)
        fabric.backward(loss)
        optimiser.step()
        optimiser.zero_grad()
    float(loss.detach())  # waits for a graphics processor
    return time.perf_counter() - started_s


def main() -> None:
    """Print one line: name, ours, rival, ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="mobilenet_v2")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--cases", type=int, default=160)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--augment", type=float, default=0.0, help="as --warp and --colour")
    asked = parser.parse_args()
    device = resolve_device("auto")
    hardware = Hardware(device, best_precision(device))
    batches = noise(asked.cases, asked.size, Strength(asked.augment, asked.augment))
    bare_epoch_s(asked.encoder, hardware, batches)  # warms up
    pairs = [
        (
            whole_epoch_s(asked.encoder, hardware, batches),
            bare_epoch_s(asked.encoder, hardware, batches),
        )
        for _ in range(asked.turns)
    ]
    ours, bare = (asked.cases / statistics.median(times) for times in zip(*pairs, strict=True))
    name = f"train_images_per_s_{asked.encoder}_{asked.size}_{device}_{hardware.precision}"
    print(f"{name} {ours:.1f} {bare:.1f} {ours / bare:.3f}")


if __name__ == "__main__":
    main()
