"""Kidney tumours in CT: KiTS19, KiTS21 and KiTS23 as they unpack.

Heller et al., arXiv:1904.00445 and arXiv:2307.01984.
"""

import re
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.data.case_unit import Findings, Kind
from twinseg.data.classes import NONZERO, check_names
from twinseg.data.sources.nifti import pictures_of, unit_of
from twinseg.data.volumes.description import Description
from twinseg.data.volumes.pairing import VolumePair
from twinseg.images.unit import FoundPictures, LeftOut, NothingUsableError
from twinseg.images.volumes.volume_pictures import window_facts
from twinseg.records.source_settings import SourceSettings

_CASE = re.compile(r"case_\d{5}")
_BELOW = ("", "data", "dataset")  # as the repositories of KiTS19 and KiTS21/23 name it
_KITS = Description({"kidney": (1,), "tumour": (2,), "tumor": (2,), "cyst": (3,)}, is_ct=True)
_ALL = "the target is the kidney with its tumours and cysts (--foreground tumour: tumours alone)"
_APART = "imaging.nii.gz is not there: KiTS publishes it apart; run the download of its repository"


def _sees(source: Path) -> str:
    cases = _cases(source)
    return f"{amount(len(cases), 'case')} of kidney CT (KiTS)" if cases else ""


def _find(source: Path, settings: SourceSettings) -> Findings:
    pairs: list[VolumePair] = []
    left_out: list[LeftOut] = []
    for folder in _cases(source):
        image, label = folder / "imaging.nii.gz", folder / "segmentation.nii.gz"
        if not (source / image).is_file():
            left_out.append(LeftOut(str(folder), _APART))
        elif not (source / label).is_file():
            left_out.append(LeftOut(str(folder), "no segmentation.nii.gz (a test case?)"))
        else:
            pairs.append(VolumePair(folder.name, folder.name, image, (label,)))
    if not pairs:
        raise NothingUsableError(f"{source} has no case that is complete", left_out)
    foreground = check_names(_KITS.resolve(settings.foreground)) or (NONZERO,)
    return Findings(
        units=tuple(
            unit_of(source, pair, settings, foreground=foreground, description=_KITS)
            for pair in pairs
        ),
        left_out=tuple(left_out),
        notes=() if settings.foreground else (_ALL,),
        facts=window_facts(settings),
    )


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    units = tuple(
        pictures_of(source, pair, settings, is_ct=_KITS.is_ct)
        for folder in _cases(source)
        if (source / (image := folder / "imaging.nii.gz")).is_file()
        and (pair := VolumePair(folder.name, folder.name, image, ()))
    )
    if not units:
        raise DataError(f"{source} has no case with a volume: {_APART}")
    return FoundPictures(units=units, facts=window_facts(settings))


def _cases(source: Path) -> list[PurePosixPath]:
    """Folders of cases with a volume, relative to the source."""
    for below in _BELOW:
        if not (source / below).is_dir():
            continue
        cases = [
            PurePosixPath(below, folder.name)
            for folder in sorted((source / below).iterdir())
            if _CASE.fullmatch(folder.name)
            and any((folder / f"{part}.nii.gz").is_file() for part in ("imaging", "segmentation"))
        ]
        if cases:
            return cases
    return []


KITS = Kind(name="kits", sees=_sees, find=_find, pictures=_pictures)
