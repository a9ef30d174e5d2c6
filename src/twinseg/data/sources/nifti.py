"""Volumes with label volumes: NIfTI, NRRD, MHA; Medical Segmentation Decathlon and nnU-Net."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from twinseg.core.source_settings import SourceSettings, window_hu
from twinseg.core.words import amount
from twinseg.data.classes import check_names
from twinseg.data.groups import Groups, groups_of
from twinseg.data.index import read_index
from twinseg.data.layout import walk
from twinseg.data.unit import Findings, Kind, NothingUsableError
from twinseg.data.volumes.described import Described, read_described
from twinseg.data.volumes.files import is_volume
from twinseg.data.volumes.pairing import VolumePair, pair_volumes
from twinseg.data.volumes.unit import VolumeUnit, picture

DEFAULT_WINDOW = "abdomen"
_NEVER_DICOM = {".json", ".csv", ".tsv", ".txt", ".md", ".png", ".jpg", ".xlsx", ".pdf", ".py"}
_DICM_AT = 128  # byte of the word DICM, after the preamble


def unit_of(
    source: Path,
    pair: VolumePair,
    settings: SourceSettings,
    *,
    foreground: tuple[str, ...],
    described: Described,
) -> VolumeUnit:
    """Make the unit of one volume; the same for every layout."""
    return VolumeUnit(
        source=source,
        stem=pair.name,
        group=pair.group,
        image=str(pair.image),
        labels=tuple(map(str, pair.labels)),
        foreground=foreground,
        classes=described.listed,
        is_ct=described.is_ct,
        window_hu=window_hu(settings.window or DEFAULT_WINDOW),
        window_for_all=bool(settings.window),
        empty_slices=settings.empty_slices,
    )


def window_facts(settings: SourceSettings) -> dict[str, object]:
    """Return the window of CT volumes for ``dataset.json``."""
    return {"window_hu": list(window_hu(settings.window or DEFAULT_WINDOW))}


def _sees(source: Path) -> str:
    if not source.is_dir():
        return ""
    files = list(walk(source))
    volumes = sum(is_volume(path.name) for path in files)
    if not volumes or _any_dicom(source, files):
        return ""
    if pairs := len(pair_volumes(files).pairs):
        return f"{amount(pairs, 'volume')} with labels (NIfTI, NRRD or MHA)"
    return f"{amount(volumes, 'volume')} (NIfTI, NRRD or MHA)" if volumes > len(files) / 2 else ""


def _find(source: Path, settings: SourceSettings) -> Findings:
    paired = pair_volumes(walk(source), settings.masks)
    if not paired.pairs:
        raise NothingUsableError(
            f"{source} holds no volume with a label volume",
            paired.left_out,
            "; put volumes in imagesTr/ and labels of the same names in labelsTr/, or "
            "a_seg.nii.gz beside a.nii.gz; where each organ has a file, name it: --masks liver",
        )
    index = source / "index.csv"
    named = {pair.name: pair.image for pair in paired.pairs}
    groups = groups_of(read_index(index), named) if index.exists() else Groups({})
    units = []
    for pair in paired.pairs:
        described = read_described(source / _dataset_folder(pair.image))
        foreground = check_names(described.resolve(settings.foreground))
        if pair.name in groups.of:
            pair = replace(pair, group=groups.of[pair.name])
        units.append(unit_of(source, pair, settings, foreground=foreground, described=described))
    return Findings(
        units=tuple(sorted(units, key=lambda unit: unit.name)),
        left_out=paired.left_out,
        notes=(*paired.notes, *groups.notes, _said_of(units, by_index=bool(groups.of))),
        facts=window_facts(settings),
    )


def _said_of(units: list[VolumeUnit], *, by_index: bool) -> str:
    groups = amount(len({unit.group for unit in units}), "group")
    rule = "by index.csv" if by_index else "by the folder of the patient, else by the file"
    return f"{amount(len(units), 'volume')} in {groups} ({rule})"


def _dataset_folder(image: PurePosixPath) -> PurePosixPath:
    """Folder that holds ``imagesTr``, where ``dataset.json`` lies."""
    return image.parent.parent


def _any_dicom(source: Path, files: Iterable[PurePosixPath]) -> bool:
    return any(
        _is_dicom(source / path)
        for path in files
        if not is_volume(path.name) and path.suffix.lower() not in _NEVER_DICOM
    )


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(_DICM_AT)
            return file.read(4) == b"DICM"
    except OSError:
        return False


NIFTI = Kind(name="nifti", sees=_sees, find=_find, picture=picture)
