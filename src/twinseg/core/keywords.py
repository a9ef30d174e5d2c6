"""Functions for people: a wrong keyword is answered by one line, with the nearest right one."""

import inspect
from functools import wraps
from typing import Any

from twinseg.core.errors import ConfigError
from twinseg.core.nearest import did_you_mean


def with_known_keywords(public: Any) -> Any:
    """Return a public function that raises `ConfigError` when called wrongly; others as they are.

    A function with ``**settings`` checks their names itself.
    """
    if not inspect.isfunction(public):
        return public
    signature = inspect.signature(public)
    names = [name for name, kind in signature.parameters.items() if kind.kind != kind.VAR_KEYWORD]

    @wraps(public)
    def called(*arguments: Any, **keywords: Any) -> Any:
        try:
            signature.bind(*arguments, **keywords)
        except TypeError as error:
            unknown = next((name for name in keywords if name not in names), "")
            meant = did_you_mean(unknown, names)
            raise ConfigError(
                f"twinseg.{public.__name__}: {error}{meant or ';'} it takes: {', '.join(names)}"
            ) from None
        return public(*arguments, **keywords)

    return called
