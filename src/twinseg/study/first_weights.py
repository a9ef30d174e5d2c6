"""Where each run starts: first weights, and the one normalisation that twins share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.progress import Progress
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import ModelSettings
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
    normalise: Normalisation  # one for all runs of a study


@dataclass(frozen=True)
class Search:
    """How the first weights of the runs of a study, or of a grid, are found.

    Attributes:
        model: What they are of.
        runs: All runs: they share one normalisation.
        weights_dir: Asked before any hub.
        progress: Where to report.
    """

    model: ModelSettings
    runs: Sequence[RunSpec]
    weights_dir: Path | None
    progress: Progress

    def starts(self) -> dict[RunSpec, Start]:
        """Find the first weights of all runs.

        Raises:
            WeightsError: If there are none, or they do not fit.
        """
        model = self.model
        said = said_normalisation(model.mean, model.std, model.like)
        firsts = {
            init: find_first_weights(
                init,
                model.encoder,
                weights_dir=self.weights_dir,
                partial=model.partial_weights,
                progress=self.progress,
                said=said,
            )
            for init in dict.fromkeys(run.init for run in self.runs)
        }
        normalise = common_normalisation([*firsts.values()], said)
        return {run: Start(firsts[run.init], normalise) for run in self.runs}
