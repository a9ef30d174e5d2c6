"""One run: from settings and data to a folder with a trained model, whole or absent."""

import math
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.machine import versions_and_machine
from twinseg.core.progress import Progress
from twinseg.core.sealed import require_whole, write_sealed
from twinseg.core.settings import StudySettings
from twinseg.core.store import facts_of, make_folder, whole_folder, write_csv
from twinseg.core.words import amount
from twinseg.data.augmentation import Strength
from twinseg.data.batches import TrainingBatches
from twinseg.data.prepared import PreparedDataset
from twinseg.data.split import Split
from twinseg.training.checkpoint import Place
from twinseg.training.loop import Course, train_loop
from twinseg.training.network import build_network, fingerprint, require_fit
from twinseg.training.normalisation import Normalisation
from twinseg.training.run_files import (
    EpochRow,
    how_to_mend,
    read_model_facts,
    read_run_facts,
)
from twinseg.training.weights import FirstWeights, start_network

# Of a dataset's facts: how new images must be shown to the model.
_NEEDED_TO_PREDICT = ("kind", "window_hu", "mpp", "level", "tile_px")


@dataclass(frozen=True)
class RunJob:
    """What one run is asked to do."""

    settings: StudySettings
    first: FirstWeights
    normalise: Normalisation  # one for both twins
    folder: Path  # runs/<run id>

    @property
    def id(self) -> str:
        """Name of the run: where it started, how much data it saw, its seed."""
        return self.folder.name


@dataclass(frozen=True)
class TrainedModel:
    """A model as it lies in a run folder."""

    id: str
    init: str
    seed: int
    fraction: float
    size: int  # side of the square it sees, in pixels
    normalise: Normalisation
    network: nn.Module  # in evaluation mode, float32


def require_batches(settings: StudySettings, training_cases: int) -> None:
    """Refuse, before any training, cases of which a batch of too few would be left.

    Raises:
        ConfigError: If so; says what to do.
    """
    steps = math.ceil(training_cases / settings.batch_size)
    fewest = training_cases // steps  # batches of an epoch are as equal as can be
    if fewest < 2:
        why = f" (of {amount(training_cases, 'training case')}, {settings.batch_size} at once)"
        require_fit(settings.encoder, settings.size, cases=fewest, why=why)


def require_same_grey(settings: StudySettings, facts: Mapping[str, Any]) -> None:
    """Refuse to change the brightness of slices whose grey values stand for Hounsfield units.

    Args:
        settings: Of the study.
        facts: Of the dataset; ``window_hu`` is among them where slices are of CT.

    Raises:
        ConfigError: If so.
    """
    if settings.colour and (window := facts.get("window_hu")):
        low, high = window
        raise ConfigError(
            f"--colour {settings.colour:g} would change what grey means: these slices show "
            f"{low:g} to {high:g} HU, the same for every patient; leave --colour out"
        )


def train_run(job: RunJob, data: PreparedDataset, split: Split, progress: Progress) -> Path:
    """Train one model, or do nothing if its folder is there already; return the folder."""
    settings = job.settings
    working = working_of(job.folder)
    if job.folder.exists():
        return job.folder
    make_folder(working)
    started_s = time.monotonic()
    network = start_network(settings.encoder, job.first, seed=settings.seed)
    first_weights = {
        "encoder": fingerprint(network.get_submodule("encoder")),
        "decoder": fingerprint(_decoder_and_head(network)),
        "source": job.first.source,
        "missing": list(job.first.missing),
    }
    batches = TrainingBatches(
        data.pictures,
        data.masks,
        split.train,
        settings.batch_size,
        settings.seed,
        Strength(warp=settings.warp, colour=settings.colour),
    )
    course = Course(settings, batches, split.validation, job.normalise, working)
    place = train_loop(network, course, title=f"training {job.id}", progress=progress)
    facts = {
        "run": job.id,
        "init": job.first.init,
        "settings": settings.model_dump(),
        "dataset": data.dataset.name,
        "dataset_fingerprint": data.dataset.fingerprint,
        "data": {k: v for k, v in data.dataset.facts.items() if k in _NEEDED_TO_PREDICT},
        "first_weights": first_weights,
        "kept_epoch": place.kept_epoch,
        "kept_validation_dice": place.kept_dice,
        "training_cases": len(split.train),
        "seconds_since_last_start": round(time.monotonic() - started_s, 1),
        **versions_and_machine(),
    }
    _write_run(job, working, place, facts)
    shutil.rmtree(working, ignore_errors=True)
    return job.folder


def working_of(folder: Path) -> Path:
    """Name the folder of what is under way until the run ``folder`` is whole."""
    return folder.with_name(f".{folder.name}.training")


def load_trained(folder: str | Path, *, device: str = "cpu") -> TrainedModel:
    """Load the model of a run folder.

    Raises:
        StoreError: If the folder is not a whole run folder, or a file of it is damaged.
    """
    folder = Path(folder)
    described = read_model_facts(folder)
    weights = folder / "model.safetensors"
    if known := read_run_facts(folder).get("sha256"):  # not of earlier versions
        require_whole(weights, known[weights.name], advice=how_to_mend(folder))
    network = build_network(described["encoder"], seed=0)
    try:
        network.load_state_dict(load_file(weights))
    except Exception as error:  # whatever the libraries make of a damaged file
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"cannot load {weights}: {line}; {how_to_mend(folder)}") from error
    network.eval()
    return TrainedModel(
        id=described["run"],
        init=described["init"],
        seed=described["seed"],
        fraction=described["fraction"],
        size=described["size"],
        normalise=Normalisation(tuple(described["mean"]), tuple(described["std"])),
        network=network.to(device).to(memory_format=torch.channels_last),
    )


def _decoder_and_head(network: nn.Module) -> nn.Module:
    return nn.ModuleList([network.get_submodule(n) for n in ("decoder", "segmentation_head")])


def _write_run(job: RunJob, working: Path, place: Place, facts: dict[str, Any]) -> None:
    settings = job.settings
    described = {
        "run": job.id,
        "architecture": "Unet",
        "encoder": settings.encoder,
        "init": job.first.init,
        "seed": settings.seed,
        "fraction": settings.fraction,
        "design": settings.design,
        "size": settings.size,
        "mean": list(job.normalise.mean),
        "std": list(job.normalise.std),
        "data": dict(facts["data"]),
        "output": "logits of the foreground, one channel; foreground where above 0",
    }
    kept = working / "kept.safetensors"
    anew = f"delete the folder {working} and give the same command again to train it anew"
    require_whole(kept, place.kept_sha256 or None, advice=anew)
    rows = [asdict(row) for row in place.history]
    with whole_folder(job.folder) as scratch:
        shutil.copyfile(kept, scratch / "model.safetensors")
        write_sealed(scratch / "model.json", described)
        write_csv(
            scratch / "history.csv", EpochRow.__dataclass_fields__, (r.values() for r in rows)
        )
        digests = {
            name: facts_of(scratch / name).sha256 for name in ("model.safetensors", "history.csv")
        }
        write_sealed(scratch / "manifest.json", facts | {"sha256": digests})
