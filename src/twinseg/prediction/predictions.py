"""Masks of a model or a rule, as they lie on disk: what every later step reads."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask
from twinseg.core.errors import StoreError


@dataclass(frozen=True)
class Predictions:
    """One mask a case, on the source grid. A model and a rule hand on the same kind of value."""

    model: str  # run id, or name of the rule
    kind: str  # run or rule
    folder: Path

    def mask(self, case_id: str) -> Mask:
        """Read the mask of one case.

        Raises:
            StoreError: If it is absent or damaged.
        """
        path = self.folder / f"{case_id}.png"
        try:
            with Image.open(path) as image:
                return np.asarray(image) > 0
        except OSError as error:
            raise StoreError(
                f"cannot read the mask {path}; delete the folder {self.folder} and give the same "
                "command again to make it anew"
            ) from error


def write_mask(path: Path, mask: Mask) -> None:
    """Write a mask as PNG, 0 and 255."""
    Image.fromarray(mask.astype(np.uint8) * 255).save(path)
