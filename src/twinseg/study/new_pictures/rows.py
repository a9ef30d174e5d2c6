"""What is told of each picture, slide and volume, in numbers: rows of the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
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
_MUCH_DOUBT = 0.5  # where no validation case tells what is usual: masks share less than half


@dataclass(frozen=True)
class Found:
    """What is known of one picture, slice or slide.

    Attributes:
        picture: Its id.
        group: Whose it is.
        grid: Height and width of its mask, in pixels.
        looked_px: How many of these pixels a network was shown.
        pixel_mm2: Area of one; NaN where nobody says.
        marked_px: How many are marked.
        parts: Connected parts of what is marked.
        doubt: See `Prediction.doubt`.
        mask_file: Where the mask lies, relative to the folder.
        stack: Of a slice the volume; "" of anything else.
        slice: Its number in the stack; -1 of anything that was predicted alone.
        verdict: Whether it is unlike the training pictures; None where nobody knows.
    """

    picture: str
    group: str
    grid: tuple[int, int]
    looked_px: int
    pixel_mm2: float
    marked_px: int
    parts: int
    doubt: float
    mask_file: str
    stack: str = ""
    slice: int = -1
    verdict: Verdict | None = None


def found_in(
    ready: Ready, prediction: Prediction, verdict: Verdict | None, mask_file: str
) -> Found:
    """Gather what is known of a picture that was shown as a whole."""
    source, mask = ready.source, prediction.mask
    return Found(
        picture=source.id,
        group=source.group,
        grid=(ready.height_px, ready.width_px),
        looked_px=mask.size,
        pixel_mm2=prod(source.spacing_mm) if source.spacing_mm else nan,
        marked_px=int(mask.sum()),
        parts=connected_parts(mask).count,
        doubt=prediction.doubt,
        mask_file=mask_file,
        stack=source.layer.stack if source.layer else "",
        slice=ready.number,
        verdict=verdict,
    )


def row_of(
    found: Found, experience: Experience | None, usual_doubt: float | None
) -> dict[str, Any]:
    """Return the row of one picture, slice or slide.

    What Dice to expect is not known of a picture that is unlike those that it was learnt from.

    Args:
        found: What is known of it.
        experience: Of the study; None where there is none, or none of such masks.
        usual_doubt: That nine of ten validation cases keep below; None where nobody knows.
    """
    verdict = found.verdict
    is_strange = verdict is not None and verdict.is_unlike
    expected = experience.expected(found.doubt) if experience and not is_strange else None
    height_px, width_px = found.grid
    reasons = _reasons(found, usual_doubt)
    return {
        "picture": found.picture,
        "group": found.group,
        "stack": found.stack,
        "slice": found.slice,
        "height_px": height_px,
        "width_px": width_px,
        "marked_px": found.marked_px,
        "marked_share": found.marked_px / (height_px * width_px),
        "marked_mm2": found.marked_px * found.pixel_mm2,
        "parts": found.parts,
        "doubt": found.doubt,
        "expected_dice": expected.dice if expected else nan,
        "expected_low": expected.low if expected else nan,
        "expected_high": expected.high if expected else nan,
        "unlike": verdict.score if verdict else nan,
        "is_unlike": verdict.is_unlike if verdict else None,
        "unlike_in": "; ".join(verdict.ways) if verdict else "",
        "mask": found.mask_file,
        "look": bool(reasons),
        "why": "; ".join(reasons),
    }


def _reasons(found: Found, usual_doubt: float | None) -> Sequence[str]:
    """Say why a person should look at this one."""
    reasons = []
    if found.verdict and found.verdict.is_unlike:
        reasons.append(f"unlike the training pictures: {found.verdict.ways[0]}")
    if usual_doubt is not None and found.doubt > usual_doubt:
        reasons.append("more doubt than for nine of ten validation cases")
    if usual_doubt is None and found.doubt > _MUCH_DOUBT:
        reasons.append(f"doubt {found.doubt:.2f}, of at most 1")
    if not found.marked_px and found.slice < 0:
        reasons.append("nothing is marked")
    if found.marked_px > _ALL_BUT * found.looked_px:
        reasons.append("nearly all that was looked at is marked")
    return reasons


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
        "expected_dice": _mean_of_known([row["expected_dice"] for row in rows], weights),
        "mask": mask_file,
        "look": bool(why),
        "why": why,
    }


def _mean_of_known(values: Sequence[float], weights: np.ndarray) -> float:
    known = np.isfinite(values)
    return float(np.average(np.array(values)[known], weights=weights[known])) if any(known) else nan


def _parts_in_space(masks: MaskStack) -> int:
    return int(ndimage.label(masks)[1])
