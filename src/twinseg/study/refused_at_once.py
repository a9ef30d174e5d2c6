"""What is refused before torch is loaded, which takes seconds: wrong paths and names, other OUTs.

Only what is light is imported here.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.core.nearest import did_you_mean
from twinseg.core.registry import choose
from twinseg.data.own_folder import refuse_other_folder
from twinseg.data.public import PUBLIC_SETS
from twinseg.images.tree import require_there
from twinseg.records.folders import RunFolder, StudyFolder
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.records.rule_names import CHOSEN
from twinseg.records.source_settings import make_source_settings
from twinseg.study.requests import requests_of

BUNDLE_SUFFIX = ".zip"
_FIRST = (".lock", ".study.toml.part")  # all that a start of a study killed at once leaves


def refuse_to_predict(
    models: Sequence[Path], source: Path, out: Path, *, rule: str | None = None
) -> None:
    """Refuse what `predict_files` cannot begin with.

    Raises:
        TwinsegError: If a model or the source is absent, the rule is none of the study, or the
            folder holds anything else or lies in the source.
    """
    require_models(models)
    if rule not in (None, CHOSEN) and is_study(models):
        choose(dict.fromkeys(_rules_of(StudyFolder(models[0])), rule), str(rule), "rule")
    require_there(source)
    if out.resolve().is_relative_to(source.resolve()):
        raise ConfigError(
            f"{out} lies in {source}: its masks would be taken for pictures next time; choose an "
            "OUT outside of INPUT"
        )
    folder = PredictedFolder(out)
    if out.exists() and not out.is_dir():
        raise StoreError(f"{out} is a file; choose another OUT")
    there = set(out.iterdir()) if out.exists() else set()
    if there - {folder.lock} and not folder.request.exists():
        raise StoreError(f"{out} holds other files; choose another OUT")


def is_study(models: Sequence[Path]) -> bool:
    """Tell whether what is named as a model is a whole study."""
    return len(models) == 1 and StudyFolder(models[0]).settings.is_file()


def is_bundle(models: Sequence[Path]) -> bool:
    """Tell whether what is named as a model is one file: a bundle of `twinseg export`."""
    return len(models) == 1 and models[0].is_file()


def require_models(models: Sequence[Path]) -> None:
    """Raise `DataError` unless each is a run folder, or the only one is a study or a bundle."""
    for path in () if is_study(models) or is_bundle(models) else models:
        if not RunFolder(path).model.is_file():
            raise DataError(
                f"{path} is no model; give a study, run folders of one (STUDY/runs/<run>), or a "
                "bundle of twinseg export"
            )


def refuse_to_export(models: Sequence[Path], out: Path) -> None:
    """Refuse what `export_model` cannot begin with.

    Raises:
        TwinsegError: If a model is absent or a bundle already, or OUT is no new file.
    """
    require_models(models)
    if is_bundle(models):
        raise ConfigError(f"{models[0]} is a bundle already; give a study or run folders")
    if out.suffix.lower() != BUNDLE_SUFFIX:
        raise ConfigError(f"{out}: a bundle is one file; give a name that ends in {BUNDLE_SUFFIX}")
    if out.exists():
        raise StoreError(f"{out} exists; choose another OUT, nothing was changed")


def _rules_of(study: StudyFolder) -> list[str]:
    """Return what a study can predict by; [] where that is not to be read, which is told later."""
    table = study.table("validation_scores").with_suffix(".csv")
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return list(dict.fromkeys(row["model"] for row in csv.DictReader(file)))
    except (OSError, ValueError, KeyError, csv.Error):
        return []


def refuse_to_run(source: Path, out: Path, preset: str | None, settings: Mapping[str, Any]) -> None:
    """Refuse wrong settings, an absent source, and a folder that is no study or among the data.

    Raises:
        ConfigError: If a setting, a file of settings or the name of a preset is wrong.
        DataError: If the source is absent.
        StoreError: If the folder is not for a study.
    """
    for one in requests_of(source, preset, settings):
        require_there(one.source)
        refuse_no_study(one.source, out / one.name)


def refuse_to_prepare(source: str, dataset: Path, settings: Mapping[str, Any]) -> None:
    """Refuse wrong settings, an absent source and a folder of others.

    Args:
        source: A path; the name of a public set, or nearly, is looked up later.
        dataset: Folder to make.
        settings: Of `SourceSettings`.

    Raises:
        TwinsegError: If one of them is wrong.
    """
    make_source_settings(**settings)
    if source not in PUBLIC_SETS and not did_you_mean(source, PUBLIC_SETS):
        require_there(Path(source))
        refuse_other_folder(Path(source), dataset)


def require_study(out: Path) -> None:
    """Raise `StoreError` unless a study or a grid was begun in a folder."""
    settings = StudyFolder(out).settings
    if not settings.exists():
        raise StoreError(f"{out} is no study: there is no {settings.name} in it")


def refuse_no_study(source: Path, out: Path) -> None:
    """Raise `StoreError` if a folder holds something else than a study, or lies among the data."""
    if source.resolve() in (out / "x").resolve().parents:
        raise StoreError(f"{out} lies inside {source}, among the data; choose another OUT")
    if StudyFolder(out).settings.exists():
        return
    if out.exists() and (not out.is_dir() or _files_of_others(out)):
        raise StoreError(
            f"{out} exists and is not a study; choose another OUT, nothing was changed"
        )


def _files_of_others(out: Path) -> bool:
    """Tell whether there is a file that no start leaves before it has written the settings."""
    return any(not path.is_dir() and path.name not in _FIRST for path in out.rglob("*"))
