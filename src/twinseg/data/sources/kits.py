"""Kidney tumours in CT: KiTS19, KiTS21 and KiTS23 as they unpack.

Heller et al., arXiv:1904.00445 and arXiv:2307.01984.
"""

import re
from pathlib import Path, PurePosixPath

from twinseg.core.source_settings import SourceSettings
from twinseg.core.words import amount
from twinseg.data.case import LeftOut
from twinseg.data.classes import NONZERO, check_names
from twinseg.data.sources.nifti import unit_of, window_facts
from twinseg.data.unit import Findings, Kind, NothingUsableError
from twinseg.data.volumes.described import Described
from twinseg.data.volumes.pairing import VolumePair
from twinseg.data.volumes.unit import picture

_CASE = re.compile(r"case_\d{5}")
_BELOW = ("", "data", "dataset")  # as the repositories of KiTS19 and KiTS21/23 name it
_KITS = Described({"kidney": (1,), "tumour": (2,), "tumor": (2,), "cyst": (3,)}, is_ct=True)
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
            unit_of(source, pair, settings, foreground=foreground, described=_KITS)
            for pair in pairs
        ),
        left_out=tuple(left_out),
        notes=() if settings.foreground else (_ALL,),
        facts=window_facts(settings),
    )


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


KITS = Kind(name="kits", sees=_sees, find=_find, picture=picture)
