"""How fast a network trains and answers on this machine, measured on a few steps of the real loop.

Nothing is kept of it.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from twinseg.core.arrays import MaskStack, Pictures
from twinseg.core.progress import Task
from twinseg.data.augmentation import strength_for
from twinseg.data.batches import TrainingBatches
from twinseg.records.settings import Hardware, StudySettings
from twinseg.training.loop import Course, train_loop
from twinseg.training.network import build_network
from twinseg.training.normalisation import IMAGENET
from twinseg.training.validate import validation_dice

_LONGEST_S = 1.5  # of measuring, where one step does not take longer
_MOST_STEPS = 20
_FEWEST_CASES = 2  # that batch normalisation can do with


@dataclass(frozen=True)
class Pace:
    """How fast a network is, and how large.

    Attributes:
        training_s: Seconds of one case in a step of training.
        answer_s: Seconds of one case that it only answers.
        batch_size: Cases of a step that was measured.
        weights_bytes: What its weights take.
    """

    training_s: float
    answer_s: float
    batch_size: int
    weights_bytes: int


def measure_pace(
    settings: StudySettings,
    hardware: Hardware,
    *,
    threads: int,
    pixels: tuple[Pictures, MaskStack] | None = None,
) -> Pace:
    """Train for a second or two, or for as long as two small steps take.

    Args:
        settings: Of the study: its network, size and batches.
        hardware: What to measure on.
        threads: How many a run computes with.
        pixels: Some pictures and masks of the study's size; made up if there are none.
    """
    pictures, masks = pixels or _made_up(settings.model.size, settings.training.batch_size)
    network = build_network(settings.model.encoder, seed=0)
    with _threads(threads):
        batch_size = _FEWEST_CASES
        training_s = _step_s(network, settings, hardware, batch_size, pictures, masks) / batch_size
        if settings.training.batch_size * training_s < _LONGEST_S:
            batch_size = settings.training.batch_size
            training_s = _step_s(network, settings, hardware, batch_size, pictures, masks)
            training_s /= batch_size
        answer_s = _answer_s(network, pictures[:batch_size], masks[:batch_size])
    tensors = network.state_dict().values()
    weights_bytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    return Pace(training_s, answer_s, batch_size, weights_bytes)


def _made_up(size: int, cases: int) -> tuple[Pictures, MaskStack]:
    rng, cases = np.random.default_rng(0), max(cases, _FEWEST_CASES)
    pictures = rng.integers(0, 256, (cases, size, size, 3), dtype=np.uint8)
    return pictures, pictures[..., 0] > 200


def _step_s(
    network: nn.Module,
    settings: StudySettings,
    hardware: Hardware,
    batch_size: int,
    pictures: Pictures,
    masks: MaskStack,
) -> float:
    """Seconds of a step, without the first, in which libraries make themselves ready."""
    training = settings.training
    steps = _MOST_STEPS + 1
    positions = np.resize(np.arange(len(pictures)), steps * batch_size)
    strength = strength_for(training, pictures, np.arange(len(pictures)))
    batches = TrainingBatches(pictures, masks, positions, batch_size, 0, strength)
    watch = _StopWatch(_MOST_STEPS)
    with tempfile.TemporaryDirectory() as folder:
        none = np.arange(0)
        course = Course(training, hardware, batches, none, IMAGENET, Path(folder))
        with suppress(_EnoughError):
            train_loop(network, course, title="", progress=watch)
    first, *others = watch.times_s
    return (others[-1] - first) / len(others)


class _EnoughError(Exception):
    """Ends a training that is only measured."""


class _StopWatch:
    """A progress that notes the time of every step, and ends the work when it knows enough."""

    def __init__(self, most_steps: int) -> None:
        self.most_steps, self.times_s = most_steps, list[float]()

    def say(self, line: str) -> None:
        """Drop the line."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "") -> Iterator[Task]:
        """Yield itself."""
        yield self

    def advance(self, steps: int = 1, **facts: str) -> None:
        """Note the time."""
        self.times_s.append(time.perf_counter())
        known = len(self.times_s) - 1
        is_long = self.times_s[-1] - self.times_s[0] > _LONGEST_S
        if known >= self.most_steps or (known and is_long):
            raise _EnoughError


def _answer_s(network: nn.Module, pictures: Pictures, masks: MaskStack) -> float:
    """Seconds of one case that a network answers."""
    everything = np.arange(len(pictures))
    for _ in range(2):  # the first time libraries make themselves ready
        begun = time.perf_counter()
        validation_dice(
            network, pictures, masks, everything, normalise=IMAGENET, batch_size=len(pictures)
        )
    return (time.perf_counter() - begun) / len(pictures)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
