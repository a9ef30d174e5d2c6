"""The friendly layer of `prepare`: a folder, or a public set by its name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twinseg.core.errors import ConfigError
from twinseg.core.nearest import did_you_mean
from twinseg.core.progress import Progress, Silent
from twinseg.core.words import amount
from twinseg.data.case import Case
from twinseg.data.originals import LEFT_OUT, originals_of
from twinseg.data.prepare import prepare as prepare_folder
from twinseg.data.prepared import PreparedDataset
from twinseg.data.public import PUBLIC_SETS, fetch, with_defaults
from twinseg.records.source_settings import make_source_settings, require_side

_MOST_SHARE = 0.5  # of the pixels: more is unusual for a target, and usual for what surrounds it
_LARGE, _SMALL = 0.75, 0.25  # of a picture: targets of both kinds and few between are unusual
_NAMED = 5


def prepare(
    source: str | Path,
    dataset: str | Path,
    *,
    from_folder: str | Path | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> PreparedDataset:
    """Read images with masks once into a dataset; the same as ``twinseg prepare``.

    Args:
        source: Folder of image pairs, DICOM series, volumes or slides; or the name of a public set.
        dataset: Folder to make. An unfinished one is continued, another refused. A public set
            is downloaded beside it, into a folder of its name with ``-source`` behind.
        from_folder: Where a public set lies already; nothing is downloaded then.
        progress: Where to report; nowhere by default.
        **settings: Fields of `SourceSettings`, such as ``size``, ``foreground``, ``window``.

    Raises:
        TwinsegError: If the source cannot be used; one line says what to do.
    """
    progress = progress or Silent()
    choices, folder = make_source_settings(**settings), Path(source)
    require_side(choices.size)
    if str(source) in PUBLIC_SETS and not folder.exists():
        choices = with_defaults(str(source), choices)
        there = Path(f"{dataset}-source")
        folder = Path(from_folder) if from_folder else fetch(str(source), there, progress=progress)
    elif from_folder:
        raise ConfigError(
            f"--from goes with the name of a public set ({', '.join(PUBLIC_SETS)}), not with "
            f"{source}; give {from_folder} as SOURCE"
        )
    elif not folder.exists() and (meant := did_you_mean(str(source), PUBLIC_SETS)):
        raise ConfigError(f"{source} is neither a folder nor the name of a public set{meant}")
    data = prepare_folder(folder, Path(dataset), choices, progress=progress)
    say_dataset(data, progress)
    return data


def say_dataset(data: PreparedDataset, progress: Progress) -> None:
    """Say what came, what was converted, and what was left out and why."""
    dataset = data.dataset
    progress.say(
        f"{amount(len(dataset.cases), 'case')} of {amount(len(dataset.groups), 'group')} "
        f"({dataset.empty_masks} with an empty mask)"
    )
    pixels = sum(case.height_px * case.width_px for case in dataset.cases)
    share = sum(case.foreground_px for case in dataset.cases) / pixels
    if share > _MOST_SHARE:
        progress.say(
            f"note: the target covers {share:.0%} of all pixels; if that is the background, choose "
            "the other value by --foreground"
        )
    if dataset.facts.get("kind") != "slides" and (note := _of_two_kinds(dataset.cases)):
        progress.say(f"note: {note}")  # tiles may well be all tumour
    for note in dataset.notes:
        progress.say(f"note: {note}")
    if dataset.left_out:
        names = originals_of(data.folder) / LEFT_OUT
        where = f", by pseudonyms; their names are in {names}" if data.is_hidden else ""
        progress.say(f"left out: {len(dataset.left_out)}{where}")
        for item in dataset.left_out[:10]:
            progress.say(f"  {item.file}: {item.reason}")
        if len(dataset.left_out) > 10:
            progress.say(f"  ... and {len(dataset.left_out) - 10} more, listed in dataset.json")


def _of_two_kinds(cases: Sequence[Case]) -> str:
    """Say which masks may be inverted: they mark most of the picture, where others mark little."""
    shares = {case.id: case.foreground_px / (case.height_px * case.width_px) for case in cases}
    large = [name for name, share in shares.items() if share > _LARGE]
    small = [share for share in shares.values() if 0 < share < _SMALL]
    between = sum(_SMALL <= share <= _LARGE for share in shares.values())
    if not large or not small or len(large) <= between:
        return ""
    more = f" and {len(large) - _NAMED} more" if len(large) > _NAMED else ""
    return (
        f"{len(large)} of {amount(len(cases), 'mask')} mark more than {_LARGE:.0%} of the picture "
        f"and {len(small)} less than {_SMALL:.0%}: {', '.join(large[:_NAMED])}{more}; if black and "
        "white mean the opposite there, invert these"
    )
