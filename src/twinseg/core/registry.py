"""A registry is a dict and one function that answers wrong names with the right ones."""

from collections.abc import Mapping
from typing import TypeVar

from twinseg.core.errors import ConfigError

T = TypeVar("T")


def choose(table: Mapping[str, T], name: str, kind: str) -> T:
    """Return ``table[name]``, or raise `ConfigError` that says which names there are."""
    if name not in table:
        raise ConfigError(f"unknown {kind} {name!r}; choose one of: {', '.join(sorted(table))}")
    return table[name]
