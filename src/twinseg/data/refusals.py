"""What `prepare` refuses: folders of others, other settings, other files, nothing to use."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.errors import DataError, StoreError
from twinseg.core.words import amount
from twinseg.data.case import Dataset
from twinseg.data.dataset_files import read_described
from twinseg.data.own_folder import is_prepared
from twinseg.images.unit import LeftOut, NothingUsableError
from twinseg.records.source_settings import SourceSettings


def require_usable(
    dataset: Dataset, source: Path, left_out: Sequence[LeftOut], settings: SourceSettings
) -> None:
    """Raise DataError if there is no case, or nothing of the target that was asked for.

    With ``settings.strict`` also if anything was left out.
    """
    if not dataset.cases:
        raise NothingUsableError(f"nothing of {source} can be used", left_out)
    if settings.foreground and dataset.empty_masks == len(dataset.cases):
        raise DataError(
            f"none of {amount(len(dataset.cases), 'mask')} of {source} holds "
            f"{', '.join(settings.foreground)}; leave --foreground out to see what they hold"
        )
    if settings.strict and left_out:
        count = amount(len(left_out), "file")
        raise NothingUsableError(f"{count} of {source} cannot be used and --strict is on", left_out)


def refuse_other_settings(folder: Path, kind: str, settings: SourceSettings) -> None:
    """Name each setting in which a dataset that is there differs, before anything is read."""
    if not is_prepared(folder):
        return
    described = read_described(folder)
    facts = described.get("facts", {})
    before = facts.get("settings", {}) | {"size": described.get("size"), "kind": facts.get("kind")}
    now = settings.model_dump(mode="json") | {"kind": kind}
    changed = [
        f"{name} was {_shown(before[name])}, now {_shown(value)}"
        for name, value in now.items()
        if name != "strict" and before.get(name, value) != value
    ]
    if changed:
        raise StoreError(
            f"{folder} was prepared with other settings: {'; '.join(changed)}; repeat them or "
            "choose another name"
        )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value in (None, "", []):
        return "not given"
    return ",".join(map(str, value)) if isinstance(value, list) else repr(value)


def require_the_same(folder: Path, dataset: Dataset) -> None:
    """Let a dataset be replaced by an equal one only: studies stand on it."""
    if is_prepared(folder) and read_described(folder).get("fingerprint") != dataset.fingerprint:
        raise StoreError(
            f"{folder} was prepared from other files: images, masks or groups changed since; "
            "choose another name"
        )
