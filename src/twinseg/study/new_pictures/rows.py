"""What is told of each picture and each volume, in numbers: rows of the tables."""

from collections.abc import Sequence
from math import nan, prod
from typing import Any

import numpy as np
from scipy import ndimage

from twinseg.core.arrays import MaskStack
from twinseg.core.pixels import connected_parts
from twinseg.ensemble.experience import Experience
from twinseg.ensemble.model import Prediction
from twinseg.prediction.verdict import Verdict
from twinseg.study.new_pictures.reading import Ready

_ALL_BUT = 0.95  # share of a picture: what marks more has lost its way, or the picture is cut out


def row_of(
    ready: Ready,
    prediction: Prediction,
    verdict: Verdict | None,
    mask_file: str,
    experience: Experience | None,
) -> dict[str, Any]:
    """Return the row of one picture or slice.

    Args:
        ready: The picture.
        prediction: What the model says of it.
        verdict: Whether the picture is unlike the training pictures; None where nobody knows.
        mask_file: Where the mask lies, relative to the folder.
        experience: Of the study; None where there is none.
    """
    source, mask = ready.source, prediction.mask
    marked = int(mask.sum())
    expected = experience.expected(prediction.doubt) if experience else None
    row = {
        "picture": source.id,
        "group": source.group,
        "stack": source.layer.stack if source.layer else "",
        "slice": ready.number if source.layer else -1,
        "height_px": ready.height_px,
        "width_px": ready.width_px,
        "marked_px": marked,
        "marked_share": marked / mask.size,
        "marked_mm2": marked * prod(source.spacing_mm) if source.spacing_mm else nan,
        "parts": connected_parts(mask).count,
        "doubt": prediction.doubt,
        "expected_dice": expected.dice if expected else nan,
        "expected_low": expected.low if expected else nan,
        "expected_high": expected.high if expected else nan,
        "unlike": verdict.score if verdict else nan,
        "is_unlike": bool(verdict and verdict.is_unlike),
        "unlike_in": "; ".join(verdict.ways) if verdict else "",
        "mask": mask_file,
    }
    reasons = _reasons(row, experience)
    return row | {"look": bool(reasons), "why": "; ".join(reasons)}


def _reasons(row: dict[str, Any], experience: Experience | None) -> Sequence[str]:
    """Say why a person should look at this one."""
    found = []
    if row["is_unlike"]:
        first = str(row["unlike_in"]).split("; ")[0] or "by little of everything"
        found.append(f"unlike the training pictures: {first}")
    if experience and row["doubt"] > experience.high_doubt:
        found.append("more doubt than for nine of ten validation cases")
    if not row["marked_px"] and row["slice"] < 0:
        found.append("nothing is marked")
    if row["marked_share"] > _ALL_BUT:
        found.append("nearly all of it is marked")
    return found


def volume_row(
    name: str,
    rows: Sequence[dict[str, Any]],
    masks: MaskStack,
    voxel_mm3: float,
    mask_file: str,
) -> dict[str, Any]:
    """Return the row of a series or a volume.

    Args:
        name: Of the stack.
        rows: Of its slices.
        masks: Of all slices, from the lowest up; what could not be read is empty.
        voxel_mm3: Volume of a voxel; NaN where nobody knows.
        mask_file: Where the mask lies, relative to the folder.
    """
    marked = int(masks.sum())
    weights = np.array([max(row["marked_px"], 1) for row in rows], float)
    doubt = float(np.average([row["doubt"] for row in rows], weights=weights))
    looked_at = [row for row in rows if row["look"]]
    why = f"{len(looked_at)} of {len(rows)} slices need a look" if looked_at else ""
    if not marked:
        why = "; ".join(filter(None, [why, "nothing is marked"]))
    return {
        "stack": name,
        "group": rows[0]["group"],
        "slices": len(masks),
        "slices_read": len(rows),
        "slices_marked": int(masks.any(axis=(1, 2)).sum()),
        "marked_voxels": marked,
        "marked_ml": marked * voxel_mm3 / 1000,
        "parts": _parts_in_space(masks),
        "doubt": doubt,
        "expected_dice": float(np.average([r["expected_dice"] for r in rows], weights=weights)),
        "mask": mask_file,
        "look": bool(why),
        "why": why,
    }


def _parts_in_space(masks: MaskStack) -> int:
    return int(ndimage.label(masks)[1])
