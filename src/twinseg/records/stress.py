"""Names of the corruptions that test pictures may be shown with; `data.corruptions` makes them."""

from collections.abc import Sequence

from twinseg.core.nearest import did_you_mean

CORRUPTIONS = (
    *("blur", "noise", "jpeg", "brightness", "colour"),
    *("stain", "hair", "ruler"),
    *("hu-shift", "hu-noise", "slice-thickness"),
)
STRENGTHS = (1, 2, 3, 4, 5)
CLEAN = "none"  # in place of a corruption, at strength 0


def check_corruptions(names: Sequence[str]) -> None:
    """Raise ValueError, with what may have been meant, unless all names are known, each once."""
    for name in names:
        if name not in CORRUPTIONS:
            nearest = did_you_mean(name, CORRUPTIONS) or ";"
            raise ValueError(
                f"unknown corruption {name!r}{nearest} choose from: {', '.join(CORRUPTIONS)}"
            )
        if names.count(name) > 1:
            raise ValueError(f"{name} is given twice")
