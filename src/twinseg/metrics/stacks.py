"""Outlines of whole volumes: the slices of a stack as one body, distances in three dimensions."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import hypot
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.spatial import cKDTree

from twinseg.core.arrays import Indices, Mask, Values
from twinseg.core.errors import DataError
from twinseg.core.pixels import boundary
from twinseg.core.progress import Progress
from twinseg.core.two_threads import at_once
from twinseg.data.case import Case
from twinseg.data.prepared import PreparedDataset
from twinseg.metrics.boundary import (
    BoundaryDistances,
    hausdorff,
    hausdorff95,
    mean_surface_distance,
    surface_dice,
)
from twinseg.metrics.counts import require_same_shape
from twinseg.prediction.predictions import Predictions

_GAP = 1.5  # times the usual step: beyond, a slice is missing and its neighbours see outside
_MANY_PLACES = 1500  # whose distances take longer than starting a thread
_Body = tuple[tuple[Case, ...], list[Mask]]  # slices from low to high, and their references
Points = Float[np.ndarray, "_ 3"]  # (height, row, column) in mm

STACK_METRICS = ("hausdorff95", "hausdorff", "mean_surface_distance", "surface_dice")


def stack_distances(
    predicted: Sequence[Mask],
    reference: Sequence[Mask],
    heights_mm: Sequence[float],
    spacing_mm: tuple[float, float],
) -> BoundaryDistances:
    """Measure both directed distances between the surfaces of two masks of one volume.

    The surface of a mask is the mask without its erosion by the 6-connected cross, as in
    `boundary_distances`; what lies beyond the volume, or where a slice is missing, is outside.

    Args:
        predicted: Mask of each slice, bool, (y, x), all of one shape.
        reference: The same.
        heights_mm: Of each slice along the normal, ascending.
        spacing_mm: Distance of neighbouring pixels of a slice, (row, column).

    Returns:
        Distances in mm. Where exactly one mask is empty those of the other one are the diagonal
        of the volume.

    Raises:
        DataError: If shapes differ, or heights do not ascend.
    """
    for first, second in zip(predicted, reference, strict=True):
        require_same_shape(first, second)
        require_same_shape(first, reference[0])
    steps = np.diff(heights_mm)
    if (steps <= 0).any():
        raise DataError("two slices of a volume lie at one height; prepare it without doubles")
    step = float(np.median(steps)) if len(steps) else 0.0
    rows, columns = reference[0].shape
    extent = heights_mm[-1] - heights_mm[0] + step
    diagonal = hypot(extent, rows * spacing_mm[0], columns * spacing_mm[1])
    joined = [False, *(steps <= _GAP * step).tolist(), False]
    surfaces = [_surface(masks, heights_mm, spacing_mm, joined) for masks in (predicted, reference)]
    of_prediction, of_reference = surfaces
    from_prediction, from_reference = at_once(
        lambda: _distances(of_prediction, of_reference, diagonal),
        lambda: _distances(of_reference, of_prediction, diagonal),
        worth_a_thread=len(of_prediction) + len(of_reference) > _MANY_PLACES,
    )
    return BoundaryDistances(
        from_prediction=from_prediction, from_reference=from_reference, diagonal=diagonal
    )


def stack_table(
    predictions: Sequence[Predictions],
    data: PreparedDataset,
    positions: Indices,
    *,
    tolerance_mm: float,
    progress: Progress,
) -> pd.DataFrame:
    """Score the surfaces of whole groups: every stack of slices as one body.

    Distances of several stacks of a group are put together before a metric is computed.

    Returns:
        ``model, group, volumes`` (stacks measured) and the columns of `STACK_METRICS`, in mm and
        as a share; only groups all of whose cases are slices of known place, in stacks of one grid
        without a slice twice, two at least.
    """
    rows: list[dict[str, Any]] = []
    if groups := list(_stacked_groups(data, positions)):
        with progress.task("scoring volumes", len(groups), unit="groups") as task:
            for group, stacks in groups:
                bodies = [_body(stack, data) for stack in stacks]
                for prediction in predictions:
                    measured = [_measure(prediction, body) for body in bodies]
                    about = {"model": prediction.model, "group": group, "volumes": len(stacks)}
                    rows.append(about | _metrics(_together(measured), tolerance_mm))
                task.advance()
    table = pd.DataFrame(rows, columns=["model", "group", "volumes", *STACK_METRICS])
    return table.astype(dict.fromkeys(("volumes", *STACK_METRICS), float))


def _stacked_groups(
    data: PreparedDataset, positions: Indices
) -> Iterator[tuple[str, list[list[int]]]]:
    """Yield groups of slices only, with the positions of each of their stacks from low to high."""
    groups: dict[str, list[int]] = defaultdict(list)
    for position in positions.tolist():
        groups[data.dataset.cases[position].group].append(position)
    for group, members in groups.items():
        stacks: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for position in members:
            layer = data.dataset.cases[position].layer
            if layer is not None:
                stacks[layer.stack].append((layer.height_mm, position))
        placed = sum(map(len, stacks.values())) == len(members)
        ordered = [sorted(stack) for stack in stacks.values()]
        if placed and all(_is_body(stack, data) for stack in ordered):
            yield group, [[position for _, position in stack] for stack in ordered]


def _is_body(stack: Sequence[tuple[float, int]], data: PreparedDataset) -> bool:
    cases = [data.dataset.cases[position] for _, position in stack]
    grids = {(case.height_px, case.width_px, case.spacing_mm) for case in cases}
    heights = {height for height, _ in stack}
    return len(heights) == len(stack) > 1 and len(grids) == 1 and cases[0].spacing_mm is not None


def _body(stack: Sequence[int], data: PreparedDataset) -> _Body:
    """Read the references of a stack once for all predictions."""
    cases = tuple(data.dataset.cases[position] for position in stack)
    return cases, [data.reference(position) for position in stack]


def _measure(prediction: Predictions, body: _Body) -> BoundaryDistances:
    cases, references = body
    return stack_distances(
        [prediction.mask(case.id) for case in cases],
        references,
        [case.layer.height_mm for case in cases if case.layer],
        cases[0].spacing_mm or (1.0, 1.0),
    )


def _together(measured: Sequence[BoundaryDistances]) -> BoundaryDistances:
    return BoundaryDistances(
        from_prediction=np.concatenate([one.from_prediction for one in measured]),
        from_reference=np.concatenate([one.from_reference for one in measured]),
        diagonal=max(one.diagonal for one in measured),
    )


def _metrics(distances: BoundaryDistances, tolerance_mm: float) -> dict[str, float]:
    return {
        "hausdorff95": hausdorff95(distances),
        "hausdorff": hausdorff(distances),
        "mean_surface_distance": mean_surface_distance(distances),
        "surface_dice": surface_dice(distances, tolerance=tolerance_mm),
    }


def _surface(
    masks: Sequence[Mask],
    heights_mm: Sequence[float],
    spacing_mm: tuple[float, float],
    joined: Sequence[bool],
) -> Points:
    """Places of the surface voxels; ``joined`` says of each slice whether the one below touches."""
    points = []
    for place, (mask, height) in enumerate(zip(masks, heights_mm, strict=True)):
        if not mask.any():
            continue
        inside = mask
        for neighbour, touches in ((place - 1, joined[place]), (place + 1, joined[place + 1])):
            inside = inside & masks[neighbour] if touches else inside & False
        there = np.argwhere(boundary(mask) | (mask & ~inside)) * spacing_mm
        points.append(np.insert(there, 0, height, axis=1))
    return np.concatenate(points) if points else np.empty((0, 3))


def _distances(start: Points, goal: Points, diagonal: float) -> Values:
    if not (len(start) and len(goal)):
        return np.full(len(start), diagonal)
    nearest: Values = cKDTree(goal).query(start)[0]
    return nearest
