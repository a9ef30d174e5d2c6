"""Which masks belong to which series: by reference, else by frame of reference, else by folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from twinseg.data.dicom.label_volume import LabelVolume
from twinseg.data.dicom.offers import Offer
from twinseg.images.dicom.series import Stack
from twinseg.images.dicom.words import bare_stem, says_image, says_mask


@dataclass(frozen=True)
class Links:
    """Masks of each stack, by its position, and masks that belong to none with the reason."""

    of_stack: dict[int, list[Offer]] = field(default_factory=dict)
    refused: list[tuple[Path, str]] = field(default_factory=list)


def link(offers: Sequence[Offer], stacks: Sequence[Stack]) -> Links:
    """Give every mask file of DICOM to the stacks it belongs to."""
    links = Links()
    for offer in offers:
        found, reason = _stacks_for(offer, stacks)
        for at in found:
            links.of_stack.setdefault(at, []).append(offer)
        if reason:
            links.refused.append((offer.path, reason))
    return links


def _stacks_for(offer: Offer, stacks: Sequence[Stack]) -> tuple[list[int], str]:
    """Return positions of the stacks, or none and why."""
    frames = offer.frames_of_reference
    if named := [at for at, stack in enumerate(stacks) if stack.series in offer.series]:
        # Some programs number series alike for every patient.
        of_patient = [at for at in named if stacks[at].patient == offer.patient]
        patients = {stacks[at].patient for at in named}
        if not of_patient and len(patients) > 1:
            return [], f"refers to a series of {len(patients)} patients and is of none of them"
        fitting = [at for at in of_patient or named if _shares_frame(stacks[at], frames)]
        return fitting, "" if fitting else (
            "is in another frame of reference than the series it refers to; outlines cannot be "
            "carried over"
        )
    candidates = [at for at, stack in enumerate(stacks) if stack.frame_of_reference in frames]
    if not candidates:
        candidates = [at for at, stack in enumerate(stacks) if _shares_frame(stack, frames)]
    if not candidates:
        return [], "is in a frame of reference that no series here has"
    of_patient = [at for at in candidates if stacks[at].patient == offer.patient]
    nearest = _nearest(offer.path, of_patient or candidates, stacks)
    if len({stacks[at].series for at in nearest}) > 1:
        return [], f"fits {len(nearest)} series equally well and refers to none of them"
    return nearest, ""


def _shares_frame(stack: Stack, frames: frozenset[str]) -> bool:
    return not frames or not stack.frame_of_reference or stack.frame_of_reference in frames


def link_volumes(
    volumes: Sequence[Path], stacks: Sequence[Stack], foreground: tuple[str, ...]
) -> Links:
    """Give label volumes to the nearest stack.

    A volume is taken for labels if its name or folder says so; where none does, if it is the only
    one near a stack and does not call itself a picture. What it holds is checked when it is read.
    """
    links = Links()
    near: dict[int, list[Path]] = {}
    for path in volumes:
        named = [at for at, stack in enumerate(stacks) if _names(path, stack)]
        nearest = _nearest(path, named or range(len(stacks)), stacks)
        if len(nearest) == 1:
            near.setdefault(nearest[0], []).append(path)
        elif says_mask(path.name):
            links.refused.append((path, f"fits {len(nearest)} series equally well"))
    for at, paths in near.items():
        stacked = stacks[at].folder
        labels = [path for path in paths if _calls_itself_labels(path, stacked)]
        if not labels and len(paths) == 1 and not _calls_itself_picture(paths[0], stacked):
            labels = paths
        if labels:
            links.of_stack[at] = [LabelVolume(path=p, foreground=foreground) for p in labels]
    return links


def _own_parts(path: Path, folder: Path) -> tuple[str, ...]:
    """Return the parts of ``path`` that it does not share with the folder of a series."""
    return path.parts[_shared(path, folder) :]


def _calls_itself_labels(path: Path, folder: Path) -> bool:
    return any(says_mask(part) for part in _own_parts(path, folder))


def _calls_itself_picture(path: Path, folder: Path) -> bool:
    return any(says_image(part) for part in _own_parts(path, folder))


def _names(path: Path, stack: Stack) -> bool:
    stem = bare_stem(path.name)
    return bool(stem) and stem in {stack.patient_id.lower(), *map(str.lower, stack.folder.parts)}


def _nearest(path: Path, among: Sequence[int] | range, stacks: Sequence[Stack]) -> list[int]:
    """Return the stacks whose folders are the fewest steps away from ``path``."""
    steps = {at: _steps(path.parent, stacks[at].folder) for at in among}
    least = min(steps.values(), default=0)
    return [at for at, count in steps.items() if count == least]


def _steps(first: Path, second: Path) -> int:
    return len(first.parts) + len(second.parts) - 2 * _shared(first, second)


def _shared(first: Path, second: Path) -> int:
    pairs = zip(first.parts, second.parts, strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
