"""Names that two programs have spelled in two ways: alike on the screen, or nearly."""

import re
import unicodedata
from collections.abc import Callable, Iterable

from twinseg.core.plain_text import UNSEEN

_ENDING = re.compile(
    r"\.(nii|nii\.gz|gz|nrrd|mha|mhd|hdr|img|dcm|png|jpe?g|tiff?|bmp|npy|npz|csv)$", re.IGNORECASE
)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _seen(name: str) -> str:
    return "".join(one for one in name if one.isspace() or unicodedata.category(one) not in UNSEEN)


def _without_blanks(name: str) -> str:
    return re.sub(r"\s+", "", name)


def _without_ending(name: str) -> str:
    return _ENDING.sub("", _ENDING.sub("", name))


_WAYS: dict[str, Callable[[str], str]] = {
    "Unicode form (NFC or NFD)": _composed,
    "characters that cannot be seen": _seen,
    "blanks": _without_blanks,
    "capitals": str.casefold,
    "file endings": _without_ending,
}


def alike_but_spelled(name: str) -> str:
    """Return what names share that differ in one or more of these ways only."""
    return _folded(name, _WAYS.values())


def spelled_apart(first: str, second: str) -> str:
    """Say in what two names differ of which `alike_but_spelled` is the same."""
    apart = []
    for said, way in _WAYS.items():
        others = [other for other in _WAYS.values() if other is not way]
        if _folded(first, others) != _folded(second, others):
            apart.append(said)
    return " and ".join(apart)


def _folded(name: str, ways: Iterable[Callable[[str], str]]) -> str:
    for way in ways:
        name = way(name)
    return name
