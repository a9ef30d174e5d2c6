"""A model in one file that can be handed on: a zip of weights, settings and what validation taught.

``bundle.json`` names every other file with its SHA-256; nothing else is in it or is taken out.
Weights are safetensors and the rest is JSON, so that opening one runs nothing.
"""

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.store import facts_of, whole_file
from twinseg.ensemble.experience import Experience
from twinseg.ensemble.model import Model
from twinseg.prediction.likeness_file import read_likeness
from twinseg.records.folders import RunFolder
from twinseg.records.inits import told_init
from twinseg.study.opened_model import OpenModel
from twinseg.training.run_files import read_model_facts, require_whole_weights
from twinseg.training.trained_model import load_trained

FORMAT = 1
_FACTS = "bundle.json"
_MOST_FACTS_BYTES = 2**26
_RUN_FILES = re.compile(
    r"runs/[^/\\:]+/(model\.safetensors|likeness\.safetensors|(model|manifest)\.json)"
)
_OF_A_MODEL = (
    *("architecture", "design", "encoder", "fraction", "init", "input", "output", "run", "seed"),
)
_ADVICE = "get it again from where it was made by twinseg export"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of all files: the same model gives the same bytes


def write_bundle(out: Path, opened: OpenModel, folders: Sequence[Path], version: str) -> None:
    """Write a model with its rule and threshold; the file is whole or absent.

    Args:
        out: File to write.
        opened: The model.
        folders: Of its runs, in their order.
        version: Of twinseg.

    Raises:
        StoreError: If a run folder is damaged.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    with TemporaryDirectory() as scratch:
        files: dict[str, Path] = {}
        for folder in folders:
            files |= _run_files(folder, Path(scratch) / folder.name)
        digests = {name: facts_of(file).sha256 for name, file in files.items()}
        facts = Path(scratch) / _FACTS
        write_sealed(facts, _facts_of(opened) | {"twinseg": version, "sha256": digests})
        with whole_file(out) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for name, file in {_FACTS: facts, **files}.items():
                info = zipfile.ZipInfo(name, _EPOCH)
                with archive.open(info, "w", force_zip64=True) as entry, file.open("rb") as source:
                    shutil.copyfileobj(source, entry)


def _run_files(folder: Path, scratch: Path) -> dict[str, Path]:
    """Return what is needed of a run folder by its name in the bundle: no path, no machine."""
    run, kept = RunFolder(folder), RunFolder(scratch)
    weights, model = require_whole_weights(folder), read_model_facts(folder)
    scratch.mkdir()
    known = {name: model[name] for name in _OF_A_MODEL if name in model}
    write_sealed(kept.model, known | {"init": told_init(model["init"])})
    write_sealed(kept.manifest, {"sha256": {weights.name: facts_of(weights).sha256}})
    files = [weights, kept.model, kept.manifest]
    files += [run.likeness] if run.likeness.exists() else []
    return {f"runs/{folder.name}/{file.name}": file for file in files}


def _facts_of(opened: OpenModel) -> dict[str, Any]:
    model, known = opened.model, opened.experience
    return {
        "format": FORMAT,
        "runs": [run.id for run in model.runs],
        "rule": model.rule,
        "weights": model.weights,
        "flips": model.flips,
        "threshold": model.threshold,
        "usual_doubt": opened.usual_doubt,
        "experience": known and {"doubt": known.doubt.tolist(), "dice": known.dice.tolist()},
        "said": [line.removesuffix("; choose another with --rule") for line in opened.said],
    }


def open_bundle(
    file: Path, *, rule: str | None, max_miss_rate: float | None, device: str
) -> OpenModel:
    """Open what `write_bundle` wrote.

    Args:
        file: The bundle.
        rule: None, or the rule that it has.
        max_miss_rate: None: its threshold was chosen when it was made.
        device: ``cpu`` or ``cuda``.

    Raises:
        StoreError: If it is no bundle, damaged, of another version, or holds what no bundle does.
        ConfigError: If another rule or threshold is asked for.
    """
    with TemporaryDirectory() as scratch:
        try:
            facts = _unpack(file, Path(scratch))
            if rule not in (None, facts["rule"]) or max_miss_rate is not None:
                raise ConfigError(
                    f"{file} has the rule {facts['rule']} and its threshold, chosen when it was "
                    "made; leave --rule and --max-miss-rate out, or export another"
                )
            return _opened(facts, Path(scratch), device)
        except StoreError as error:
            raise StoreError(str(error).replace(f"{scratch}{os.sep}", f"{file}: ")) from None
        except (KeyError, TypeError, AttributeError) as error:
            raise StoreError(f"{file}: its {_FACTS} is not ours ({error!r}); {_ADVICE}") from error


def _opened(facts: Mapping[str, Any], folder: Path, device: str) -> OpenModel:
    """Load what was taken out into ``folder``."""
    runs = [RunFolder(folder / "runs" / run) for run in facts["runs"]]
    model = Model(
        runs=tuple(load_trained(run.path, device=device) for run in runs),
        rule=facts["rule"],
        weights=facts["weights"] and tuple(facts["weights"]),
        flips=tuple(facts["flips"]),
        threshold=facts["threshold"],
    )
    likeness = runs[model.runs.index(model.watched)].likeness
    known = facts["experience"]
    return OpenModel(
        model,
        known and Experience(np.array(known["doubt"]), np.array(known["dice"])),
        facts["usual_doubt"],
        read_likeness(likeness) if likeness.exists() else None,
        tuple(facts["said"]),
        tuple(facts["sha256"][f"runs/{run.id}/{run.weights.name}"] for run in runs),
    )


def _unpack(file: Path, folder: Path) -> Mapping[str, Any]:
    """Take out every file of a bundle, known by name and checksum; return its facts."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            if len(entries) < len(archive.infolist()) or _FACTS not in entries:
                raise StoreError(f"{file} is no bundle of twinseg export; give one, or a study")
            if entries[_FACTS].file_size > _MOST_FACTS_BYTES:
                raise StoreError(f"{file}: its {_FACTS} is too large to be ours; {_ADVICE}")
            _take_out(archive, entries[_FACTS], folder / _FACTS)
            facts = _read_facts(file, folder / _FACTS)
            _require_ours(file, facts, set(entries) - {_FACTS})
            for name, digest in facts["sha256"].items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                if _take_out(archive, entries[name], folder / name) != digest:
                    raise StoreError(f"{file}: {name} is damaged or was changed; {_ADVICE}")
            return facts
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise StoreError(f"{file} is no sound zip file ({error}); {_ADVICE}") from error


