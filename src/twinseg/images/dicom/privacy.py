"""Groups of cases that belong to one patient, by salted hashes."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from twinseg.images.dicom.header import DicomHeader

_GROUP_DIGITS = 10


def patient_key(header: DicomHeader) -> str:
    """Return what tells patients apart: the ID, else name and birth date, else the study."""
    patient = header.patient
    if patient.id:
        return f"id {patient.id}"
    if patient.name and patient.birth_date:
        return f"name {patient.name} {patient.birth_date}"
    return f"study {header.study or header.path.parent}"


def group_names(
    series_of: Mapping[str, Iterable[str]], ids: Mapping[str, str], *, keep_ids: bool
) -> dict[str, str]:
    """Return the group of each patient key.

    Args:
        series_of: UIDs of the series of each patient; they salt the hash, so that nobody can
            look up an ID by hashing all likely ones.
        ids: PatientID of each key, "" where there is none.
        keep_ids: Use the ID itself where there is one.
    """
    names = {}
    for key, series in series_of.items():
        salted = "\n".join([key, *sorted(series)])
        digest = hashlib.sha256(salted.encode()).hexdigest()[:_GROUP_DIGITS]
        kept = re.sub(r"[^\w.-]+", "_", ids[key]) if keep_ids else ""
        names[key] = kept or f"patient-{digest}"
    return names
