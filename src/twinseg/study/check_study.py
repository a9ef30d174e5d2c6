"""Say of every file of a study that is read again whether it is as it was written."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress
from twinseg.core.sealed import read_sealed
from twinseg.core.settings import read_settings
from twinseg.core.tables import read_table
from twinseg.data.dataset_files import is_prepared
from twinseg.data.labels.write import read_labels
from twinseg.ensemble.learnt import read_learnt
from twinseg.explanation.stored import cases_of_heat_maps, read_heat_maps
from twinseg.prediction.predictions import Predictions
from twinseg.report.contents import read_study_facts
from twinseg.study.check import check_dataset
from twinseg.study.finished import PARTS
from twinseg.training.run_files import require_whole_run

Reading = tuple[str, Callable[[], object]]  # what is read, and how: StoreError if it is damaged
_CASES_AT_ONCE = 64
_MAPS = ("explanations", "validation/explanations")


def check_study(folder: Path, *, progress: Progress) -> None:
    """Read all of a study, finished or not, as later steps and people's programs do.

    Copies for people (``.csv``, overlays, the page) are read by nobody and are not looked at.

    Args:
        folder: The study; nothing in it is changed.
        progress: Where to say of each part whether it is right.

    Raises:
        StoreError: If something is damaged; how to go on was said of each part.
    """
    damaged = []
    for name, read in _readings(folder, progress):
        try:
            read()
        except StoreError as error:
            damaged.append(name)
            progress.say(f"{name}: {error}")
        else:
            progress.say(f"{name}: right")
    if damaged:
        raise StoreError(f"damaged in {folder}: {', '.join(damaged)}; see the lines above")
    if not (folder / "manifest.json").exists():
        progress.say("the study is not finished; its `twinseg run` command goes on")


def _readings(folder: Path, progress: Progress) -> Iterator[Reading]:
    yield "study.toml", partial(read_settings, folder / "study.toml")
    if (folder / "dataset.json").exists():
        yield "dataset.json", partial(read_study_facts, folder)
    if (manifest := folder / "manifest.json").exists():
        advice = f"delete {manifest} and give the same command again"
        yield "manifest.json", partial(read_sealed, manifest, advice=advice)
    if is_prepared(folder / "dataset"):
        yield "dataset", partial(check_dataset, folder / "dataset", progress=progress)
    for run in _folders(folder / "runs"):
        yield f"runs/{run.name}", partial(require_whole_run, run)
    yield from _tables(folder / "tables")
    for part in PARTS.values():
        for where in _folders(folder / part):
            if where.name != "explanations":
                yield f"{part}/{where.name}", partial(_read_predictions, where)
    for maps in _MAPS:
        for of_model in _folders(folder / maps):
            yield f"{maps}/{of_model.name}", partial(_read_maps, of_model)


def _tables(tables: Path) -> Iterator[Reading]:
    for file in sorted(tables.glob("*.parquet")):
        yield f"tables/{file.name}", partial(read_table, file)
    if (tables / "labels.json").exists():
        yield "tables/labels.json", partial(read_labels, tables)
    if (tables / "rules.json").exists():
        yield "tables/rules.json", partial(read_learnt, tables / "rules.json")


def _read_predictions(folder: Path) -> None:
    predictions = Predictions(folder.name, "run", folder)
    for file in sorted(folder.glob("*.png")):
        predictions.mask(file.stem)
        if predictions.has_probabilities:
            predictions.probabilities([file.stem])


def _read_maps(folder: Path) -> None:
    for kind in _folders(folder):
        cases = cases_of_heat_maps(kind)
        for start in range(0, len(cases), _CASES_AT_ONCE):
            read_heat_maps(kind, cases[start : start + _CASES_AT_ONCE])


def _folders(where: Path) -> list[Path]:
    """The folders in ``where`` that are whole: those under way begin with a dot."""
    there = where.iterdir() if where.is_dir() else ()
    return sorted(path for path in there if path.is_dir() and not path.name.startswith("."))