def _take_out(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> str:
    """Write one file of the archive; return its SHA-256."""
    if entry.compress_type != zipfile.ZIP_STORED:  # ours are not, and cannot swell
        raise zipfile.BadZipFile(f"{entry.filename} is compressed")
    digest = hashlib.sha256()
    with archive.open(entry) as source, to.open("wb") as target:
        while block := source.read(2**20):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _read_facts(file: Path, facts: Path) -> dict[str, Any]:
    try:
        found = read_sealed(facts, advice=_ADVICE)
    except StoreError:
        raise StoreError(f"{file}: its {_FACTS} is damaged or was changed; {_ADVICE}") from None
    if found.get("format") != FORMAT:
        raise StoreError(
            f"{file} is of another version of twinseg ({found.get('twinseg')}); use that, or "
            "export it again"
        )
    return found


def _require_ours(file: Path, facts: Mapping[str, Any], names: set[str]) -> None:
    """Refuse what is missing, what nobody has a checksum of, and names that lead elsewhere."""
    listed = set(facts["sha256"])
    for name in sorted(listed | names):
        if not _RUN_FILES.fullmatch(name) or ".." in name.split("/"):
            raise StoreError(f"{file} holds {name!a}, which no bundle does; {_ADVICE}")
        if (name in listed) != (name in names):
            what = "lacks" if name in listed else "has no checksum of"
            raise StoreError(f"{file} {what} {name}; {_ADVICE}")
    if not all(f"runs/{run}/model.safetensors" in listed for run in facts["runs"]):
        raise StoreError(f"{file} lacks the weights of a run; {_ADVICE}")
