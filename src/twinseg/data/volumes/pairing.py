"""Which label volume belongs to which volume: by names and folders, never by content."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from twinseg.core.words import amount
from twinseg.data.volumes.label_names import is_called, require_known, said_of_chosen
from twinseg.images.unit import LeftOut
from twinseg.images.volumes.volume_file import is_volume, volume_stem

_LABEL = r"labels?|segs?|segmentations?|masks?|gts?|ground_?truths?|annotations?"
_IMAGE = r"images?|imgs?|imaging|cts?|mrs?|mris?|scans?|volumes?|vols?"
_PART = r"(?P<part>[_-]?(?:tr|ts|train|training|val|validation|test))?"
_LABEL_FOLDER = re.compile(f"(?:{_LABEL}){_PART}", re.IGNORECASE)
_IMAGE_FOLDER = re.compile(f"(?:{_IMAGE}){_PART}", re.IGNORECASE)
_BREAK = r"[ _.\-]+"
_CHANNEL = re.compile(r"(.+)_\d{4}")  # nnU-Net
_ELSEWHERE = (".mhd", ".nhdr", ".hdr")


@dataclass(frozen=True)
class VolumePair:
    """A volume and its labels, not yet opened."""

    name: str  # begins the ids of its slices; unique
    group: str
    image: PurePosixPath  # relative to the source
    labels: tuple[PurePosixPath, ...]  # the target is what any of them marks


@dataclass(frozen=True)
class Paired:
    """What was found, in the order of the names."""

    pairs: tuple[VolumePair, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Volume:
    path: PurePosixPath

    @cached_property
    def stem(self) -> str:
        return volume_stem(self.path.name)

    @cached_property
    def bare(self) -> str:
        """Stem without the words for image and label at its ends; may be empty."""
        words = f"(?:{_LABEL}|{_IMAGE})"
        stem, before = self.stem, ""
        while stem != before:
            before = stem
            stem = re.sub(f"(?i)^{words}(?:{_BREAK}|$)|(?:^|{_BREAK}){words}$", "", stem)
        return stem

    @cached_property
    def around(self) -> tuple[str, ...]:
        """Folders above, without those that say image or label; the part (Tr, Ts) is kept."""
        return tuple(
            part for folder in self.path.parent.parts if (part := _without_role(folder)) != ""
        )

    @property
    def in_part(self) -> bool:
        """Whether it lies directly in a folder such as ``imagesTr``."""
        return bool(self.around) and _is_part(self.around[-1])

    @cached_property
    def is_label(self) -> bool:
        word = f"(?i)(?:^|{_BREAK})(?:{_LABEL})$|^(?:{_LABEL})(?:{_BREAK}|$)"
        if re.search(word, self.stem):
            return True
        roles = [f for f in self.path.parent.parts if _LABEL_FOLDER.fullmatch(f) or _is_image(f)]
        return bool(roles) and _LABEL_FOLDER.fullmatch(roles[-1]) is not None

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What a partner may be called, the exact stem first."""
        channel = _CHANNEL.fullmatch(self.stem)
        return tuple(dict.fromkeys([self.stem, *([channel[1]] if channel else []), self.bare]))


def pair_volumes(files: Iterable[PurePosixPath], chosen: tuple[str, ...] = ()) -> Paired:
    """Find the label volume of every volume among ``files``.

    A volume holds labels if its name (``X_seg``, ``mask``, ``segmentation-3``, ...) or the folder
    above it (``labelsTr``, ``masks``, ...) says so. Both share the stem, or the stem without such
    a word; or they are the only two of their folder. Of a folder with a file for each organ
    (``ct.nii.gz``, ``segmentations/liver.nii.gz``) ``chosen`` names those that are meant, which
    are put together. What remains unclear is left out.

    Raises:
        DataError: If there are label volumes, and none has a name of ``chosen``.
    """
    files = sorted(files)
    volumes = [_Volume(path) for path in files if is_volume(path.name)]
    left_out = [
        LeftOut(str(path), "keeps its voxels in another file; save it as one (.nrrd, .mha, .nii)")
        for path in files
        if path.suffix.lower() in _ELSEWHERE
    ]
    called = [one for one in volumes if chosen and one.is_label]
    require_known([one.path for one in called], chosen)
    unused = {one for one in called if not is_called(one.path, chosen)}
    volumes = [one for one in volumes if one not in unused]
    images: dict[tuple[str, ...], list[_Volume]] = defaultdict(list)
    labels: dict[tuple[str, ...], list[_Volume]] = defaultdict(list)
    for volume in volumes:
        (labels if volume.is_label else images)[volume.around].append(volume)
    matched: list[tuple[_Volume, list[_Volume]]] = []
    not_used = f"{amount(len(unused), 'label volume')} not used: --masks names others"
    notes = [not_used] if unused else []
    for around in sorted(images.keys() | labels.keys()):
        here = images[around], labels[around]
        if around and around[-1].lower() == "ts" and not labels[around]:
            notes.append(
                f"without labels, for testing (Ts), not used: {amount(len(here[0]), 'volume')}"
            )
            continue
        found, problems = _match_here(*here, chosen=bool(chosen))
        matched += found
        left_out += problems
    labels_of = {image.path: [label.path for label in own] for image, own in matched}
    notes += said_of_chosen(labels_of, chosen)
    ordered = tuple(sorted(left_out, key=lambda item: item.file))
    return Paired(_named(matched), ordered, tuple(notes))


