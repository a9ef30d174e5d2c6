"""A run trained again from what its manifest says, and compared to the bit."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from twinseg.core.errors import ConfigError, DataError, NotTheSameError
from twinseg.core.machine import versions_and_machine
from twinseg.core.progress import Progress
from twinseg.core.registry import choose
from twinseg.data.own_folder import require_dataset
from twinseg.records.folders import RunFolder, StudyFolder
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import Hardware, StudySettings, settings_from
from twinseg.study.first_weights import Search
from twinseg.study.open_study import OpenStudy
from twinseg.study.refused_at_once import require_study
from twinseg.study.run_stages import job_to_train, split_of
from twinseg.training.device import best_precision, resolve_device
from twinseg.training.run_files import read_run_facts, require_whole_run
from twinseg.training.train import train_run


def verify_run(
    out: Path,
    name: str | None,
    *,
    dataset: Path | None = None,
    weights_dir: Path | None,
    progress: Progress,
) -> None:
    """Train a run again beside the study, which is not changed, and say whether it is the same.

    Args:
        out: A study or a grid.
        name: Of the run; None takes the first one that is whole.
        dataset: Its prepared dataset, where that lies elsewhere.
        weights_dir: Folder of first weights, asked before any hub.
        progress: Where to report.

    Raises:
        StoreError: If ``out`` is no study.
        ConfigError: If it has no such run.
        DataError: If no run is trained, or its dataset is not there or another.
        NotTheSameError: If weights or losses differ; in what, and what else differs, was said.
    """
    require_study(out)
    home = StudyFolder(out).home
    there = {run.id: run for run in home.whole_runs()}
    if not there:
        raise DataError(f"no run of {out} is trained; give its `twinseg run` command first")
    folder = choose(there, name or next(iter(there)), "run")
    dataset = dataset or home.dataset
    require_dataset(dataset)
    require_whole_run(folder.path)
    before = read_run_facts(folder.path)
    with tempfile.TemporaryDirectory(prefix="twinseg-verify-") as scratch:
        again = RunFolder(Path(scratch) / folder.id)
        _train_as(before, home, dataset, again, weights_dir, progress)
        after = read_run_facts(again.path)
    _say_what_differs(folder.id, before, after, progress)


def _run_of(settings: StudySettings, name: str) -> RunSpec:
    for run in settings.contrast.runs:
        if run.id == name:
            return run
    raise ConfigError(f"the manifest of {name} is of other runs: {settings.contrast.id}")


def _train_as(
    before: dict[str, Any],
    home: StudyFolder,
    dataset: Path,
    again: RunFolder,
    weights_dir: Path | None,
    progress: Progress,
) -> None:
    settings = settings_from(before["settings"])
    run = _run_of(settings, again.id)
    inside = home.contrast(settings.contrast.id)
    folder = inside if inside.settings.exists() else home
    hardware = _hardware_of(before, progress)
    starts = Search(settings.model, settings.contrast.runs, weights_dir, progress).starts()
    study = OpenStudy(folder, settings, dataset, hardware, starts)
    if study.data.dataset.fingerprint != before["dataset_fingerprint"]:
        raise DataError(f"{dataset} is another dataset than {run.id} was trained on")
    threads = torch.get_num_threads()
    torch.set_num_threads(before["hardware"].get("threads", threads))
    try:
        job = replace(job_to_train(study, run), folder=again)
        train_run(job, study.data, split_of(study), progress)
    finally:
        torch.set_num_threads(threads)


def _hardware_of(before: dict[str, Any], progress: Progress) -> Hardware:
    asked = before["hardware"]
    device = resolve_device("auto")
    found = Hardware(asked["device"], asked["precision"])
    if asked["device"] != device:
        found = Hardware(device, best_precision(device))
        progress.say(
            f"note: it was trained on {asked['device']}, and is trained on {device} here; another "
            "kind of machine rounds otherwise, so some difference is to be expected"
        )
    return found


def _say_what_differs(
    name: str, before: dict[str, Any], after: dict[str, Any], progress: Progress
) -> None:
    if before["sha256"] == after["sha256"]:
        progress.say(
            f"{name}: the same to the bit: weights and losses of {after['epochs']} epochs, from "
            f"the same first weights ({after['first_weights']['source']})"
        )
        return
    same_start = all(
        before["first_weights"][part] == after["first_weights"][part]
        for part in ("encoder", "decoder")
    )
    progress.say(f"first weights are {'the same' if same_start else 'others'}")
    for what in ("versions", "machine", "hardware"):
        now = (versions_and_machine() | {"hardware": after["hardware"]})[what]
        for part, value in before[what].items():
            if now.get(part) != value:  # type: ignore[attr-defined]
                progress.say(f"{what}: {part} was {value}, now {now.get(part)}")  # type: ignore[attr-defined]
    progress.say(
        f"validation Dice of the kept epoch was {before['kept_validation_dice']:.6f}, now "
        f"{after['kept_validation_dice']:.6f}"
    )
    raise NotTheSameError(f"{name} trained again is another model; see the lines above")
