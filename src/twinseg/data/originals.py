"""Where the untouched originals of a dataset are: kept beside it, outside of what is shared.

The one place that decides where that is, and what lies in it.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.errors import StoreError
from twinseg.core.store import (
    LONGEST_NAME_BYTES,
    cannot_write,
    flush_to_disk,
    read_json,
    scratch_beside,
    write_csv,
    write_json,
    write_text,
)
from twinseg.core.tables import read_table, write_table
from twinseg.data.case import Case
from twinseg.images.formats import origin_from_text, origin_to_text
from twinseg.images.picture import Origin
from twinseg.images.unit import LeftOut

LEFT_OUT, ORIGINALS, NAMES, REFUSED = (
    "left_out.csv",
    "originals.parquet",
    "names.csv",
    "refused.csv",
)
_ONLY_THE_OWNER, _FILE = 0o700, 0o600
_OF_PATIENTS = """Names and paths of patients: do not hand on.

These files say which original is meant by each name in the folder beside this one, and which files
were left out and why. """
_OF_A_DATASET = """A dataset and studies on it work without
them; pictures are then shown at training size.
"""
_OF_ANSWERS = """The masks and tables there do not need them.
"""


@dataclass(frozen=True)
class Originals:
    """What is needed to find the originals of a dataset again."""

    source: Path  # absolute
    origins: Mapping[str, Origin]  # by case


def originals_of(dataset: Path) -> Path:
    """Return the folder of the originals of a dataset.

    It is ``<DATASET>-originals``, and ``<OUT>-originals`` for the dataset in a study; a digest
    stands for a name that is too long.
    """
    dataset = dataset.absolute()
    in_study = dataset.name == "dataset" and (dataset.parent / "study.toml").is_file()
    beside = dataset.parent if in_study else dataset
    name = os.fsencode(f"{beside.name}-originals")
    if len(name) > LONGEST_NAME_BYTES:
        name = f"{hashlib.sha256(name).hexdigest()[:32]}-originals".encode()
    return beside.with_name(os.fsdecode(name))


def write_originals(
    dataset: Path,
    source: Path,
    cases: Sequence[Case],
    left_out: Sequence[tuple[LeftOut, LeftOut]],
    fingerprint: str,
) -> None:
    """Write the folder of a dataset, in the place of an earlier one; it is whole or absent.

    Args:
        dataset: Folder of the dataset.
        source: What was prepared.
        cases: Each with the place of its original, where it has one.
        left_out: What is shared of each file, and what is known of it.
        fingerprint: Of the dataset that it belongs to.
    """
    known = [(case.id, case.origin) for case in cases if case.origin]
    table = pd.DataFrame(
        {
            "case": [name for name, _ in known],
            "file": [origin.file for _, origin in known],
            "origin": [origin_to_text(origin) for _, origin in known],
        },
        dtype=str,
    )
    rows = [(shown.file, item.file, item.reason) for shown, item in left_out]
    facts = {"source": _from(originals_of(dataset), source.resolve()), "fingerprint": fingerprint}
    with _for_the_owner(originals_of(dataset)) as fresh:
        write_table(fresh / ORIGINALS, table)
        write_csv(fresh / LEFT_OUT, ("shown", "file", "reason"), rows)
        write_json(fresh / "source.json", facts)


def _from(folder: Path, source: Path) -> str:
    """Return where the source lies: by the way there if it lies beside, which may move with it."""
    together = folder.resolve().parent
    if not source.is_relative_to(together):
        return str(source)
    return Path("..", source.relative_to(together)).as_posix()


def write_names(
    out: Path,
    rows: Iterable[Sequence[object]],
    columns: Sequence[str] = ("shown", "file", "reason"),
) -> Path:
    """Write which file each pseudonym in ``out`` stands for, beside it; return where.

    Args:
        out: Folder of masks.
        rows: By default pseudonym, file, and why that could not be used, or "".
        columns: Of the rows.
    """
    folder = originals_of(out)
    with _for_the_owner(folder, _OF_ANSWERS) as fresh:
        write_csv(fresh / NAMES, columns, rows)
    return folder / NAMES


def write_refused(dataset: Path, left_out: Sequence[tuple[LeftOut, LeftOut]]) -> Path:
    """Write which files are meant when nothing came of ``dataset``; return where."""
    folder = originals_of(dataset)
    rows = [(shown.file, item.file, item.reason) for shown, item in left_out]
    if folder.is_dir():  # of the dataset before: it stays
        write_csv(folder / REFUSED, ("shown", "file", "reason"), rows)
        (folder / REFUSED).chmod(_FILE)
    else:
        with _for_the_owner(folder) as fresh:
            write_csv(fresh / REFUSED, ("shown", "file", "reason"), rows)
    return folder / REFUSED


@contextmanager
def _for_the_owner(folder: Path, use: str = _OF_A_DATASET) -> Iterator[Path]:
    """Yield a folder that takes the place of ``folder``, readable by its owner alone."""
    fresh, old = scratch_beside(folder, "part"), scratch_beside(folder, "old")
    try:
        for scratch in (fresh, old):  # what a killed process left
            shutil.rmtree(scratch, ignore_errors=True)
        fresh.mkdir(parents=True, mode=_ONLY_THE_OWNER)
        write_text(fresh / "README.txt", _OF_PATIENTS + use)
        yield fresh
        for file in fresh.iterdir():
            file.chmod(_FILE)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        flush_to_disk(folder.parent)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        for scratch in (fresh, old):
            shutil.rmtree(scratch, ignore_errors=True)


def read_originals(dataset: Path, fingerprint: str) -> Originals | None:
    """Read where the originals of a dataset are; None if that is not there, or of another one.

    Raises:
        StoreError: If it is damaged.
    """
    folder = originals_of(dataset)
    if not folder.is_dir():
        return None
    way_out = "delete it to go on without originals, or prepare again"
    try:
        facts: dict[str, Any] = read_json(folder / "source.json")
        if facts["fingerprint"] != fingerprint:
            return None
        table = read_table(folder / ORIGINALS)
        source, names = (folder / facts["source"]).resolve(), [str(name) for name in table["case"]]
        origins = list(map(origin_from_text, table["origin"])) if "origin" in table else None
    except (StoreError, OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder} is damaged; {way_out}") from error
    if origins is None:
        raise StoreError(f"{folder} is of another version of twinseg; {way_out}")
    return Originals(source, dict(zip(names, origins, strict=True)))


def only_for_the_owner(folder: Path) -> None:
    """Keep others off a folder in which names of files are written down for a while."""
    if os.name != "nt":
        folder.chmod(_ONLY_THE_OWNER)
