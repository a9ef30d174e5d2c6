"""Images with masks, and predictions of other software, as a view shows them: scored on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.core.errors import DataError
from twinseg.core.progress import Progress
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.store import whole_folder, write_csv
from twinseg.core.tables import write_table
from twinseg.core.words import amount
from twinseg.data.labels import describe_labels, write_labels
from twinseg.data.masks import MASK_SUFFIXES, read_mask
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.metrics.score_rows import score_predictions
from twinseg.prediction.predictions import Predictions, write_mask
from twinseg.records.folders import TEST, StudyFolder
from twinseg.records.source_settings import make_source_settings
from twinseg.report.models import RULE_COLOURS, TWIN_COLOURS
from twinseg.view.columns import Columns
from twinseg.view.of_dataset import OfDataset
from twinseg.view.questions import questions_of
from twinseg.view.shown import Shown, ShownContrast, ShownModel
from twinseg.view.study_columns import fact_columns, score_columns

_SIZE_PX, _TOLERANCE = 256, 2.0
_SAID = 5  # files that are named


@dataclass(frozen=True)
class OtherPart:
    """The folder of what was made of predictions of other software."""

    folder: StudyFolder
    id: str = ""
    is_grid: bool = False

    @property
    def scores(self) -> Path:
        """Table of the scores."""
        return self.folder.table("scores")


def others_shown(
    source: Path, predictions: Mapping[str, Path], work: Path, progress: Progress
) -> Shown:
    """Open images with masks, and a folder of masks for each name.

    Args:
        source: As `prepare` reads it.
        predictions: Folders, in which a mask is called like its image.
        work: Where the dataset and the scores are kept.
        progress: Where to report.

    Raises:
        DataError: If a folder is not there or has no mask of any case.
    """
    for name, folder in predictions.items():
        if not folder.is_dir():
            raise DataError(f"{name}: {folder} is no folder of masks")
    study = StudyFolder(work)
    data = prepare(source, study.dataset, make_source_settings(size=_SIZE_PX), progress=progress)
    _score(study, data, predictions, progress)
    part = OtherPart(study)
    models = tuple(_model(study, name, number) for number, name in enumerate(predictions))
    names = [model.id for model in models]
    pairs = [(one, two) for at, one in enumerate(names) for two in names[at + 1 :]]
    contrasts = tuple(ShownContrast(f"{a}-{b}", a, b, f"{a} and {b}", (a, b)) for a, b in pairs)
    aliases = dict(zip(("first", "second"), names, strict=False))
    columns = Columns((*fact_columns(study, [part]), *score_columns([part], models)), aliases)
    cases = data.dataset.table()
    cases["stack"] = cases["stack"].fillna("").astype(str)
    spacings = [case.spacing_mm or (np.nan, np.nan) for case in data.dataset.cases]
    return Shown(
        title=data.dataset.name,
        kind="other",
        folder=work,
        cases=cases.astype({"case": str, "group": str}),
        models=models,
        columns=columns,
        contrasts=contrasts,
        questions=tuple(questions_of(columns, contrasts)),
        scales={},
        pixels=OfDataset(data, np.arange(len(cases))),
        spacing_mm=np.array(spacings, float).reshape(-1, 2),
        has_reference=True,
        is_running=False,
        files=(part.scores,),
    )


def _model(study: StudyFolder, name: str, number: int) -> ShownModel:
    colours = (*TWIN_COLOURS, *RULE_COLOURS)
    masks = study.masks(TEST, name)
    return ShownModel(name, name, "other", colours[number % len(colours)], masks, {})


def _score(
    study: StudyFolder, data: PreparedDataset, predictions: Mapping[str, Path], progress: Progress
) -> None:
    """Take over the masks and score them, unless that was done of the same files."""
    made_of = {"fingerprint": data.dataset.fingerprint, "files": _stamps(predictions)}
    advice = f"delete {study.manifest} and give the same command again"
    if study.manifest.exists() and read_sealed(study.manifest, advice=advice) == made_of:
        return
    study.manifest.unlink(missing_ok=True)
    write_labels(describe_labels(data, progress), study.tables)
    tables: list[pd.DataFrame] = []
    left_out: list[tuple[str, str]] = []
    for name, folder in predictions.items():
        taken = study.masks(TEST, name)
        positions, faults = _take_over(data, folder, taken, progress)
        left_out += [(f"{name}: {file}", why) for file, why in faults]
        if not positions:
            raise DataError(
                f"{name}: {folder} has no mask that goes with an image of the same name"
                + (f"; {faults[0][0]}: {faults[0][1]}" if faults else "")
            )
        about = {name: {"init": "", "design": "", "fraction": None, "seed": None, "rule": ""}}
        tables.append(
            score_predictions(
                [Predictions(name, "rule", taken)], about, data, np.array(positions),
                split=TEST, tolerance=_TOLERANCE, progress=progress,
            )
        )  # fmt: skip
    write_table(study.table("scores"), pd.concat(tables, ignore_index=True), sealed=True)
    write_csv(study.path / "left_out.csv", ("file", "reason"), left_out)
    if left_out:
        progress.say(f"{amount(len(left_out), 'mask')} left out, all in {study.path}/left_out.csv:")
        for file, why in left_out[:_SAID]:
            progress.say(f"  {file}: {why}")
    write_sealed(study.manifest, made_of)


def _take_over(
    data: PreparedDataset, folder: Path, taken: Path, progress: Progress
) -> tuple[list[int], list[tuple[str, str]]]:
    """Write the masks of a folder as those of a model; return whose, and what could not be used."""
    by_stem = {file.stem: file for file in _masks_in(folder)}
    places: list[int] = []
    faults: list[tuple[str, str]] = []
    if taken.exists():
        for file in taken.glob("*.png"):
            file.unlink()
        taken.rmdir()
    with whole_folder(taken) as scratch, progress.task(
        f"reading {folder.name}", len(data.dataset.cases), unit="cases"
    ) as task:  # fmt: skip
        for place, case in enumerate(data.dataset.cases):
            task.advance()
            if case.id not in by_stem:
                faults.append((case.id, "there is no mask of it"))
                continue
            try:
                mask = read_mask(by_stem[case.id]).mask
            except DataError as error:
                faults.append((by_stem[case.id].name, str(error)))
                continue
            if mask.shape != (case.height_px, case.width_px):
                faults.append(
                    (by_stem[case.id].name, f"is {mask.shape[1]} x {mask.shape[0]} px, its image "
                     f"{case.width_px} x {case.height_px}")
                )  # fmt: skip
                continue
            write_mask(scratch / f"{case.id}.png", mask)
            places.append(place)
    return places, faults


def _masks_in(folder: Path) -> Sequence[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in MASK_SUFFIXES)


def _stamps(predictions: Mapping[str, Path]) -> dict[str, list[str]]:
    return {
        name: [
            f"{file.relative_to(folder)} {file.stat().st_size} {file.stat().st_mtime_ns}"
            for file in _masks_in(folder)
        ]
        for name, folder in predictions.items()
    }
