"""Metrics as they are asked for: names, which way each is better, and what they hide."""

from collections.abc import Iterable, Mapping
from shlex import quote

import pandas as pd

from twinseg.comparison.columns import numbers_of
from twinseg.core.errors import ConfigError
from twinseg.metrics import DISTANCE, METRICS, Direction, direction, higher_is_better


def asked_metrics(metric: str, *, lower_is_better: bool = False) -> dict[str, bool]:
    """Part what was asked for in ``--metric`` into names, and say of each whether more is better.

    Args:
        metric: Names joined by commas, each with ``:lower`` or ``:higher`` behind it or without.
        lower_is_better: Of the one metric whose name does not say.

    Raises:
        ConfigError: If that is not known of a metric: nobody may guess it.
    """
    asked: dict[str, bool | None] = {}
    for one in map(str.strip, metric.split(",")):
        if not one:
            raise ConfigError(f"--metric {metric} has nothing before, between or behind its commas")
        before, colon, way = one.rpartition(":")
        if colon and way not in ("lower", "higher") and higher_is_better(before) is not None:
            raise ConfigError(
                f"--metric {one}: behind the colon stands lower or higher, got {way or 'nothing'}"
            )
        name = before if before and way in ("lower", "higher") else one
        if name in asked:
            raise ConfigError(f"--metric {metric} names {name} twice; name it once")
        asked[name] = (way == "higher") if name != one else higher_is_better(name)
    unknown = [name for name, higher in asked.items() if higher is None]
    if lower_is_better and len(unknown) == 1 and direction(unknown[0]) is not Direction.SIGNED:
        asked[unknown.pop()] = False
    for name in unknown:
        if direction(name) is Direction.SIGNED:
            raise ConfigError(
                f"{name} is best at 0, neither more nor less is better; make a column of its "
                f"absolute values and compare that with :lower behind its name"
            )
        raise ConfigError(
            f"is more of {name} better, or less? say --metric {quote(f'{name}:higher')} or "
            f"{quote(f'{name}:lower')}"
        )
    return {name: bool(higher) for name, higher in asked.items()}


def turned_around(asked: Mapping[str, bool]) -> list[str]:
    """Say which known metrics were asked for against what their names say."""
    return [
        f"{name}: {'more' if higher else 'less'} is taken as better, as asked; its name says the "
        "opposite"
        for name, higher in asked.items()
        if higher_is_better(name) not in (None, higher)
    ]


def missed_objects(tables: Mapping[str, pd.DataFrame], metrics: Iterable[str]) -> list[str]:
    """Say how many objects each model of our own tables missed, if a distance is asked for.

    There the distance of a case in which nothing is marked is the diagonal of the image, which no
    mean shows.
    """
    pixels = ("reference_pixels", "tp")
    asked = [name for name in metrics if name in METRICS and METRICS[name].unit == DISTANCE]
    if not asked or not all(set(pixels) <= set(table.columns) for table in tables.values()):
        return []
    counts = []
    for name, table in tables.items():
        reference, found = (numbers_of(table[column], name) for column in pixels)
        counts.append(f"{name} {int(((reference > 0) & (found == 0)).sum())}")
    distances = ", ".join(asked)
    return [
        f"objects missed completely: {', '.join(counts)}; where nothing is marked, {distances} is "
        "the diagonal of the image"
    ]
