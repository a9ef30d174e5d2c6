"""Regions as people write them on a command line: ``target``, ``box:10,20,60,80``, ``lesion:1``."""

from collections.abc import Callable

from twinseg.core.errors import ConfigError
from twinseg.explanation.regions import NAMED, Region, boundary, box, lesion, point

WITH_NUMBERS: dict[str, tuple[str, Callable[[tuple[int, ...]], Region]]] = {
    "box": ("box:ROW,COLUMN,ROW,COLUMN (first and after the last)",
            lambda n: box(n[: len(n) // 2], n[len(n) // 2 :])),
    "point": ("point:ROW,COLUMN", point),
    "lesion": ("lesion:NUMBER (1 is the largest)", lambda n: lesion(*n)),
    "boundary": ("boundary:WIDTH in px", lambda n: boundary(*n)),
}  # fmt: skip


def region_named(text: str) -> Region:
    """Return the region that ``text`` names.

    Raises:
        ConfigError: If it names none; the message lists all.
    """
    if text in NAMED:
        return NAMED[text]
    word, _, numbers = text.partition(":")
    if word not in WITH_NUMBERS:
        forms = [*NAMED, *(form for form, _ in WITH_NUMBERS.values())]
        raise ConfigError(f"unknown region {text!r}; choose one of: {', '.join(forms)}")
    form, make = WITH_NUMBERS[word]
    try:
        return make(tuple(int(number) for number in numbers.split(",")))
    except (ValueError, TypeError) as error:
        raise ConfigError(f"cannot read the region {text!r}; write {form}") from error
