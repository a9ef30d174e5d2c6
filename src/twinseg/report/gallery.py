"""Which test cases are shown, and everything that is drawn of each."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import DataError
from twinseg.core.progress import Progress
from twinseg.data.case import Case
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation import read_heat_maps
from twinseg.report.models import Model
from twinseg.report.overlay_files import HeatScale
from twinseg.report.overlays import heat_overlay
from twinseg.report.study_contents import Contents
from twinseg.report.tiles import agreement_drawn, data_uri, errors_drawn, outlined, shrink_to_tile


@dataclass(frozen=True)
class Thumbnail:
    """One small picture with its caption."""

    label: str
    uri: str
    model: Model | None = None  # whose mask or heat map it is
    note: str = ""


@dataclass(frozen=True)
class Exhibit:
    """One case of the gallery."""

    case: Case
    reason: str
    dice: dict[Model, float]
    masks: tuple[Thumbnail, ...]
    heat_maps: dict[Model, tuple[Thumbnail, ...]]


def draw_gallery(
    study: Contents, data: PreparedDataset, scales: tuple[HeatScale, ...], progress: Progress
) -> tuple[Exhibit, ...]:
    """Draw the chosen cases from their source files; those with nothing to find are not chosen."""
    dice = {model: study.scores_of("dice", model) for model in study.pictured}
    chosen = {str(row["case"]): str(row["reason"]) for row in study.rows("telling_cases")}
    positions = {case.id: position for position, case in enumerate(data.dataset.cases)}
    places = {case_id: place for place, case_id in enumerate(study.test_cases)}
    exhibits = []
    with progress.task("drawing the gallery", len(chosen), unit="cases") as task:
        for case_id, reason in chosen.items():
            position = positions[case_id]
            case, (picture, note) = data.dataset.cases[position], _shown(data, position, progress)
            tile = shrink_to_tile(picture)
            exhibits.append(
                Exhibit(
                    case,
                    reason,
                    {model: float(dice[model][places[case_id]]) for model in study.pictured},
                    _mask_tiles(study, case, data.reference(position), tile, note),
                    {twin: _heat_tiles(study, twin, case, tile, scales) for twin in study.twins},
                )
            )
            task.advance()
    return tuple(exhibits)


def _shown(data: PreparedDataset, position: int, progress: Progress) -> tuple[Picture, str]:
    """Return the untouched picture; where it is gone, what is kept of it, and a note."""
    try:
        return data.picture(position), ""
    except (DataError, OSError) as error:
        case = data.dataset.cases[position]
        progress.say(
            f"note: the report shows case {case.id} at training size: {error}; put it back and "
            "give the same command again to see it as it is"
        )
        return data.kept_picture(position), "at training size: its file is gone"


def _mask_tiles(
    study: Contents, case: Case, reference: Mask, tile: Picture, note: str
) -> tuple[Thumbnail, ...]:
    of_models = [
        Thumbnail(
            model.label,
            data_uri(errors_drawn(tile, study.predictions_of(model).mask(case.id), reference)),
            model,
        )
        for model in study.pictured
    ]
    colours = tuple(twin.colour for twin in study.twins)
    masks = [study.predictions_of(twin).mask(case.id) for twin in study.twins]
    agreement = agreement_drawn(tile, masks[0], masks[1], (colours[0], colours[1]))
    return (
        Thumbnail("image", data_uri(tile), note=note),
        Thumbnail("reference", data_uri(outlined(tile, reference))),
        *of_models,
        Thumbnail("where the twins differ", data_uri(agreement)),
    )


def _heat_tiles(
    study: Contents, twin: Model, case: Case, tile: Picture, scales: tuple[HeatScale, ...]
) -> tuple[Thumbnail, ...]:
    tiles = []
    for scale in scales:
        heat = read_heat_maps(study.heat_maps_of(twin, scale.name), [case.id])[0]
        note = f"no {scale.region} pixels" if np.isnan(heat).any() else ""
        label = f"{scale.layer}, {scale.region}"
        tiles.append(Thumbnail(label, data_uri(heat_overlay(tile, heat, scale.top)), twin, note))
    return tuple(tiles)
