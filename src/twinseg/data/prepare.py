"""From a source to a prepared dataset: found, read in parallel, whole or absent."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from twinseg.core.errors import CannotWriteError, TwinsegError
from twinseg.core.machine import cores
from twinseg.core.names import alike, how_alike, why_no_file_name
from twinseg.core.progress import Progress, Silent
from twinseg.core.store import cannot_write, flush_to_disk, locked, scratch_beside
from twinseg.core.workers import Crashed, map_in_processes
from twinseg.data.case import Case, Dataset
from twinseg.data.case_unit import Findings, Kind
from twinseg.data.classes import check_marked, check_names
from twinseg.data.dataset_files import TABLES, write_facts, write_prepared
from twinseg.data.hidden_source import hide_source, without_names
from twinseg.data.kinds import recognise
from twinseg.data.originals import only_for_the_owner, write_originals
from twinseg.data.own_folder import FACTS, PIXELS, is_prepared, refuse_other_folder
from twinseg.data.parts import DatasetPart, PartOutcome, StoredCase, parts_of, read_part
from twinseg.data.prepared import PreparedDataset, open_prepared, whole_dataset
from twinseg.data.pseudonyms import is_hidden
from twinseg.data.refusals import (
    refuse_other_settings,
    require_the_same,
    require_usable,
)
from twinseg.images.tree import unusable
from twinseg.images.unit import LeftOut, NothingUsableError
from twinseg.records.source_settings import SourceSettings

_RENAME = "rename the file, or give it another id in index.csv"


def prepare(
    source: Path,
    folder: Path,
    settings: SourceSettings,
    *,
    progress: Progress | None = None,
    processes: int | None = None,
) -> PreparedDataset:
    """Read all cases of ``source`` once and keep what training and scoring need in ``folder``.

    A bad file is left out and listed with its reason; with ``settings.strict`` it stops
    everything. A preparation that was stopped goes on where it was; one that is finished is
    opened, unless a file of the source or a setting changed since.

    Args:
        source: Folder, or a file that stands for one.
        folder: Of the dataset.
        settings: How to read the source.
        progress: Where to report; nowhere by default.
        processes: How many read at once; one per core by default.

    Raises:
        DataError: If the source cannot be used; the reason of the first files is named.
        StoreError: If ``folder`` holds something else, or a dataset of other files or settings.
    """
    progress = progress or Silent()
    refuse_other_folder(source, folder)
    kind, why = recognise(source, settings.kind)
    if not is_hidden(source, kind.name, settings):
        return _prepare(source, folder, settings, (kind, why), progress, processes)
    with without_names(source, folder):
        return _prepare(source, folder, settings, (kind, why), progress, processes, hide=True)


def _prepare(
    source: Path,
    folder: Path,
    settings: SourceSettings,
    recognised: tuple[Kind, str],
    progress: Progress,
    processes: int | None,
    *,
    hide: bool = False,
) -> PreparedDataset:
    kind, why = recognised
    refuse_other_settings(folder, kind.name, settings)
    progress.say(f"taking {'SOURCE' if hide else source} for {kind.name}: {why}")
    findings = kind.find(source, settings)
    unread = (LeftOut(str(entry.path), entry.fault) for entry in unusable(source))
    findings = replace(findings, left_out=(*findings.left_out, *unread))
    place = Path(os.path.realpath(folder))  # beside which there is room, if it is a link
    working = scratch_beside(place, "preparing")
    processes = processes or cores()
    parts = tuple(parts_of(findings.units, settings.size, working / "parts", processes=processes))
    if not parts:
        raise NothingUsableError(f"nothing of {source} can be used", findings.left_out)
    signature = _signature(parts, settings)
    with _at_work(working):
        before = whole_dataset(folder)
        if before and before.source and before.dataset.facts["signature"] == signature:
            return before
        stored, left_out = _read_all(parts, findings, progress, processes)
        notes = _notes(findings, stored, settings)
        shown_left_out = left_out
        if hide:
            hidden = hide_source(source, findings, stored, left_out, notes, settings, kind.name)
            stored, shown_left_out, notes = hidden.stored, hidden.left_out, hidden.notes
        facts: dict[str, Any] = {"kind": kind.name, "taken_for": why, "signature": signature}
        facts |= {"settings": settings.model_dump(mode="json"), **findings.facts}
        dataset = Dataset(
            name=kind.name if hide else source.resolve().name,
            cases=tuple(case.case for case in stored),
            left_out=shown_left_out,
            notes=notes,
            facts=facts | {"paths_hidden": hide},
        )
        require_usable(dataset, source, left_out, settings)
        require_the_same(folder, dataset)
        if before:  # equal: studies stand on its pixels, so that only what is said of it is renewed
            write_facts(folder, dataset, before.size, before.files)
        else:
            _put(place, working / "dataset", dataset, stored, settings.size)
        # Last: names of patients never lie there without the dataset that they belong to.
        write_originals(
            folder,
            source,
            dataset.cases,
            list(zip(shown_left_out, left_out, strict=True)),
            dataset.fingerprint,
        )
    return open_prepared(folder)


@contextmanager
def _at_work(working: Path) -> Iterator[None]:
    """Hold the folder for what is under way; it is gone at the end.

    Who does not hold it touches nothing. When this call cannot be finished it removes what it
    made, and nothing that an earlier one left to go on from; what a full disk or Ctrl-C stops
    goes on with the same command.
    """
    is_new = not working.exists()
    try:
        working.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(working, error) from error
    with locked(working / ".lock"):
        try:
            only_for_the_owner(working)  # names of files are in it
            (working / "parts").mkdir(exist_ok=True)
            yield
        except CannotWriteError:
            raise
        except OSError as error:
            raise cannot_write(working, error) from error
        except TwinsegError:
            if is_new:
                shutil.rmtree(working, ignore_errors=True)
            raise
        shutil.rmtree(working, ignore_errors=True)


def _read_all(
    parts: Sequence[DatasetPart], findings: Findings, progress: Progress, processes: int
) -> tuple[list[StoredCase], tuple[LeftOut, ...]]:
    """Read every part; cases in the order of their ids, and all that was left out."""
    stored: dict[str, StoredCase] = {}
    names: dict[str, str] = {}
    left_out = list(findings.left_out)
    with progress.task("reading", len(findings.units), unit="files or parts of them") as task:
        for part, outcome in zip(
            parts, map_in_processes(read_part, parts, processes=processes), strict=True
        ):
            if isinstance(outcome, Crashed):
                outcome = _one_by_one(part)
            left_out += outcome.left_out
            for case in outcome.stored:
                if why := _why_no_id(case.case, names):
                    left_out.append(why)
                else:
                    stored[case.case.id] = case
            task.advance(len(part.units))
    ordered = [stored[name] for name in sorted(stored)]
    return ordered, tuple(sorted(left_out, key=lambda item: (item.file, item.reason)))


def _why_no_id(case: Case, names: dict[str, str]) -> LeftOut | None:
    """Leave a case out if its id cannot name files, or not beside those of ``names``; add it."""
    file = case.origin.file if case.origin else case.id
    if fault := why_no_file_name(case.id):
        reason = f"its id {case.id!r} cannot be the name of a file: {fault}; {_RENAME}"
        return LeftOut(file, reason)
    before = names.get(alike(case.id))
    if before is None:
        names[alike(case.id)] = case.id
        return None
    if before == case.id:
        return LeftOut(case.id, "a second case of this name")
    how = how_alike(case.id, before)
    return LeftOut(file, f"its id {case.id!r} differs from {before!r} {how}; {_RENAME}")


def _notes(
    findings: Findings, stored: Sequence[StoredCase], settings: SourceSettings
) -> tuple[str, ...]:
    """What is said aloud, each once; stops if masks of the dataset mark different classes."""
    of_cases = sorted({case.note for case in stored if case.note})
    marked = [case.marked for case in stored if case.marked]
    said = [findings.empty_slices, *(case.empty_slices for case in stored)]
    kept, empty = (sum(numbers) for numbers in zip(*said, strict=True))
    of_empty = f"{kept} of {empty} slices without foreground kept" if kept < empty else ""
    of_all = check_marked(marked, check_names(settings.foreground)) if marked else ""
    return tuple(dict.fromkeys(filter(None, [*findings.notes, *of_cases, of_empty, of_all])))


def _one_by_one(part: DatasetPart) -> PartOutcome:
    """Read a part that killed its process again, each unit in a process of its own."""
    alone = [DatasetPart((unit,), part.size, part.folder) for unit in part.units]
    stored: list[StoredCase] = []
    left_out: list[LeftOut] = []
    for one, outcome in zip(alone, map_in_processes(read_part, alone, processes=1), strict=True):
        if isinstance(outcome, Crashed):
            left_out.append(LeftOut(one.units[0].name, "the library that reads it crashed"))
        else:
            stored += outcome.stored
            left_out += outcome.left_out
    return PartOutcome(tuple(stored), tuple(left_out))


def _put(
    folder: Path, fresh: Path, dataset: Dataset, stored: Sequence[StoredCase], size: int
) -> None:
    """Write the dataset apart and give it its name, or put it in the place of a damaged one.

    Of a damaged dataset every file is replaced by an equal one that is whole, ``dataset.json``
    last: at no moment is there less than before, and what others wrote beside it is not touched.
    """
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
        write_prepared(fresh, dataset, stored, size)
        if is_prepared(folder):
            for name in (*PIXELS, *TABLES, FACTS):
                (fresh / name).replace(folder / name)
            flush_to_disk(folder)
        else:
            fresh.rename(folder)  # over a folder only if that is empty
            flush_to_disk(folder.parent)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # on a full disk this makes room


def _signature(parts: Sequence[DatasetPart], settings: SourceSettings) -> str:
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for part in parts:
        digest.update(part.key.encode())
    return digest.hexdigest()
