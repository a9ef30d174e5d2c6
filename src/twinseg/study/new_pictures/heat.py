"""Heat maps of new pictures: what each run looks at, for target and non-target pixels."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Picture
from twinseg.core.progress import Progress, Task
from twinseg.core.store import whole_file, write_json
from twinseg.data.batches import to_images
from twinseg.ensemble.model import Model
from twinseg.explanation import explain
from twinseg.findings.heat_maps import scale_top
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.report.overlays import heat_overlay
from twinseg.study.new_pictures.items import Item
from twinseg.study.new_pictures.reading import Ready, read_items
from twinseg.training.trained_model import TrainedModel

REGIONS = ("target", "non-target")
METHOD, LAYER = "grad_cam", "decoder"
_MAPS_FOR_THE_SCALE = 500


def draw_heat(
    items: Sequence[Item], model: Model, folder: PredictedFolder, progress: Progress
) -> None:
    """Write raw values and an overlay for every picture, run and region; what is there stays.

    ``heat_maps/<run>/<region>/<picture>.npy`` are float32 in logits, signed, on the grid of the
    network's layer. The overlays' brightest colour stands for one value of all runs, regions and
    pictures, in ``heat_maps/scale.json``: percentile 99 of the values above 0.
    """
    with progress.task("heat maps", len(items), unit="items") as task:
        pictures = _of_items(items, model, task)
        while some := list(islice(pictures, IMAGES_AT_ONCE)):
            for run in model.runs:
                for region in REGIONS:
                    _write_values(run, region, some, folder)
            for ready in some:
                save_overlay(_ground(folder, ready.source.id), ready.small)
    kinds = [folder.heat_maps(run.id, region) for run in model.runs for region in REGIONS]
    files = [file for kind in kinds for file in sorted(kind.glob("*.npy"))]
    asked = [np.load(file) for file in files[:: max(1, len(files) // _MAPS_FOR_THE_SCALE)]]
    top = scale_top(asked, values=sum(values.size for values in asked))
    scale = {"top": None if np.isnan(top) else top, "unit": "logit", "maps": len(asked)}
    write_json(folder.heat_scale, scale | {"method": METHOD, "layer": LAYER})
    with progress.task("drawing heat maps", len(files), unit="maps") as task:
        for file in files:
            with Image.open(_ground(folder, file.stem)) as ground:
                drawn = heat_overlay(np.asarray(ground), np.load(file), top)
            save_overlay(file.with_suffix(".jpg"), drawn)
            task.advance()


def _of_items(items: Sequence[Item], model: Model, task: Task) -> Iterator[Ready]:
    for read in read_items(items, model):
        yield from read.pictures
        task.advance()


def _write_values(
    run: TrainedModel, region: str, some: Sequence[Ready], folder: PredictedFolder
) -> None:
    where = folder.heat_maps(run.id, region)
    files = [where / f"{ready.source.id}.npy" for ready in some]
    if all(file.exists() for file in files):
        return
    squares = np.stack([ready.square for ready in some])
    maps = explain(run, to_images(squares), region=region, layer=LAYER, method=METHOD)
    for file, values in zip(files, maps.values, strict=True):
        with whole_file(file, flush=False) as scratch, scratch.open("wb") as opened:
            np.save(opened, values)


def _ground(folder: PredictedFolder, name: str) -> Path:
    return folder.heat_scale.parent / "pictures" / f"{name}.jpg"


def save_overlay(file: Path, picture: Picture) -> None:
    """Write a drawn picture as JPEG."""
    with whole_file(file, flush=False) as scratch:
        Image.fromarray(picture).save(scratch, format="JPEG", quality=90)
