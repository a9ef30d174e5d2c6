"""Every file that a finished study consists of: one list, which ``manifest.json`` keeps."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from pathlib import Path

from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress
from twinseg.core.sealed import CHECKSUMS, read_sealed, write_sealed
from twinseg.core.store import FileFacts, facts_of
from twinseg.core.tables import write_csv_of
from twinseg.core.words import amount
from twinseg.data.dataset_files import FACTS, fault_of
from twinseg.training.run_files import how_to_mend

Files = dict[str, FileFacts]  # by path below the study, with slashes

_TOPS = ("runs", "tables", "predictions", "validation", "flipped", "explanations", "report")
_BELOW = ("explanations", "difference", "validation", "test")  # folders beside those of models
_NAMES = {
    *("model.safetensors", "model.json", "history.csv", "manifest.json"),
    *("values.npy", "cases.json", CHECKSUMS, "index.html"),
}


def list_files(
    out: Path, models: Collection[str], case_ids: Collection[str], known: Files
) -> Files:
    """Read what lies in a study and belongs to it; other files in the folder are left alone.

    What was ``known`` when the study was opened, and not written since, is not read again: so
    damage is never taken for right, and a finished study is not read at every start.
    """
    opened_ns = (out / "study.toml").stat().st_mtime_ns  # written first at every start
    found = {}
    for path in _ours(out, models, case_ids):
        name = path.relative_to(out).as_posix()
        is_known = name in known and path.stat().st_mtime_ns < opened_ns
        found[name] = known[name] if is_known else facts_of(path)
    return found


def as_text(files: Files) -> dict[str, str]:
    """Return a line for each file, for JSON."""
    return {name: f"{facts.bytes} {facts.sha256}" for name, facts in files.items()}


def read_files(out: Path) -> Files:
    """Read the list; empty if the study is not finished, or of a version that kept none.

    Raises:
        StoreError: If ``manifest.json`` is damaged.
    """
    manifest = out / "manifest.json"
    if not manifest.exists():
        return {}
    advice = f"delete {manifest} and give the same command again"
    kept = read_sealed(manifest, keys=("dataset_fingerprint",), advice=advice).get("files", {})
    pairs = {name: line.split() for name, line in kept.items()}
    return {name: FileFacts(int(size), digest) for name, (size, digest) in pairs.items()}


def part_of(name: str) -> str:
    """Name what is made in one go: a run, the masks or maps of a model, else the file itself."""
    steps = name.split("/")
    deep = steps[0] == "flipped" or steps[:2] == ["validation", "explanations"]
    return "/".join(steps[: 3 if deep else 2])


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
    if name.startswith("runs/"):
        return how_to_mend(part)
    if _is_made_anew(name, runs):
        first = f"delete {out / name} and " if (out / name).exists() else ""
        return f"{first}give the same command again to make it anew"
    return f"delete the folder {part} and give the same command again to make it anew"


def mend(out: Path, runs: Collection[str], progress: Progress) -> Files:
    """Make way for what is absent or was cut in a finished study; later steps make it anew.

    Tables, overlays, the page and masks of rules follow from the rest. Weights, and what the
    networks answered, are not replaced unasked.

    Returns:
        What the study consists of beside that; nothing if it is not finished.

    Raises:
        StoreError: If something cannot be made from the rest; nothing was changed then.
    """
    try:
        files = read_files(out)
    except StoreError as error:
        progress.say(f"note: {error}; it is written anew, and its list of files with it")
        return {}
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
    return whole


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
    tables = {name for name in whole if name.startswith("tables/") and name.endswith(".parquet")}
    if f"tables/{CHECKSUMS}" in gone:
        sums = {Path(name).name: whole[name].sha256 for name in tables}
        write_sealed(out / "tables" / CHECKSUMS, sums)
    for name in sorted(tables):
        if name.removesuffix("parquet") + "csv" in gone:
            write_csv_of(out / name)


def _is_masks(part: str) -> bool:
    """Whether this is the folder of the masks of a model or rule."""
    steps = part.split("/")
    return steps[0] in ("predictions", "validation") and len(steps) == 2


def _is_made_anew(name: str, runs: Collection[str]) -> bool:
    """Whether a start of the study makes this file from others of the study."""
    top, *below = name.split("/")
    if top in ("predictions", "validation"):
        return below[0] not in (*runs, "explanations")
    return top not in ("runs", "flipped", "explanations") or (
        top == "explanations" and name.endswith(".png")
    )


def _ours(out: Path, models: Collection[str], case_ids: Collection[str]) -> Iterator[Path]:
    sealed = out / "tables" / CHECKSUMS
    advice = f"delete {sealed} and give the same command again"
    stems = [Path(name).stem for name in read_sealed(sealed, advice=advice)]
    tables = {f"{stem}.{kind}" for stem in stems for kind in ("parquet", "csv")}
    tables |= {"labels.json", "rules.json", CHECKSUMS}
    pictures = {f"{case_id}.png" for case_id in case_ids}
    folders = {*models, *_BELOW}
    # A dataset has a list of its own; here it is enough to know that there was one.
    yield from (out / "study.toml", out / "dataset.json")
    if (prepared := out / "dataset" / FACTS).is_file():
        yield prepared
    for top in _TOPS:
        for path in sorted((out / top).rglob("*")):
            first, *below = path.relative_to(out / top).parts
            if top == "tables":
                is_ours = not below and first in tables
            elif not below:
                is_ours = top == "report" and first == "index.html"
            else:
                is_ours = first in folders and (path.name in _NAMES or path.name in pictures)
            if is_ours and path.is_file():
                yield path
