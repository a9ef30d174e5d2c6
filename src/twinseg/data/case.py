"""What a case and a dataset are: frozen values that point at the user's untouched files."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from twinseg.images.picture import Layer, Origin
from twinseg.images.unit import LeftOut


@dataclass(frozen=True, kw_only=True)
class Case:
    """One image with its reference mask."""

    id: str
    group: str
    origin: Origin | None
    height_px: int
    width_px: int
    foreground_px: int
    spacing_mm: tuple[float, float] | None  # (row, column); None where the file does not say
    digest: str  # SHA-256 of the pixels of image and mask as read
    layer: Layer | None = None  # None if it is no slice of a volume

    @property
    def foreground_share(self) -> float:
        """Share of the pixels that the reference marks, in [0, 1]."""
        return self.foreground_px / (self.height_px * self.width_px)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Cases of one kind, in the order of their ids, and everything that was left out."""

    name: str
    cases: tuple[Case, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]  # what was converted on the way in, in plain words
    facts: Mapping[str, Any] = field(default_factory=dict)  # kind, source, window and the like

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 that changes when any pixel, label, id or group does."""
        lines = (f"{case.id}\t{case.group}\t{case.digest}" for case in self.cases)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def groups(self) -> tuple[str, ...]:
        """Each group once, sorted."""
        return tuple(sorted({case.group for case in self.cases}))

    @property
    def empty_masks(self) -> int:
        """How many reference masks mark nothing."""
        return sum(case.foreground_px == 0 for case in self.cases)

    def reasons(self) -> Counter[str]:
        """Count what was left out by reason."""
        return Counter(item.reason for item in self.left_out)

    def table(self) -> pd.DataFrame:
        """One row per case: id, group, size, foreground, spacing, place, digest (no paths)."""
        return pd.DataFrame(
            {
                "case": [case.id for case in self.cases],
                "group": [case.group for case in self.cases],
                "height_px": [case.height_px for case in self.cases],
                "width_px": [case.width_px for case in self.cases],
                "foreground_px": [case.foreground_px for case in self.cases],
                "foreground_share": [case.foreground_share for case in self.cases],
                "row_spacing_mm": [(case.spacing_mm or (None,))[0] for case in self.cases],
                "column_spacing_mm": [(case.spacing_mm or (None,))[-1] for case in self.cases],
                "stack": [case.layer and case.layer.stack for case in self.cases],
                "height_mm": [case.layer and case.layer.height_mm for case in self.cases],
                "digest": [case.digest for case in self.cases],
            }
        )
