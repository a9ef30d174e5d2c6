"""Every file that a finished study consists of: one list, which ``manifest.json`` keeps."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress
from twinseg.core.sealed import CHECKSUMS, read_sealed, write_sealed
from twinseg.core.store import FileFacts, facts_of, time_there_ns
from twinseg.core.tables import write_csv_of
from twinseg.core.words import amount
from twinseg.data.dataset_files import fault_of
from twinseg.data.own_folder import FACTS
from twinseg.records.folders import SPLITS, RunFolder, StudyFolder
from twinseg.training.run_files import how_to_mend

Files = dict[str, FileFacts]  # by path below the study, with slashes


@dataclass(frozen=True)
class Known:
    """What a study consisted of when it was opened.

    Attributes:
        files: Those that are as they were written.
        since_ns: When that was, by the clock of where the study lies, see `time_there_ns`.
    """

    files: Files
    since_ns: int


LIKENESS = RunFolder(Path()).likeness.name
_TOPS = ("runs", "tables", "predictions", "explanations", "report")
_NAMES = {
    *("model.safetensors", "model.json", "history.csv", "manifest.json", LIKENESS),
    *("values.npy", "cases.json", CHECKSUMS, "index.html"),
    *(f"evidence{part}.{kind}" for part in ("", "_curves") for kind in ("parquet", "csv")),
}


def list_files(
    folder: StudyFolder,
    models: Collection[str],
    case_ids: Collection[str],
    known: Known,
) -> Files:
    """Read what lies in a study and belongs to it; other files in the folder are left alone.

    What was ``known`` when the study was opened, and not written since, is not read again: so
    damage is never taken for right, and a finished study is not read at every start.

    Args:
        folder: The study.
        models: Names of the folders of masks and maps.
        case_ids: All cases.
        known: See `mend`.
    """
    found = {}
    for path in _ours(folder, models, case_ids):
        name = path.relative_to(folder.path).as_posix()
        is_known = name in known.files and path.stat().st_mtime_ns < known.since_ns
        found[name] = known.files[name] if is_known else facts_of(path)
    return found


def as_text(files: Files) -> dict[str, str]:
    """Return a line for each file, for JSON."""
    return {name: f"{facts.bytes} {facts.sha256}" for name, facts in files.items()}


def read_files(out: Path) -> Files:
    """Read the list; empty if the study is not finished.

    Raises:
        StoreError: If ``manifest.json`` is damaged.
    """
    manifest = StudyFolder(out).manifest
    if not manifest.exists():
        return {}
    advice = f"delete {manifest} and give the same command again"
    kept = read_sealed(manifest, advice=advice)["files"]
    pairs = {name: line.split() for name, line in kept.items()}
    return {name: FileFacts(int(size), digest) for name, (size, digest) in pairs.items()}


def part_of(name: str) -> str:
    """Name what is made in one go: a run, the masks or maps of a model, else the file itself."""
    steps = name.split("/")
    return "/".join(steps[: 3 if steps[0] in ("predictions", "explanations") else 2])


def by_part(files: Files) -> dict[str, Files]:
    """Return the files of each part, see `part_of`."""
    names = sorted(files, key=lambda name: (part_of(name), name))
    return {
        part: {name: files[name] for name in of_part} for part, of_part in groupby(names, part_of)
    }


def faults_of(out: Path, files: Files, *, by_digest: bool) -> dict[str, str]:
    """Say how files differ from what was written; {} if all are right.

    Args:
        out: The study.
        files: What to look at.
        by_digest: Read every file; False: presence and length alone.
    """
    found = {n: fault_of(out / n, facts, by_digest=by_digest) for n, facts in files.items()}
    return {name: fault for name, fault in found.items() if fault}


def how_to_go_on(out: Path, name: str, runs: Collection[str]) -> str:
    """Say what a person can do about a damaged file."""
    part = out / part_of(name)
    if _is_made_anew(name, runs):
        first = f"delete {out / name} and " if (out / name).exists() else ""
        return f"{first}give the same command again to make it anew"
    if name.startswith("runs/"):
        return how_to_mend(part)
    return f"delete the folder {part} and give the same command again to make it anew"


def mend(folder: StudyFolder, runs: Collection[str], progress: Progress) -> Known:
    """Make way for what is absent or was cut in a study that is held; later steps make it anew.

    Tables, overlays, the page and masks of rules follow from the rest. Weights, and what the
    networks answered, are not replaced unasked.

    Returns:
        What the study consists of beside that; no files if it is not finished.

    Raises:
        StoreError: If something cannot be made from the rest; nothing was changed then.
    """
    out, since_ns = folder.path, time_there_ns(folder.lock)
    try:
        files = read_files(out)
    except StoreError as error:
        progress.say(f"note: {error}; it is written anew, and its list of files with it")
        return Known({}, since_ns)
    found = {part: faults_of(out, of, by_digest=False) for part, of in by_part(files).items()}
    faults = {part: of_part for part, of_part in found.items() if of_part}
    for part, of_part in faults.items():
        _require_way(out, part, of_part, files, runs)
    for part, of_part in faults.items():
        name, fault = next(iter(of_part.items()))
        more = f", and {amount(len(of_part) - 1, 'file')} more" if len(of_part) > 1 else ""
        progress.say(f"made anew: {name} {fault}{more}")
        if _is_masks(part):
            shutil.rmtree(out / part, ignore_errors=True)
        for name in of_part:
            (out / name).unlink(missing_ok=True)
    gone = {name for of_part in faults.values() for name in of_part}
    gone |= {name for name in files if _is_masks(part_of(name)) and part_of(name) in faults}
    whole = {name: facts for name, facts in files.items() if name not in gone}
    _mend_tables(out, gone, whole)
    return Known(whole, since_ns)


def _require_way(
    out: Path, part: str, faults: Mapping[str, str], files: Files, runs: Collection[str]
) -> None:
    """Raise `StoreError` if what is wrong with ``part`` cannot be put right without a person."""
    folder = out / part
    if not folder.exists():  # all of it is made anew
        return
    for name, fault in faults.items():
        if not _is_made_anew(name, runs):
            raise StoreError(f"{out / name} {fault}; {how_to_go_on(out, name, runs)}")
    if _is_masks(part):
        there = (path.relative_to(out).as_posix() for path in folder.rglob("*") if path.is_file())
        if others := sorted({*there} - files.keys()):
            name, fault = next(iter(faults.items()))
            raise StoreError(
                f"{out / name} {fault}, and {folder} holds files that are not of twinseg, such "
                f"as {others[0]}; move them elsewhere, {how_to_go_on(out, part, ())}"
            )


def _mend_tables(out: Path, gone: Collection[str], whole: Files) -> None:
    """Write anew the lists of checksums and the copies for people of tables that are whole."""
    tables = sorted(name for name in whole if name.endswith(".parquet"))
    for name in gone:
        folder = out / name.removesuffix(f"/{CHECKSUMS}")
        sums = {Path(t).name: whole[t].sha256 for t in tables if (out / t).parent == folder}
        if name.endswith(f"/{CHECKSUMS}") and sums:
            write_sealed(out / name, sums)
    for name in tables:
        if name.removesuffix("parquet") + "csv" in gone:
            write_csv_of(out / name)


def first_foreign(folder: Path, case_ids: Collection[str]) -> Path | None:
    """Return a file in ``folder`` that no step of a study has made; None if there is none."""
    for path in sorted(folder.rglob("*")):
        is_picture = path.suffix == ".png" and path.stem in case_ids
        if path.is_file() and path.name not in _NAMES and not is_picture:
            return path
    return None


def _is_masks(part: str) -> bool:
    """Whether this is the folder of the masks of a model or rule."""
    return part.startswith("predictions/") and part.count("/") == 2


def _is_made_anew(name: str, runs: Collection[str]) -> bool:
    """Whether a start of the study makes this file from others of the study."""
    top, *below = name.split("/")
    if top == "predictions":
        return not below[1].startswith(tuple(runs))  # also answers to flipped pictures
    if top == "explanations":  # overlays and evidence, but no map
        return name.endswith(".png") or len(below) == 3
    return top != "runs" or below[-1] == LIKENESS


def _ours(study: StudyFolder, models: Collection[str], case_ids: Collection[str]) -> Iterator[Path]:
    sealed = study.tables / CHECKSUMS
    advice = f"delete {sealed} and give the same command again"
    stems = [Path(name).stem for name in read_sealed(sealed, advice=advice)]
    tables = {f"{stem}.{kind}" for stem in stems for kind in ("parquet", "csv")}
    tables |= {study.labels.name, study.rules.name, study.weights_of_rules.name, CHECKSUMS}
    pictures = {f"{case_id}.png" for case_id in case_ids}
    folders = {*models, *SPLITS}
    # A dataset has a list of its own; here it is enough to know that there was one.
    yield from (study.settings, study.description)
    if (prepared := study.path / study.dataset.name / FACTS).is_file():
        yield prepared
    for top in _TOPS:
        for path in sorted((study.path / top).rglob("*")):
            first, *below = path.relative_to(study.path / top).parts
            if top == "tables":
                is_ours = not below and first in tables
            elif top == "report":
                is_ours = path in (study.report, study.references) or (
                    path.parent == study.report_pictures and path.suffix == ".jpg"
                )
            elif not below:
                is_ours = False
            else:
                is_known = path.name in _NAMES or path.name in pictures
                is_ours = is_known and bool({first, below[0]} & folders)
            if is_ours and path.is_file():
                yield path
