"""``--masks liver,spleen`` among label volumes: which files are meant, and where one is missing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.nearest import did_you_mean
from twinseg.core.words import amount
from twinseg.images.volumes.volume_file import volume_stem

_MOST_LISTED = 12


def is_called(label: PurePosixPath, names: Iterable[str]) -> bool:
    """Tell whether one of the names is that of the file, without suffix, or of its folder."""
    own = {name.casefold() for name in _names(label)}
    return any(name.strip("/").casefold() in own for name in names)


def require_known(labels: Sequence[PurePosixPath], chosen: Iterable[str]) -> None:
    """Refuse names that no label volume has; nothing is asked where there are none at all.

    Raises:
        DataError: If there is such a name; it says which names there are.
    """
    for name in chosen if labels else ():
        if not any(is_called(label, [name]) for label in labels):
            times = Counter(known for label in labels for known in _names(label))
            known = sorted(times, key=lambda known: (-times[known], known))
            listed = ", ".join(sorted(known[:_MOST_LISTED]))
            more = f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
            raise DataError(
                f"no label volume, and no folder of some, is called {name!r} (--masks); there are "
                f"{listed}{more}{did_you_mean(name, known)}"
            )


def said_of_chosen(
    labels_of: Mapping[PurePosixPath, Sequence[PurePosixPath]], chosen: Iterable[str]
) -> list[str]:
    """Say of which volumes several labels are put together, and which lack one.

    Args:
        labels_of: Label volumes of each volume that has some.
        chosen: Names given by ``--masks``.
    """
    notes = []
    if several := [labels for labels in labels_of.values() if len(labels) > 1]:
        example = ", ".join(label.name for label in several[0][:3])
        said = f"of {amount(len(several), 'volume')} several label volumes are put together"
        notes.append(f"{said}, such as {example}")
    for name in chosen:
        lacking = [
            image
            for image, labels in labels_of.items()
            if not any(is_called(label, [name]) for label in labels)
        ]
        if lacking:
            notes.append(
                f"{len(lacking)} of {amount(len(labels_of), 'volume')} without a file {name}, "
                f"which counts as not there, such as {lacking[0]}"
            )
    return notes


def _names(label: PurePosixPath) -> tuple[str, ...]:
    return tuple(name for name in (volume_stem(label.name), label.parent.name) if name)
