"""What names a patient stays inside: groups are salted hashes, names in paths are hidden."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.data.dicom.header import Header, Patient, read_header

HIDDEN = "[name]"
_SHORTEST = 3  # letters or digits of a name that is looked for in paths
_GROUP_DIGITS = 10


def patient_key(header: Header) -> str:
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


def patients_hidden(root: Path, files: Iterable[Path]) -> "Hidden":
    """Hide the patients of the DICOM files among ``files``; a damaged file names nobody."""
    headers = []
    for file in files:
        with suppress(DataError):
            headers.append(read_header(file))
    salt = "\n".join(sorted({header.series for header in headers}))
    return Hidden(root, {header.patient for header in headers}, salt=salt)


class Hidden:
    """Finds names and IDs of the patients of a source in its paths."""

    def __init__(self, root: Path, patients: Iterable[Patient], *, salt: str = "") -> None:
        """Learn the names of ``patients``; what lies above ``root`` is looked at as well."""
        self._root, self._salt = root, salt
        parts = {part.lower() for patient in patients for part in _parts(patient)}
        # A number must stand alone: patient 001 is not in IM0012.
        found = sorted(
            rf"(?<!\d){re.escape(part)}(?!\d)" if part.isdigit() else re.escape(part)
            for part in parts
        )
        either = "|".join(found) or r"(?!)"
        self._pattern = re.compile(either, re.IGNORECASE)
        self._as_word = re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])", re.IGNORECASE)
        self.root_names_a_patient = bool(self._pattern.search(str(root.resolve())))
        self.used = False

    def shown(self, path: Path) -> str:
        """Return ``path`` relative to the source, with every part that names a patient hidden."""
        parts = self._relative(path).split("/")
        shown = [HIDDEN if self._pattern.search(part) else part for part in parts]
        self.used |= shown != parts
        return "/".join(shown)

    def names_nobody(self, path: Path) -> bool:
        """Tell whether ``path`` may be written into a dataset."""
        return not self.root_names_a_patient and not self._pattern.search(self._relative(path))

    def text(self, text: str) -> str:
        """Return ``text`` with every name in it hidden: whole words, so that ours stay readable."""
        return self._as_word.sub(HIDDEN, text)

    def pseudonym(self, word: str, name: str) -> str:
        """Return ``name``, or ``word`` with a salted hash behind it if ``name`` names a patient."""
        if not self._pattern.search(name):
            return name
        digest = hashlib.sha256(f"{self._salt}\n{name}".encode()).hexdigest()
        return f"{word}-{digest[:_GROUP_DIGITS]}"

    def _relative(self, path: Path) -> str:
        if path.is_relative_to(self._root):
            return path.relative_to(self._root).as_posix() or "."
        return path.as_posix() if not path.is_absolute() else path.name


def _parts(patient: Patient) -> Iterable[str]:
    for part in [patient.id, *re.split(r"[\^=\s,._-]+", patient.name)]:
        if sum(character.isalnum() for character in part) >= _SHORTEST:
            yield part
    if sum(character.isalnum() for character in patient.birth_date) >= 8:
        yield patient.birth_date
