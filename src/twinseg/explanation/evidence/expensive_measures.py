"""The numbers that need many passes through the network, for one batch."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from twinseg.core.seeds import stream, stream_seed
from twinseg.explanation.evidence.batch import KINDS, EvidenceBatch
from twinseg.explanation.evidence.deletion_curves import (
    Curves,
    KeptAnswer,
    area,
    edge_order,
    follow,
    random_order,
    scorer,
)
from twinseg.explanation.evidence.imputed import road
from twinseg.explanation.evidence.randomised import STEPS, cascade
from twinseg.explanation.evidence.stability import max_sensitivity
from twinseg.explanation.foreground import OURS
from twinseg.explanation.heat import Plan, heat_maps
from twinseg.explanation.map_names import LAYERS, METHOD, MapKind
from twinseg.explanation.question import Question
from twinseg.explanation.regions import NON_TARGET, TARGET, Region
from twinseg.explanation.shapes import AnyHeat, Inputs, Pixels

NOISE_RADIUS = 0.05  # of the normalised picture: about one grey value in a hundred
NOISE_DRAWS = 3
ORDERS = ("random", "edges")  # what a map must beat
Numbers = dict[tuple[str, str], dict[str, float]]  # by kind of map and case, then by measure


def costly_numbers(
    network: nn.Module, batch: EvidenceBatch, stored: dict[MapKind, Tensor], seed: int, number: int
) -> tuple[Numbers, list[dict]]:
    """Measure what the model does without the pixels of its maps, and the maps without the model.

    Args:
        network: In evaluation mode.
        batch: Cases, as the network sees them.
        stored: Its maps by kind, on the grid of the images.
        seed: Of the study.
        number: Of the batch: each has noise of its own.

    Returns:
        Measures by kind and case, and the points of all curves.
    """
    rng = stream(seed, "evidence", "order", number)
    generator = torch.Generator().manual_seed(stream_seed(seed, "evidence", "noise", number))
    found: Numbers = {(kind.name, case_id): {} for kind in KINDS for case_id in batch.case_ids}
    points: list[dict] = []

    def note(kind: str, name: str, values: Tensor) -> None:
        for case_id, value in zip(batch.case_ids, values.tolist(), strict=True):
            found[kind, case_id][name] = value

    def draw(name: str, curve: str, at: np.ndarray, values: Tensor) -> None:
        for case_id, line in zip(batch.case_ids, values.tolist(), strict=True):
            points.extend(
                {"map": name, "curve": curve, "at": float(x), "case": case_id, "value": y}
                for x, y in zip(at, line, strict=True)
            )

    baselines = {"random": random_order(batch.images, rng), "edges": edge_order(batch.images)}
    for region in (TARGET, NON_TARGET):
        own = _own(region, batch.place.predicted)
        score = scorer(network, KeptAnswer(own, region.against))
        kinds = [kind for kind in KINDS if kind.question == region.name]
        orders = {kind.name: stored[kind] for kind in kinds}
        curves = follow(score, batch.images, orders | baselines)
        for name, lines in curves.items():
            shown = name if name in orders else f"{name}-{region.name}"
            at = np.linspace(0, 1, lines.deletion.shape[1])
            draw(shown, "deletion", at, lines.deletion)
            draw(shown, "insertion", at, lines.insertion)
        for kind in kinds:
            for name, values in _areas(curves, kind.name).items():
                note(kind.name, name, values)
            note(kind.name, "road", road(score, batch.images, stored[kind], rng))
    fixed = _FixedMaps(batch.place.predicted)
    steps = cascade(network, lambda net: fixed.of(net, batch.images), generator=generator)
    moved = max_sensitivity(
        lambda images: fixed.of(network, images),
        batch.images,
        radius=NOISE_RADIUS,
        draws=NOISE_DRAWS,
        generator=generator,
    )
    for kind in KINDS:
        note(kind.name, "randomised", steps[-1][kind.name])
        note(kind.name, "max_sensitivity", moved[kind.name])
        after = torch.stack([step[kind.name] for step in steps], dim=1)
        draw(kind.name, "randomised", np.arange(1, STEPS + 1) / STEPS, after)
    return found, points


def _areas(curves: dict[str, Curves], name: str) -> dict[str, Tensor]:
    found = {}
    for suffix, order in (("", name), *((f"_{order}", order) for order in ORDERS)):
        found[f"deletion{suffix}"] = area(curves[order].deletion)
        found[f"insertion{suffix}"] = area(curves[order].insertion)
    return found


@dataclass(frozen=True)
class _FixedMaps:
    """Maps of the study's kinds for regions that stay what they were on the untouched picture."""

    predicted: Pixels

    def of(self, network: nn.Module, images: Inputs) -> dict[str, AnyHeat]:
        """Make the maps anew, of this network and these images."""
        questions = tuple(Question(self._fixed(region)) for region in (TARGET, NON_TARGET))
        plan = Plan(methods=(METHOD,), layers=LAYERS, questions=questions, reading=OURS)
        return {kind.name: heat for kind, heat in heat_maps(network, images, plan).items()}

    def _fixed(self, region: Region) -> Region:
        own = _own(region, self.predicted)
        return Region(region.name, lambda _seen: own, region.against)


def _own(region: Region, predicted: Pixels) -> Pixels:
    return ~predicted if region is NON_TARGET else predicted
