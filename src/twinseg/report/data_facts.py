"""The data and its split in numbers: what went into each part, and how they compare."""

from dataclasses import dataclass

from twinseg.report.contents import Contents
from twinseg.report.figures import Series

_PARTS = ("train", "validation", "test", "unused")
_PART_COLOUR = "#5b6876"


@dataclass(frozen=True)
class Part:
    """Counts of one part of the split."""

    name: str
    cases: int
    groups: int
    empty_masks: int
    median_share: float  # of foreground, in [0, 1]


def parts_of(study: Contents) -> list[Part]:
    """Count each part that holds a case; ``unused`` is what a fraction left out of training."""
    parts = []
    for name in _PARTS:
        rows = study.cases[study.cases["split"] == name]
        if len(rows):
            parts.append(
                Part(
                    name,
                    cases=len(rows),
                    groups=int(rows["group"].nunique()),
                    empty_masks=int((rows["foreground_px"] == 0).sum()),
                    median_share=float(rows["foreground_share"].median()),
                )
            )
    return parts


def shares_by_part(study: Contents) -> list[Series]:
    """Foreground share of every case, part by part."""
    return [
        Series(
            part.name,
            _PART_COLOUR,
            study.cases.loc[study.cases["split"] == part.name, "foreground_share"].to_numpy(float),
        )
        for part in parts_of(study)
    ]
