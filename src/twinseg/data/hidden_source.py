"""A hidden source on its way into a dataset: what is kept of it, and what an error may say."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from twinseg.core.errors import StoreError, TwinsegError
from twinseg.data.case_unit import Findings
from twinseg.data.originals import write_refused
from twinseg.data.parts import StoredCase
from twinseg.data.pseudonyms import Lines, Pseudonyms, salt_of
from twinseg.images.tree import root_of
from twinseg.images.unit import LeftOut, NothingUsableError
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class HiddenSource:
    """What may be shared of a source; names of files are in ``stored`` alone, as origins."""

    stored: list[StoredCase]
    left_out: tuple[LeftOut, ...]  # in the order of the files
    notes: tuple[str, ...]


def hide_source(
    source: Path,
    findings: Findings,
    stored: Sequence[StoredCase],
    left_out: Sequence[LeftOut],
    notes: Sequence[str],
    settings: SourceSettings,
    kind: str,
) -> HiddenSource:
    """Give pseudonyms to cases, groups and files; what the user asked for by name is kept."""
    files = [file for unit in findings.units for file in unit.files]
    names = Pseudonyms(salt_of(root_of(source), files))
    lines = Lines(source, names)
    asked = {*settings.roi, *settings.segment, *settings.foreground}
    withheld = tuple(findings.words - asked)
    keep_group = settings.keep_ids and kind == "slides"
    if kind != "dicom":  # which names cases by hashes itself, or by ids if these are asked for
        stored = [replace(one, case=names.case(one.case, keep_group=keep_group)) for one in stored]
    return HiddenSource(
        sorted(stored, key=lambda one: one.case.id),
        names.left_out(left_out),
        tuple(dict.fromkeys(lines.cleaned(note, withheld=withheld) for note in notes)),
    )


@contextmanager
def without_names(source: Path, dataset: Path | None) -> Iterator[None]:
    """Take names of files out of what is said when ``source`` is refused.

    Which file is meant is then written beside the dataset, where originals are kept, if there is
    to be one.
    """
    try:
        yield
    except StoreError:
        raise  # about folders that the user named, not about the source
    except TwinsegError as error:
        names = Pseudonyms(os.urandom(16))
        lines = Lines(source, names)
        if isinstance(error, NothingUsableError):
            shown = names.left_out(error.left_out)
            place = _where(dataset, shown, error.left_out)
            said = lines.cleaned(error.said)
            raise NothingUsableError(said, shown, error.advice + place) from None
        mentioned = lines.mentioned(str(error))
        place = _where(dataset, names.left_out(mentioned), mentioned)
        raise type(error)(lines.cleaned(str(error)) + place) from None


def _where(dataset: Path | None, shown: Sequence[LeftOut], real: Sequence[LeftOut]) -> str:
    """Write which files are meant; return the end of a line that says where."""
    if not shown or dataset is None:
        return ""
    try:
        place = write_refused(dataset, list(zip(shown, real, strict=True)))
    except StoreError:
        return ""
    return f"; their names are in {place}"
