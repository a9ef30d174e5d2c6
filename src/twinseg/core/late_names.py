"""Public names of a package that load their module when they are first used."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def late_names(
    package: str, homes: Mapping[str, str], *, handed_over: Callable[[Any], Any] = lambda it: it
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package that is light to import (PEP 562).

    Args:
        package: Its name.
        homes: The module of each public name.
        handed_over: What a name is for whoever asks; as it is in its module if not given.
    """

    def get(name: str) -> Any:
        if name not in homes:
            public = ", ".join(sorted(homes))
            raise AttributeError(f"{package} has no {name!r}; public names: {public}")
        return handed_over(getattr(import_module(homes[name]), name))

    return get, lambda: sorted(homes)
