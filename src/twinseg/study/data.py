"""The data of a study: a dataset that was prepared before, or a source prepared in passing."""

from pathlib import Path

from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress
from twinseg.data.case import Dataset
from twinseg.data.own_folder import is_prepared
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.records.source_settings import SourceSettings, make_source_settings

FEWEST_GROUPS = 8


def open_or_prepare(
    source: Path, out: Path, settings: SourceSettings, progress: Progress
) -> PreparedDataset:
    """Open ``source`` if it is a prepared dataset, else prepare it in ``out/dataset``.

    Raises:
        DataError: If it cannot be used, or holds too little to train, validate and test on.
        ConfigError: If choices about a source are made for a dataset that is prepared.
        StoreError: If files of it are damaged.
    """
    if is_prepared(source):
        data = open_prepared(source)
        _require_no_other_choices(source, data, settings)
        data.require_whole()
        if missing := data.first_missing():
            raise DataError(
                f"{source} refers to {missing}, which is not there; put its images back, or "
                "prepare them again where they are now"
            )
    else:
        data = prepare(source, out / "dataset", settings, progress=progress)
    _require_enough(data.dataset, source)
    return data


def _require_no_other_choices(
    source: Path, data: PreparedDataset, settings: SourceSettings
) -> None:
    if data.size != settings.size:
        raise ConfigError(
            f"{source} was prepared at {data.size} px, not at {settings.size}; leave --size out, "
            "or prepare it again at that size"
        )
    if settings != make_source_settings(size=data.size):
        made = settings.model_dump(exclude_defaults=True, exclude={"size"})
        raise ConfigError(
            f"{source} is prepared already: {', '.join(made)} can be chosen by `twinseg prepare`"
        )


def _require_enough(dataset: Dataset, source: Path) -> None:
    groups = len(dataset.groups)
    if groups == 1:
        raise DataError(
            f"all {len(dataset.cases)} cases of {source} are in one group {dataset.groups[0]!r}; "
            "a group is never split, so testing needs more: see the column group of index.csv"
        )
    if groups < FEWEST_GROUPS:
        raise DataError(
            f"{source} has {groups} groups, expected at least {FEWEST_GROUPS} to train, validate "
            "and test on different ones; add cases of other patients"
        )
    if dataset.empty_masks == len(dataset.cases):
        raise DataError(f"all {len(dataset.cases)} masks of {source} are empty; nothing to learn")
