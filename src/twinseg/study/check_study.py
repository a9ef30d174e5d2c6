"""Say of every file of a study that is read again whether it is as it was written."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress
from twinseg.core.tables import read_table
from twinseg.data.labels.label_files import read_labels
from twinseg.data.own_folder import is_prepared
from twinseg.ensemble.rules_file import read_learnt
from twinseg.explanation.stored import open_heat_maps, read_heat_maps
from twinseg.prediction.likeness_file import read_likeness
from twinseg.prediction.predictions import Predictions
from twinseg.records.folders import SPLITS, StudyFolder
from twinseg.records.settings import read_settings
from twinseg.report.study_contents import read_study_facts
from twinseg.study.check_dataset import check_dataset
from twinseg.study.files import Files, by_part, faults_of, how_to_go_on, read_files
from twinseg.training.run_files import require_whole_run

Check = tuple[str, Callable[[], list[str]]]  # of which part, and what is wrong with it
_CASES_AT_ONCE = 64


def check_study(folder: Path, *, progress: Progress) -> None:
    """Compare every file of a finished study with what was written.

    Of an unfinished one, which has no list of its files, all is read that later steps read; copies
    for people (``.csv``, overlays, the page) are not.

    Args:
        folder: The study; nothing in it is changed.
        progress: Where to say of each part whether it is right.

    Raises:
        StoreError: If something is damaged; how to go on was said of each part.
    """
    try:
        files = read_files(folder)
    except StoreError:  # said below
        files = {}
    checks = _comparisons(folder, files) if files else _readings(StudyFolder(folder))
    damaged = []
    for name, complaints in (*_of_dataset(folder, progress), *checks):
        lines = complaints()
        damaged += [name] * bool(lines)
        for line in lines or ["right"]:
            progress.say(f"{name}: {line}")
    if damaged:
        raise StoreError(f"damaged in {folder}: {', '.join(damaged)}; see the lines above")
    if not StudyFolder(folder).manifest.exists():
        progress.say("the study is not finished; its `twinseg run` command goes on")


def _comparisons(folder: Path, files: Files) -> Iterator[Check]:
    """Compare what a finished study consists of with its list."""
    runs = {name.split("/")[1] for name in files if name.startswith("runs/")}

    def complaints(of_part: Files) -> list[str]:
        faults = faults_of(folder, of_part, by_digest=True)
        return [
            f"{folder / name} {fault}; {how_to_go_on(folder, name, runs)}"
            for name, fault in faults.items()
        ]

    yield "manifest.json", list  # it was read, to know the list
    for part, of_part in by_part(files).items():
        yield part, partial(complaints, of_part)


def _of_dataset(folder: Path, progress: Progress) -> Iterator[Check]:
    if is_prepared(StudyFolder(folder).dataset):
        yield "dataset", _read(check_dataset, StudyFolder(folder).dataset, progress=progress)


def _read(read: Callable, *args: Any, **more: Any) -> Callable[[], list[str]]:
    """Return what reads, and says why that cannot be done."""

    def complaints() -> list[str]:
        try:
            read(*args, **more)
        except StoreError as error:
            return [str(error)]
        return []

    return complaints


def _readings(study: StudyFolder) -> Iterator[Check]:
    """Read what is there of a study that is not finished."""
    yield "study.toml", _read(read_settings, study.settings)
    if study.description.exists():
        yield "dataset.json", _read(read_study_facts, study.path)
    for run in study.whole_runs():
        yield f"runs/{run.id}", _read(require_whole_run, run.path)
        if run.likeness.exists():
            yield f"runs/{run.id}/{run.likeness.name}", _read(read_likeness, run.likeness)
    yield from _tables(study)
    for split in SPLITS:
        for masks in _folders(study.masks(split, "")):
            yield f"predictions/{split}/{masks.name}", _read(_read_predictions, masks)
        for maps in _folders(study.maps(split, "")):
            yield f"explanations/{split}/{maps.name}", _read(_read_maps, maps)


def _tables(study: StudyFolder) -> Iterator[Check]:
    for file in sorted(study.tables.glob("*.parquet")):
        yield f"tables/{file.name}", _read(read_table, file)
    if study.labels.exists():
        yield "tables/labels.json", _read(read_labels, study.tables)
    if study.rules.exists():
        yield "tables/rules.json", _read(read_learnt, study.rules)


def _read_predictions(folder: Path) -> None:
    predictions = Predictions(folder.name, "run", folder)
    for file in sorted(folder.glob("*.png")):
        predictions.mask(file.stem)
        if predictions.has_probabilities:
            predictions.probabilities([file.stem])


def _read_maps(folder: Path) -> None:
    for kind in _folders(folder):
        cases = open_heat_maps(kind).case_ids
        for start in range(0, len(cases), _CASES_AT_ONCE):
            read_heat_maps(kind, cases[start : start + _CASES_AT_ONCE])


def _folders(where: Path) -> list[Path]:
    """The folders in ``where`` that are whole: those under way begin with a dot."""
    there = where.iterdir() if where.is_dir() else ()
    return sorted(path for path in there if path.is_dir() and not path.name.startswith("."))
