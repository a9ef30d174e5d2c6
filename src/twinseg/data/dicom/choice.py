"""Which target of which file is meant: as the user says, or the only one; never guessed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.core.nearest import did_you_mean
from twinseg.data.dicom.offers import Offer, Target
from twinseg.records.source_settings import SourceSettings, rejoined

_MOST_LISTED = 12
_WORDS = {"roi": ("region", "NAME"), "segment": ("segment", "LABEL")}


@dataclass(frozen=True)
class Chosen:
    """Targets of one file."""

    offer: Offer
    numbers: tuple[int, ...]
    lacking: tuple[str, ...] = ()  # names asked for that this file does not have


@dataclass(frozen=True)
class Undecided:
    """Why nothing is chosen; the user can mend it."""

    reason: str
    several: bool  # there is more than one target, rather than none of the name asked for


def require_held(offers: Sequence[Offer], settings: SourceSettings) -> None:
    """Refuse a name that no file of the source has: half of the target would be gone unsaid.

    Args:
        offers: Of all files; those of an option that no file has are not asked.
        settings: What was asked for.

    Raises:
        DataError: If there is such a name; it says which names there are.
    """
    for option in _WORDS:
        targets = [target for offer in offers if offer.option == option for target in offer.targets]
        labels = list(dict.fromkeys(target.label for target in targets))
        for name in _asked(option, labels, settings) if targets else ():
            if not any(_is_called(target, name) for target in targets):
                shown = [f"{label} ({_numbers(targets, label)})" for label in labels[:_MOST_LISTED]]
                more = len(labels) - _MOST_LISTED
                listed = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
                raise DataError(
                    f"no {_WORDS[option][0]} is called {name!r} (--{option}); there are {listed}"
                    f"{did_you_mean(name, labels)}"
                )


def choose(offers: Sequence[Offer], settings: SourceSettings, root: Path) -> Chosen | Undecided:
    """Return the targets of a series.

    Names asked for must be in exactly one of its files; without names there must be exactly one
    target in all its files together. A number counts as one where nothing has it as its name;
    ``name:`` and ``number:`` before it say which is meant.
    """
    asked = [offer for offer in offers if _wanted(offer, settings)]
    picked = [
        (offer, target)
        for offer in asked or offers
        for target in offer.targets
        if not asked or any(_is_called(target, name) for name in _wanted(offer, settings))
    ]
    word, what = _WORDS.get(offers[0].option, ("label volume", "VALUE"))
    for offer in asked:
        for name in _wanted(offer, settings):
            if both := _named_and_numbered(offer, name):
                listed = _listed([(offer, target) for target in both], root)
                return Undecided(
                    f"has a {word} named {name} and one of that number: {listed}; say --"
                    f"{offer.option} name:{name} or --{offer.option} number:{name}",
                    several=True,
                )
    files = list(dict.fromkeys(offer.path for offer, _ in picked))
    if picked and len(files) == 1 and (asked or len(picked) == 1):
        offer, targets = picked[0][0], [target for _, target in picked]
        lacking = [
            n for n in _wanted(offer, settings) if not any(_is_called(t, n) for t in targets)
        ]
        return Chosen(offer, tuple(target.number for target in targets), tuple(lacking))
    listed = _listed([(o, t) for o in offers for t in o.targets], root)
    if asked and not picked:
        names = " or ".join(name for offer in asked[:1] for name in _wanted(offer, settings))
        return Undecided(f"has no {word} {names}; it has {listed}", several=False)
    if not picked:
        return Undecided(f"its masks hold no {word}", several=False)
    if asked:
        return Undecided(
            f"several files have the {word} asked for: {_listed(picked, root)}; choose one "
            "that is in one file only, or give one of the files",
            several=True,
        )
    choose_by = f"choose with --{offers[0].option} {what}"
    if offers[0].option == "foreground":
        choose_by = "give one of them only"
    return Undecided(f"has several {word}s: {listed}; {choose_by}", several=True)


def _wanted(offer: Offer, settings: SourceSettings) -> tuple[str, ...]:
    return _asked(offer.option, [target.label for target in offer.targets], settings)


def _asked(option: str, labels: Sequence[str], settings: SourceSettings) -> tuple[str, ...]:
    asked = {"roi": settings.roi, "segment": settings.segment}.get(option, ())
    return rejoined(asked, labels)


def _numbers(targets: Sequence[Target], label: str) -> str:
    found = sorted({target.number for target in targets if target.label == label})
    return "number " + " or ".join(map(str, found[:3]))


def _named_and_numbered(offer: Offer, name: str) -> list[Target]:
    """Return the targets that a plain number may mean, if they are different ones."""
    named = [target for target in offer.targets if _is_called(target, f"name:{name}")]
    numbered = [target for target in offer.targets if _is_called(target, f"number:{name}")]
    return [*named, *numbered] if named and numbered and named != numbered else []


def _is_called(target: Target, name: str) -> bool:
    label, number = target.label.strip().casefold(), str(target.number)
    called = name.strip().casefold()
    return called in {label, number, f"name:{label}", f"number:{number}"}


def _listed(picked: Sequence[tuple[Offer, Target]], root: Path) -> str:
    several = len({offer.path for offer, _ in picked}) > 1
    shown = [
        f"{target.label} ({target.amount})".strip()
        + (f" in {os.path.relpath(offer.path, root)}" if several else "")
        for offer, target in picked
    ]
    more = f" and {len(shown) - _MOST_LISTED} more" if len(shown) > _MOST_LISTED else ""
    return ", ".join(shown[:_MOST_LISTED]) + more
