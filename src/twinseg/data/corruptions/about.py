"""What decides which corruptions fit: facts of the dataset, and whether pictures are in colour."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from twinseg.data.augmentation import has_colour
from twinseg.data.prepared import PreparedDataset


@dataclass(frozen=True)
class About:
    """What is known of the pictures.

    Attributes:
        kind: Name of the kind of source.
        width_hu: Of the window through which slices of CT are shown; None if they are no such.
        has_colour: Whether any picture is not grey.
        is_slide: Whether pictures are tiles of slides.
        is_stacked: Whether any two pictures are slices of one stack.
    """

    kind: str
    width_hu: float | None
    has_colour: bool
    is_slide: bool
    is_stacked: bool


def about(data: PreparedDataset) -> About:
    """Look up what is known of a dataset; where facts do not tell colour, look at the pictures."""
    facts, cases = data.dataset.facts, data.dataset.cases
    window = facts.get("window_hu")
    in_stack = Counter(case.layer.stack for case in cases if case.layer)
    return About(
        kind=str(facts.get("kind", "pairs")),
        width_hu=float(window[1] - window[0]) if window else None,
        has_colour=not window and has_colour(data.pictures, np.arange(len(cases))),
        is_slide=facts.get("mpp") is not None,
        is_stacked=max(in_stack.values(), default=0) > 1,
    )
