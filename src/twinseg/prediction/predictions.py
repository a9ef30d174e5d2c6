"""Masks of a model or a rule, as they lie on disk: what every later step reads."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Plane, Planes
from twinseg.core.errors import StoreError
from twinseg.core.planes import open_planes

THRESHOLD = 0.5  # a pixel of a higher probability is marked
PROBABILITIES = "probabilities"  # folder beside the masks


@dataclass(frozen=True)
class Predictions:
    """One mask a case, on the source grid, and the probabilities it follows from, if it does.

    A model and a rule hand on the same kind of value.
    """

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
            content = io.BytesIO(path.read_bytes())
            with Image.open(content, formats=("PNG",)) as image:
                image.verify()  # reading alone does not notice every flipped bit
            content.seek(0)
            with Image.open(content, formats=("PNG",)) as image:
                values = np.asarray(image)
        except Exception as error:  # whatever Pillow makes of a damaged file
            raise StoreError(f"cannot read the mask {path}; {self._advice}") from error
        mask: np.ndarray = values > 0
        if values.ndim != 2 or not np.array_equal(values, mask * np.uint8(255)):
            raise StoreError(f"{path} is no mask of 0 and 255; {self._advice}")
        return mask

    @property
    def has_probabilities(self) -> bool:
        """False for a rule that works on masks, such as a union."""
        return (self.folder / PROBABILITIES).exists()

    def probabilities(self, case_ids: Sequence[str]) -> Planes:
        """Read the probabilities of foreground on the grid of the network.

        Returns:
            float32 in [0, 1], (case, y, x), in the order of ``case_ids``. Where `mask` follows
            from them it is `to_source_grid` of a plane: linear interpolation, then above one half.

        Raises:
            StoreError: If there are none, or not of such a case.
        """
        if not self.has_probabilities:
            raise StoreError(f"{self.folder} holds masks without probabilities; {self._advice}")
        return open_planes(self.folder / PROBABILITIES, advice=self._advice).read(case_ids)

    def probability(self, case_id: str) -> Plane:
        """Read the probability of foreground of one case, interpolated to the source grid.

        Returns:
            float32 in [0, 1], (y, x), of the shape of `mask`.

        Raises:
            StoreError: If there is none.
        """
        from twinseg.prediction.source_grid import stretch  # late: torch is slow to import

        height_px, width_px = self.mask(case_id).shape
        return stretch(self.probabilities([case_id])[0], height_px, width_px)

    @property
    def _advice(self) -> str:
        return f"delete the folder {self.folder} and give the same command again to make it anew"


def write_mask(path: Path, mask: Mask) -> None:
    """Write a mask as PNG, 0 and 255."""
    Image.fromarray(mask.astype(np.uint8) * 255).save(path)