def picture_volumes(files: Iterable[PurePosixPath]) -> tuple[VolumePair, ...]:
    """Return the volumes among ``files`` that hold no labels, named as `pair_volumes` names them.

    Labels are known by their names alone; pairs of the result have none.
    """
    volumes = [_Volume(path) for path in sorted(files) if is_volume(path.name)]
    return _named([(volume, []) for volume in volumes if not volume.is_label])


def _match_here(
    images: Sequence[_Volume], labels: Sequence[_Volume], *, chosen: bool
) -> tuple[list[tuple[_Volume, list[_Volume]]], list[LeftOut]]:
    """Match what lies in the same folders."""
    labels_of: dict[_Volume, list[_Volume]] = defaultdict(list)
    left_out: list[LeftOut] = []
    told: set[_Volume] = set()
    for label in labels:
        found = _images_of(label, images, labels) or list(images if chosen else ())
        if len(found) == 1:
            labels_of[found[0]].append(label)
            continue
        names = ", ".join(image.path.name for image in found)
        reason = f"{len(found)} volumes it may belong to ({names}); keep one"
        left_out.append(LeftOut(str(label.path), reason if found else "no volume of this name"))
        left_out += [
            LeftOut(str(image.path), f"one of {len(found)} volumes for {label.path.name}; keep one")
            for image in found
        ]
        told |= set(found)
    for image in images:
        own = labels_of[image]
        names = ", ".join(label.path.name for label in own)
        if len(own) > 1 and not chosen:
            reason = f"{len(own)} label volumes ({names}); keep one, or say which: --masks NAME"
            left_out += [LeftOut(str(volume.path), reason) for volume in (image, *own)]
        elif not own and image not in told:
            left_out.append(LeftOut(str(image.path), "no label volume"))
    settled = [
        (image, own) for image, own in labels_of.items() if len(own) == 1 or (own and chosen)
    ]
    return settled, left_out


def _images_of(
    label: _Volume, images: Sequence[_Volume], labels: Sequence[_Volume]
) -> list[_Volume]:
    for key in label.keys:
        for rank in range(3):
            found = [image for image in images if image.keys[rank : rank + 1] == (key,)]
            if key and found:
                return found
    if not label.bare:
        return list(images)
    only = len(images) == len(labels) == 1
    return [image for image in images if only and not image.bare]


def _named(matched: Sequence[tuple[_Volume, list[_Volume]]]) -> tuple[VolumePair, ...]:
    """Give every pair a name and a group: its patient's folder, or its own name."""
    shared = _common_start([image.around for image, _ in matched])
    short = [_name(image) for image, _ in matched]
    unique = len(set(short)) == len(short)
    pairs = []
    for (image, own), name in zip(matched, short, strict=True):
        below = image.around[shared:]
        if not unique and below:
            name = "_".join(below if below[-1] == name else (*below, name))
        # Below imagesTr each file is a patient, above it are names of datasets.
        patients = [] if image.in_part else [part for part in below if not _is_part(part)]
        labels = tuple(sorted(label.path for label in own))
        pairs.append(VolumePair(name, (patients or [name])[0], image.path, labels))
    return tuple(sorted(pairs, key=lambda pair: pair.name))


def _name(image: _Volume) -> str:
    """Stem of the volume; the folder above where the stem only says that it is an image."""
    channel = _CHANNEL.fullmatch(image.stem)
    if channel and _is_image(image.path.parent.name):
        return channel[1]
    if not image.bare and image.around and not image.in_part:
        return image.around[-1]
    return image.stem


def _common_start(folders: Sequence[tuple[str, ...]]) -> int:
    """How many folders all have in common."""
    count = 0
    while folders and all(len(f) > count and f[count] == folders[0][count] for f in folders):
        count += 1
    return count


def _without_role(folder: str) -> str:
    """The folder's name, or of ``imagesTr`` only ``Tr``, of ``labels`` nothing."""
    found = _LABEL_FOLDER.fullmatch(folder) or _IMAGE_FOLDER.fullmatch(folder)
    return (found["part"] or "").strip("_-") if found else folder


def _is_image(folder: str) -> bool:
    return _IMAGE_FOLDER.fullmatch(folder) is not None


def _is_part(folder: str) -> bool:
    return re.fullmatch("(?i)tr|ts|train|training|val|validation|test", folder) is not None
