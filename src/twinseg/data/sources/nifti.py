"""Volumes with label volumes: NIfTI, NRRD, MHA; Medical Segmentation Decathlon and nnU-Net."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from twinseg.core.words import amount
from twinseg.data.case_unit import Findings, Kind
from twinseg.data.classes import check_names
from twinseg.data.groups import Groups, groups_of, groups_where_said
from twinseg.data.index import read_index
from twinseg.data.volumes.description import Description, read_description
from twinseg.data.volumes.pairing import VolumePair, pair_volumes, picture_volumes
from twinseg.data.volumes.volume_cases import VolumeCases
from twinseg.images.tree import root_of, walk
from twinseg.images.unit import FoundPictures, NothingUsableError
from twinseg.images.volumes.volume_file import is_volume
from twinseg.images.volumes.volume_pictures import (
    VOLUMES,
    VolumePictures,
    volume_files,
    volume_window,
    window_facts,
)
from twinseg.records.source_settings import SourceSettings

_NEVER_DICOM = {".json", ".csv", ".tsv", ".txt", ".md", ".png", ".jpg", ".xlsx", ".pdf", ".py"}
_DICM_AT = 128  # byte of the word DICM, after the preamble


def pictures_of(
    source: Path, pair: VolumePair, settings: SourceSettings, *, is_ct: bool | None
) -> VolumePictures:
    """Make the unit of one volume alone; the same for every layout."""
    return VolumePictures(
        source=source,
        stem=pair.name,
        group=pair.group,
        file=str(pair.image),
        is_ct=is_ct,
        window=volume_window(settings),
        window_for_all=bool(settings.window),
    )


def unit_of(
    source: Path,
    pair: VolumePair,
    settings: SourceSettings,
    *,
    foreground: tuple[str, ...],
    description: Description,
) -> VolumeCases:
    """Make the unit of one volume with its labels; the same for every layout."""
    return VolumeCases(
        pictures=pictures_of(source, pair, settings, is_ct=description.is_ct),
        labels=tuple(map(str, pair.labels)),
        foreground=foreground,
        classes=description.listed,
        empty_slices=settings.empty_slices,
    )


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
    groups = _groups(source, paired.pairs)
    units = []
    for pair in paired.pairs:
        description = read_description(source / _dataset_folder(pair.image))
        foreground = check_names(description.resolve(settings.foreground))
        if pair.name in groups.of:
            pair = replace(pair, group=groups.of[pair.name])
        units.append(
            unit_of(source, pair, settings, foreground=foreground, description=description)
        )
    return Findings(
        units=tuple(sorted(units, key=lambda unit: unit.name)),
        left_out=paired.left_out,
        notes=(*paired.notes, *groups.notes, _said_of(units, by_index=bool(groups.of))),
        facts=window_facts(settings),
    )


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    pairs = picture_volumes(volume_files(source))
    if not pairs:  # where all are called labels, they are what is meant
        return VOLUMES.find(source, settings)
    groups = groups_where_said(source, {pair.name: pair.image for pair in pairs})
    units = []
    for pair in pairs:
        is_ct = read_description(root_of(source) / _dataset_folder(pair.image)).is_ct
        pair = replace(pair, group=groups.get(pair.name, pair.group))
        units.append(pictures_of(root_of(source), pair, settings, is_ct=is_ct))
    ordered = tuple(sorted(units, key=lambda unit: unit.name))
    return FoundPictures(units=ordered, facts=window_facts(settings))


def _groups(source: Path, pairs: Iterable[VolumePair]) -> Groups:
    index = source / "index.csv"
    named = {pair.name: pair.image for pair in pairs}
    return groups_of(read_index(index), named) if index.exists() else Groups({})


def _said_of(units: list[VolumeCases], *, by_index: bool) -> str:
    groups = amount(len({unit.pictures.group for unit in units}), "group")
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


NIFTI = Kind(name="nifti", sees=_sees, find=_find, pictures=_pictures)
