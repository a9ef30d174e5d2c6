"""What runs take: seconds by a pace that was measured, bytes by what is written of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from twinseg.core.executor import Executor
from twinseg.core.processes import InProcesses
from twinseg.explanation.map_names import REGIONS
from twinseg.prediction.predict import FLIPS
from twinseg.records.grid import Grid
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import StudySettings
from twinseg.study.plan.counts import Counts
from twinseg.training.train import training_for
from twinseg.training.trial import Pace

_FLOAT = 4
_OF_CHECKPOINT = 4  # times the weights: with both moments of AdamW, and the weights that are kept
_STORED_RULES = 2  # whose probabilities a contrast keeps: mean and weighted


@dataclass(frozen=True)
class Cost:
    """What is still to be done takes this.

    Attributes:
        seconds: To train all runs and let them answer, as many at once as there are.
        bytes: On the disk in the end, of what does not hang on the size of the pictures.
        passing_bytes: On the disk beside that while runs are under way.
    """

    seconds: float
    bytes: int
    passing_bytes: int


def cost_of(grid: Grid, counts: Mapping[RunSpec, Counts], pace: Pace, at_once: int) -> Cost:
    """Add up what the runs of ``counts`` take.

    Args:
        grid: What is asked.
        counts: Cases of each run that is still to be done.
        pace: Of their network.
        at_once: How many are worked off at a time.
    """
    shared = grid.shared
    seconds = [_seconds(shared, cases, pace) for cases in counts.values()]
    answers = 1 + (len(FLIPS) if shared.evaluation.flips else 0)
    plane = _FLOAT * shared.model.size**2
    # The heat maps of the decoder have the size of the picture, those of the bottleneck none.
    planes = sum((answers + len(REGIONS)) * (c.validation + c.test) for c in counts.values())
    for settings in grid.contrasts:
        if cases := counts.get(settings.contrast.first):
            planes += _STORED_RULES * (cases.validation + cases.test)
    return Cost(
        seconds=max(sum(seconds) / at_once, max(seconds, default=0.0)),
        bytes=len(counts) * pace.weights_bytes + planes * plane,
        passing_bytes=min(at_once, len(counts)) * _OF_CHECKPOINT * pace.weights_bytes,
    )


def _seconds(settings: StudySettings, cases: Counts, pace: Pace) -> float:
    """Seconds to train one run, and to let it answer."""
    epochs = training_for(settings.training, cases.train, cases.whole).epochs
    answers = 1 + (len(FLIPS) if settings.evaluation.flips else 0)
    predicted = answers * (cases.validation + cases.test)
    training_s = epochs * cases.train * pace.training_s
    return training_s + (epochs * cases.validation + predicted) * pace.answer_s


def at_once_and_threads(executor: Executor, cores: int) -> tuple[int, int]:
    """Return how many runs are worked off at a time, and the threads of each."""
    if isinstance(executor, InProcesses):
        return executor.at_once, executor.threads
    return 1, getattr(executor, "cpus_per_job", cores)
