"""The evidence for the maps of a study: cheap numbers for all cases, costly ones for some."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from twinseg.core.arrays import Indices
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress
from twinseg.core.seeds import stream
from twinseg.core.tables import Rows
from twinseg.data.batches import to_images
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation.evidence.agreement import rank_correlation, top_agreement
from twinseg.explanation.evidence.batch import KINDS, EvidenceBatch
from twinseg.explanation.evidence.expensive_measures import costly_numbers
from twinseg.explanation.evidence.localisation import MapContext, look
from twinseg.explanation.foreground import OURS, answer_of
from twinseg.explanation.interpolation import to_grid
from twinseg.explanation.map_names import LAYERS, METHOD, MapKind
from twinseg.explanation.regions import NON_TARGET, TARGET
from twinseg.explanation.stored import append_heat_maps, finish_heat_maps, read_heat_maps
from twinseg.training.trained_model import TrainedModel

IMAGES_AT_ONCE = 16


@dataclass(frozen=True)
class EvidenceSettings:
    """How much is asked.

    Attributes:
        cases: How many test cases the costly numbers are computed for.
        ring: Width of the ring around objects, in mm where spacing is known, else in px.
        seed: Of the sample, the noise and the shuffles.
    """

    cases: int
    ring: float
    seed: int


@dataclass(frozen=True)
class Weighed:
    """What was found for one model."""

    table: pd.DataFrame  # one row per kind of map and case
    curves: pd.DataFrame  # long: map, curve, at, case, value; of the sampled cases


def weigh_maps(
    trained: TrainedModel,
    data: PreparedDataset,
    positions: Indices,
    maps: Path,
    settings: EvidenceSettings,
    progress: Progress,
) -> Weighed:
    """Measure the maps of one model on the cases at ``positions``.

    All is measured on the square that the network sees; distances are in mm or px of the source.

    Args:
        trained: The model.
        data: Holds pictures and references.
        positions: Of the test cases.
        maps: Folder of its heat maps, as `explain_cases` leaves it.
        settings: How much is asked. The sample is the same for twins.
        progress: Where to report.
    """
    drawn = stream(settings.seed, "evidence").permutation(len(positions))[: settings.cases]
    sample = positions[np.sort(drawn)]
    rows = Rows()
    points: list[dict] = []
    total = len(positions) + len(sample)
    with progress.task(f"weighing maps of {trained.id}", total, unit="cases") as task:
        for batch in _batches(trained, data, positions, settings):
            for row in _looks(trained, batch, maps):
                rows.add(row)
            task.advance(len(batch.case_ids))
        table = rows.table().set_index(["map", "case"])
        for number, batch in enumerate(_batches(trained, data, sample, settings)):
            stored = _stored(batch, maps)
            found, curves = costly_numbers(trained.network, batch, stored, settings.seed, number)
            for (kind, case_id), measured in found.items():
                for name, value in measured.items():
                    table.loc[(kind, case_id), name] = value
            points += curves
            task.advance(len(batch.case_ids))
    table = table.reset_index()
    table.insert(0, "model", trained.id)
    curves_table = pd.DataFrame(points)
    curves_table.insert(0, "model", trained.id)
    return Weighed(table, curves_table)


def weigh_twins(
    first: Path, second: Path, case_ids: Sequence[str], difference: Path | None
) -> pd.DataFrame:
    """Compare the maps of twins, kind by kind and case by case.

    Args:
        first: Folder of the maps of one twin.
        second: Of the other.
        case_ids: Of the test cases.
        difference: An existing folder for the raw maps of second minus first, in their unit; None
            writes none.

    Returns:
        Columns ``map, case, rank_correlation, top_agreement, mean_absolute_difference``.
    """
    rows = Rows()
    for kind in KINDS:
        for start in range(0, len(case_ids), IMAGES_AT_ONCE):
            some = case_ids[start : start + IMAGES_AT_ONCE]
            one, other = (
                torch.from_numpy(read_heat_maps(folder / kind.name, some))
                for folder in (first, second)
            )
            if difference is not None:
                append_heat_maps(difference / kind.name, (other - one).numpy())
            correlation, top = rank_correlation(one, other), top_agreement(one, other)
            apart = (other - one).abs().flatten(1).mean(dim=1)
            for place, case_id in enumerate(some):
                rows.add(
                    {
                        "map": kind.name,
                        "case": case_id,
                        "rank_correlation": float(correlation[place]),
                        "top_agreement": float(top[place]),
                        "mean_absolute_difference": float(apart[place]),
                    }
                )
        if difference is not None:
            finish_heat_maps(difference / kind.name, case_ids)
    return rows.table()


def _batches(
    trained: TrainedModel, data: PreparedDataset, positions: Indices, settings: EvidenceSettings
) -> Iterator[EvidenceBatch]:
    for start in range(0, len(positions), IMAGES_AT_ONCE):
        chosen = positions[start : start + IMAGES_AT_ONCE]
        cases = [data.dataset.cases[position] for position in chosen]
        images = trained.normalise(to_images(read_some(data.pictures, chosen)))
        device = next(trained.network.parameters()).device
        images = images.to(device)
        with torch.no_grad():
            predicted = answer_of(trained.network, images, OURS) > 0
        spacing = [case.spacing_mm or (1.0, 1.0) for case in cases]
        grid = [(case.height_px, case.width_px) for case in cases]
        place = MapContext(
            reference=torch.from_numpy(read_some(data.masks, chosen)).to(device),
            predicted=predicted,
            pixel=np.array(spacing) * np.array(grid) / data.size,
            ring=settings.ring,
        )
        units = ["px" if case.spacing_mm is None else "mm" for case in cases]
        yield EvidenceBatch([case.id for case in cases], images, place, units)


def _looks(trained: TrainedModel, batch: EvidenceBatch, maps: Path) -> Iterator[dict]:
    stored = _stored(batch, maps)
    overlap = {
        layer: top_agreement(
            stored[MapKind(METHOD, layer, TARGET.name)],
            stored[MapKind(METHOD, layer, NON_TARGET.name)],
        )
        for layer in LAYERS
    }
    for kind, heat in stored.items():
        measured = look(heat.clamp(min=0), batch.place) | {"target_overlap": overlap[kind.layer]}
        for number, case_id in enumerate(batch.case_ids):
            of_case = {name: float(values[number]) for name, values in measured.items()}
            about = {"map": kind.name, "layer": kind.layer, "region": kind.question}
            yield about | {"case": case_id, "distance_unit": batch.units[number]} | of_case


def _stored(batch: EvidenceBatch, maps: Path) -> dict[MapKind, Tensor]:
    """Read the maps of a batch, interpolated to the grid of the images."""
    space = tuple(batch.images.shape[2:])
    return {
        kind: to_grid(
            torch.from_numpy(read_heat_maps(maps / kind.name, batch.case_ids)).to(
                batch.images.device
            ),
            space,
        )
        for kind in KINDS
    }
