"""Where each run starts: first weights, and the one normalisation that twins share."""

from dataclasses import dataclass
from pathlib import Path

from twinseg.core.progress import Progress
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import StudySettings
from twinseg.training.normalisation import Normalisation
from twinseg.training.weights import (
    FirstWeights,
    common_normalisation,
    find_first_weights,
    said_normalisation,
)


@dataclass(frozen=True)
class Start:
    """What a run starts from."""

    first: FirstWeights
    normalise: Normalisation  # one for both twins


def find_starts(
    settings: StudySettings, weights_dir: Path | None, progress: Progress
) -> dict[RunSpec, Start]:
    """Find the first weights of both twins, before any work is done.

    Raises:
        WeightsError: If there are none, or they do not fit.
    """
    model, runs = settings.model, settings.contrast.runs
    said = said_normalisation(model.mean, model.std, model.like)
    firsts = [
        find_first_weights(
            run.init,
            model.encoder,
            weights_dir=weights_dir,
            partial=model.partial_weights,
            progress=progress,
            said=said,
        )
        for run in runs
    ]
    normalise = common_normalisation(firsts, said)
    return {run: Start(first, normalise) for run, first in zip(runs, firsts, strict=True)}
