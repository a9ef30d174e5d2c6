"""An overlay of every heat map of the study, and the scales they are drawn on."""

from dataclasses import dataclass

from PIL import Image

from twinseg.core.arrays import Picture
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress
from twinseg.core.store import whole_file
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation import LAYERS, REGIONS, map_name, read_heat_maps
from twinseg.report.models import Model
from twinseg.report.overlays import heat_overlay
from twinseg.report.study_contents import Contents

_CASES_AT_ONCE = 64


@dataclass(frozen=True)
class HeatScale:
    """One kind of heat map and what its brightest colour stands for, in logits."""

    layer: str
    region: str
    top: float  # one for both twins and all test cases; NaN without a value above 0
    top_of_twin: tuple[float, ...]  # what it would be for each twin alone

    @property
    def name(self) -> str:
        """Folder name of this kind of map."""
        return map_name(self.layer, self.region)


def heat_scales(study: Contents) -> tuple[HeatScale, ...]:
    """Read the scale of each kind of map, which was found in the test cases of both twins."""
    tops = study.table("heat_scales").set_index(["map", "model"])["top"]
    scales = []
    for layer in LAYERS:
        for region in REGIONS:
            name = map_name(layer, region)
            of_twin = tuple(float(tops[name, twin.id]) for twin in study.twins)
            scales.append(HeatScale(layer, region, float(tops[name, ""]), of_twin))
    return tuple(scales)


def write_overlays(
    study: Contents, data: PreparedDataset, scales: tuple[HeatScale, ...], progress: Progress
) -> None:
    """Write ``explanations/test/<run>/<map>/<case>.png`` where it is missing.

    Drawn on the picture as the network saw it, stretched to a square.
    """
    missing = {
        (twin, scale): [
            case_id
            for case_id in study.test_cases
            if not (study.overlays_of(twin, scale.name) / f"{case_id}.png").exists()
        ]
        for twin in study.twins
        for scale in scales
    }
    total = sum(map(len, missing.values()))
    if not total:
        return
    places = {case.id: place for place, case in enumerate(data.dataset.cases)}
    with progress.task("drawing heat maps", total, unit="overlays") as task:
        for (twin, scale), case_ids in missing.items():
            for start in range(0, len(case_ids), _CASES_AT_ONCE):
                some = case_ids[start : start + _CASES_AT_ONCE]
                pictures = {case_id: read_some(data.pictures, places[case_id]) for case_id in some}
                _write_kind(study, twin, scale, pictures)
                task.advance(len(some))


def _write_kind(
    study: Contents, twin: Model, scale: HeatScale, pictures: dict[str, Picture]
) -> None:
    heats = read_heat_maps(study.heat_maps_of(twin, scale.name), list(pictures))
    folder = study.overlays_of(twin, scale.name)
    for (case_id, picture), heat in zip(pictures.items(), heats, strict=True):
        with whole_file(folder / f"{case_id}.png", flush=False) as scratch:
            overlay = Image.fromarray(heat_overlay(picture, heat, scale.top))
            overlay.save(scratch, format="PNG", compress_level=1)
