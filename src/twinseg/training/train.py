"""One run: from settings and data to a folder with a trained model, whole or absent."""

import math
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import nn

from twinseg.core.errors import ConfigError
from twinseg.core.machine import versions_and_machine
from twinseg.core.progress import Progress
from twinseg.core.sealed import require_whole, write_sealed
from twinseg.core.store import facts_of, make_folder, whole_folder, write_csv
from twinseg.core.words import amount
from twinseg.data.augmentation import has_colour, strength_for
from twinseg.data.batches import TrainingBatches
from twinseg.data.prepared import PreparedDataset
from twinseg.data.split import Split
from twinseg.records.folders import RunFolder
from twinseg.records.input_spec import InputSpec, input_spec_of
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import Hardware, StudySettings, TrainingSettings
from twinseg.training.checkpoint import TrainingPlace
from twinseg.training.loop import Course, train_loop
from twinseg.training.network import fingerprint, require_fit
from twinseg.training.normalisation import Normalisation
from twinseg.training.rate import highest_rate
from twinseg.training.run_files import EpochRow
from twinseg.training.weights import FirstWeights, start_network


@dataclass(frozen=True)
class RunJob:
    """What one run is asked to do."""

    run: RunSpec
    settings: StudySettings
    first: FirstWeights
    normalise: Normalisation  # one for both twins
    folder: RunFolder
    hardware: Hardware = field(default_factory=Hardware)
    whole_cases: int = 0  # to train on at a fraction of 1; 0: those that there are


def training_for(asked: TrainingSettings, cases: int, whole_cases: int) -> TrainingSettings:
    """Return how to train on so many cases: as many epochs, or as many steps, as on all.

    Args:
        asked: Settings of the study.
        cases: To train on.
        whole_cases: To train on at a fraction of 1; 0 if these are all.
    """
    if asked.equal == "epochs" or not whole_cases:
        return asked
    steps, whole = (math.ceil(n / asked.batch_size) for n in (cases, whole_cases))
    # What goes by the length of training goes by that of the whole.
    length = {"epochs": round(asked.epochs * whole / steps)}
    return asked.model_copy(update=length | {"learning_rate": highest_rate(asked)})


def require_batches(settings: StudySettings, training_cases: int) -> None:
    """Refuse, before any training, cases of which a batch of too few would be left.

    Raises:
        ConfigError: If so; says what to do.
    """
    at_once = settings.training.batch_size
    steps = math.ceil(training_cases / at_once)
    fewest = training_cases // steps  # batches of an epoch are as equal as can be
    if fewest < 2:
        why = f" (of {amount(training_cases, 'training case')}, {at_once} at once)"
        require_fit(settings.model.encoder, settings.model.size, cases=fewest, why=why)


def require_same_grey(settings: StudySettings, facts: Mapping[str, Any]) -> None:
    """Refuse to change the brightness of slices whose grey values stand for Hounsfield units.

    Args:
        settings: Of the study.
        facts: Of the dataset; ``window_hu`` is among them where slices are of CT.

    Raises:
        ConfigError: If so.
    """
    colour, window = settings.training.colour, facts.get("window_hu")
    if colour != "auto" and colour and window:
        low, high = window
        raise ConfigError(
            f"--colour {colour:g} would change what grey means: these slices show "
            f"{low:g} to {high:g} HU, the same for every patient; leave --colour out"
        )


def train_run(job: RunJob, data: PreparedDataset, split: Split, progress: Progress) -> None:
    """Train one model from where an earlier start has left it, into the folder of its run."""
    training = training_for(job.settings.training, len(split.train), job.whole_cases)
    working = job.folder.working
    make_folder(working)
    started_s = time.monotonic()
    network = start_network(job.settings.model.encoder, job.first, seed=job.run.seed)
    first_weights = {
        "encoder": fingerprint(network.get_submodule("encoder")),
        "decoder": fingerprint(_decoder_and_head(network)),
        "source": job.first.source,
        "missing": list(job.first.missing),
    }
    strength = strength_for(job.settings.training, data.pictures, split.train)
    batches = TrainingBatches(
        data.pictures, data.masks, split.train, training.batch_size, job.run.seed, strength
    )
    course = Course(training, job.hardware, batches, split.validation, job.normalise, working)
    place = train_loop(network, course, title=f"training {job.run.id}", progress=progress)
    facts = {
        "run": job.run.id,
        "init": job.run.init,
        "settings": job.settings.model_dump(),
        "hardware": asdict(job.hardware) | {"threads": torch.get_num_threads()},
        "augmentation": asdict(strength),
        "epochs": training.epochs,
        "dataset": data.dataset.name,
        "dataset_fingerprint": data.dataset.fingerprint,
        "first_weights": first_weights,
        "kept_epoch": place.kept_epoch,
        "kept_validation_dice": place.kept_dice,
        "training_cases": len(split.train),
        "seconds_since_last_start": round(time.monotonic() - started_s, 1),
        **versions_and_machine(),
    }
    spec = input_spec_of(
        data.dataset.facts,
        size_px=job.settings.model.size,
        mean=job.normalise.mean,
        std=job.normalise.std,
        is_grey=not has_colour(data.pictures, split.train),
    )
    _write_run(job, place, spec, facts)
    shutil.rmtree(working, ignore_errors=True)


def _decoder_and_head(network: nn.Module) -> nn.Module:
    return nn.ModuleList([network.get_submodule(n) for n in ("decoder", "segmentation_head")])


def _write_run(job: RunJob, place: TrainingPlace, spec: InputSpec, facts: dict[str, Any]) -> None:
    run, working = job.run, job.folder.working
    described = {
        "run": run.id,
        "architecture": "Unet",
        "encoder": job.settings.model.encoder,
        "init": run.init,
        "seed": run.seed,
        "fraction": run.fraction,
        "design": run.design,
        "input": spec.as_facts(),
        "output": "logits of the foreground, one channel; foreground where above 0",
    }
    kept = working / "kept.safetensors"
    anew = f"delete the folder {working} and give the same command again to train it anew"
    require_whole(kept, place.kept_sha256 or None, advice=anew)
    rows = [asdict(row) for row in place.history]
    with whole_folder(job.folder.path) as scratch:
        made = RunFolder(scratch)
        shutil.copyfile(kept, made.weights)
        write_sealed(made.model, described)
        write_csv(made.history, EpochRow.__dataclass_fields__, (row.values() for row in rows))
        digests = {file.name: facts_of(file).sha256 for file in (made.weights, made.history)}
        write_sealed(made.manifest, facts | {"sha256": digests})
