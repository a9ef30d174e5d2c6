"""Changes of training that no setting offers, each tried by a patch of the real loop.

What stands out on folds that were kept back may become a setting; docs/training.md tells the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from twinseg.core.arrays import MaskStack, Pictures, SquarePlane

_LOOP = "twinseg.training.loop"
_DECAY = 0.99  # of the moving average, after a warm-up


@contextmanager
def without_clipping() -> Iterator[None]:
    """Let every gradient be as long as it is."""
    with patch(f"{_LOOP}.LONGEST_GRADIENT", 1e9):
        yield


@contextmanager
def without_decay_of_vectors() -> Iterator[None]:
    """Spare norms and biases the weight decay."""

    def adam(parameters: Iterable[Tensor], *, weight_decay: float, **other: Any) -> AdamW:
        every = list(parameters)
        groups = [
            {"params": [one for one in every if one.ndim > 1], "weight_decay": weight_decay},
            {"params": [one for one in every if one.ndim <= 1], "weight_decay": 0.0},
        ]
        return AdamW(groups, **other)

    with patch(f"{_LOOP}.AdamW", adam):
        yield


class _Averaged(AdamW):
    """AdamW that keeps a moving average of what it changes."""

    def __init__(self, parameters: Iterable[Tensor], **other: Any) -> None:
        self.live = list(parameters)
        self.average = [one.detach().clone() for one in self.live]
        self.steps = 0
        super().__init__(self.live, **other)

    @torch.no_grad()
    def step(self, *given: Any, **named: Any) -> Any:
        """Step, then draw the average nearer."""
        out = super().step(*given, **named)
        self.steps += 1
        decay = min(_DECAY, (1 + self.steps) / (10 + self.steps))
        for mean, now in zip(self.average, self.live, strict=True):
            mean.lerp_(now, 1 - decay)
        return out


@contextmanager
def moving_average() -> Iterator[Callable[[nn.Module], None]]:
    """Yield what puts the average of the weights in the place of the last ones."""
    made: list[_Averaged] = []

    def adam(parameters: Iterable[Tensor], **other: Any) -> _Averaged:
        made.append(_Averaged(parameters, **other))
        return made[0]

    def place(network: nn.Module) -> None:
        with torch.no_grad():
            for one, mean in zip(network.parameters(), made[0].average, strict=True):
                one.copy_(mean)

    with patch(f"{_LOOP}.AdamW", adam):
        yield place


VARIANTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "no clipping": without_clipping,
    "no decay of norms": without_decay_of_vectors,
    "moving average": moving_average,
}
LETTERBOX = "letterbox"


@dataclass(frozen=True)
class Letterbox:
    """Where a picture lies in the square that shows it whole, its sides as they are."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of(cls, height_px: int, width_px: int, side: int) -> "Letterbox":
        """Centre a picture of that shape in a square of ``side``."""
        scale = side / max(height_px, width_px)
        height, width = round(height_px * scale), round(width_px * scale)
        return cls((side - height) // 2, (side - width) // 2, height, width)

    def inner(self, plane: SquarePlane) -> SquarePlane:
        """Cut the picture's part out of the square."""
        return plane[self.top : self.top + self.height, self.left : self.left + self.width]

    def put(self, stretched: np.ndarray, ground: Any, interpolation: int) -> np.ndarray:
        """Shrink one side of a square picture, and lay it on ``ground``."""
        square = np.full_like(stretched, 0)
        square[:] = ground
        self.inner(square)[:] = cv2.resize(
            stretched, (self.width, self.height), interpolation=interpolation
        )
        return square


def letterboxed(
    pictures: Pictures, masks: MaskStack, boxes: list[Letterbox]
) -> tuple[Pictures, MaskStack]:
    """Return pictures on a ground of their own mean, and their masks on nothing."""
    area = partial(Letterbox.put, interpolation=cv2.INTER_AREA)
    planes = [
        area(box, picture, picture.mean((0, 1)).round())
        for box, picture in zip(boxes, pictures, strict=True)
    ]
    targets = [
        area(box, mask.astype(np.float32), 0.0) > 0.5
        for box, mask in zip(boxes, masks, strict=True)
    ]
    return np.stack(planes), np.stack(targets).astype(masks.dtype)
