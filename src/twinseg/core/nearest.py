"""What somebody meant who has mistyped a name."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def one_of(close: Sequence[str], otherwise: str) -> str:
    """Return ``"did you mean X or Y?"`` for names that are close, or what to do ``otherwise``."""
    return f"did you mean {' or '.join(close)}?" if close else otherwise


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the name most like ``name``, or nothing if none is."""
    lowered = {known.lower(): known for known in names}
    close = get_close_matches(name.lower(), lowered, n=1)
    return lowered[close[0]] if close else ""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``"; did you mean X?"`` for the name most like ``name``, or nothing if none is."""
    found = nearest(name, names)
    return f"; did you mean {found}?" if found else ""
