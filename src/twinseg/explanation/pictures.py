"""Heat maps of pictures as they come from files, one kind, into a folder."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask, Picture
from twinseg.core.progress import Progress, Silent
from twinseg.core.store import whole_folder, write_json
from twinseg.data.batches import to_images
from twinseg.data.shrink import shrink_mask, shrink_picture
from twinseg.explanation.ask import IMAGES_AT_ONCE, explain
from twinseg.explanation.maps import HeatMaps
from twinseg.explanation.stored import append_heat_maps
from twinseg.training.run import TrainedModel


def explain_pictures(
    trained: TrainedModel,
    ids: Sequence[str],
    read_picture: Callable[[str], Picture],
    folder: Path,
    *,
    region: str = "target",
    layer: str = "bottleneck",
    method: str = "grad_cam",
    score: str = "mean",
    read_mask: Callable[[str], Mask] | None = None,
    progress: Progress | None = None,
) -> HeatMaps:
    """Write ``folder/<kind>/values.npy`` with what the values mean beside it; return no values.

    Pictures are read some at a time and stretched to the square the model sees, so that memory
    does not grow with their number. The values are read back by `read_heat_maps`.

    Args:
        trained: A model of ours.
        ids: Names of the pictures, in the order of the maps in the file.
        read_picture: From a name to a picture of any size.
        folder: To make.
        region: See `explain`; boxes and points are in pixels of the square, from 0.
        layer: See `explain`.
        method: See `explain`.
        score: See `explain`.
        read_mask: From a name to the reference mask, for regions that need it.
        progress: Where to report.

    Returns:
        What was written, without its values: ``name`` is the folder of the kind.

    Raises:
        StoreError: If ``folder`` exists.
    """
    described = None
    with (
        whole_folder(folder) as scratch,
        (progress or Silent()).task("explaining", len(ids), unit="pictures") as task,
    ):
        for start in range(0, len(ids), IMAGES_AT_ONCE):
            some = ids[start : start + IMAGES_AT_ONCE]
            squares = np.stack([shrink_picture(read_picture(name), trained.size) for name in some])
            masks = None
            if read_mask is not None:
                masks = np.stack([shrink_mask(read_mask(name), trained.size) for name in some])
            maps = explain(
                trained,
                to_images(squares),
                region=region,
                layer=layer,
                method=method,
                score=score,
                reference=masks,
            )
            append_heat_maps(scratch / maps.name, maps.values, ids)
            described = replace(maps, values=maps.values[:0])
            task.advance(len(some))
        if described is None:
            raise ValueError("ids must not be empty")
        write_json(scratch / described.name / "maps.json", described.meaning)
    return described
