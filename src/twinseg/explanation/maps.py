"""Heat maps as a frozen value that says what its numbers mean."""

from dataclasses import dataclass, fields

import numpy as np
import torch

from twinseg.explanation.interpolation import to_grid


@dataclass(frozen=True, kw_only=True)
class HeatMaps:
    """One kind of map of several images."""

    values: np.ndarray  # float32 (image, *place); signed, never rescaled; NaN where undefined
    unit: str  # of the values, such as logit
    method: str
    layer: str
    region: str
    score: str  # mean or sum
    against: bool  # whether it asks for the evidence against the foreground
    space: tuple[int, ...]  # grid of the images, such as (rows, columns)
    asked: np.ndarray  # bool (image, *grid of the logits): the pixels of the region

    @property
    def name(self) -> str:
        """Folder name of this kind of map, ``<method>-<layer>-<question>``."""
        question = self.region if self.score == "mean" else f"{self.region}-{self.score}"
        return f"{self.method}-{self.layer}-{question}"

    def on_images(self) -> np.ndarray:
        """Interpolate linearly to the grid of the images, float32 (image, *space)."""
        on_grid: np.ndarray = to_grid(torch.from_numpy(self.values), self.space).numpy()
        return on_grid

    @property
    def meaning(self) -> dict[str, object]:
        """Everything but the arrays, for a file beside them."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("values", "asked")
        }
