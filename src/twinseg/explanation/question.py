"""A question is a region and a score: the mean or the sum of its logits."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from twinseg.core.registry import choose
from twinseg.explanation.regions import Region, Seen
from twinseg.explanation.shapes import Each, PerImage, Plane, spread


@dataclass(frozen=True)
class Asked:
    """A question put to one batch: its score is ``sum(weights * logits)`` over the pixels."""

    weights: Plane
    defined: Each  # False where the score has no value

    def score(self, logits: Plane) -> PerImage:
        """Return the score of each image."""
        return (self.weights * logits).flatten(1).sum(dim=1)


def _mean(pixels: Tensor, count: PerImage) -> Asked:
    return Asked(pixels / spread(count.clamp(min=1), pixels), count > 0)


def _sum(pixels: Tensor, count: PerImage) -> Asked:
    return Asked(pixels, count >= 0)


# What an empty region is worth is decided here: a mean of nothing has no value, a sum is 0.
SCORES: dict[str, Callable[[Tensor, PerImage], Asked]] = {"mean": _mean, "sum": _sum}


@dataclass(frozen=True)
class Question:
    """What a map answers: what speaks for (or against) the foreground in this region?

    With ``mean`` a large region counts no more than a small one, and an empty region gives a map of
    NaN. With ``sum`` the maps of disjoint regions add up to that of their union, and an empty
    region gives 0.
    """

    region: Region
    score: str = "mean"

    @property
    def name(self) -> str:
        """``target``, or ``target-sum``; part of a folder name."""
        return self.region.name + ("" if self.score == "mean" else f"-{self.score}")

    def put_to(self, seen: Seen) -> Asked:
        """Fix the pixels, so that the question stays the same when the model answers anew."""
        score = choose(SCORES, self.score, "score")
        pixels = self.region.pixels(seen).float()
        asked = score(pixels, pixels.flatten(1).sum(dim=1))
        return Asked(-asked.weights, asked.defined) if self.region.against else asked
