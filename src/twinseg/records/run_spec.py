"""A run and a contrast as values: what tells one trained model from another of its study."""

from dataclasses import dataclass, replace

from twinseg.core.errors import ConfigError
from twinseg.records.inits import short_init


@dataclass(frozen=True)
class RunSpec:
    """One trained model, by all that tells it from the other runs of a study.

    Attributes:
        init: Where the encoder's first weights come from; see `check_init`.
        design: How the training cases were drawn.
        fraction: Share of the training groups that were drawn, above 0, at most 1.
        seed: Of weights, order and augmentation.
        fold: Number of the fold that was kept back, from 0; None without folds.
    """

    init: str
    design: str = "random"
    fraction: float = 1.0
    seed: int = 0
    fold: int | None = None

    @property
    def id(self) -> str:
        """Name of the run and of its folder, such as ``imagenet-f100-s0``."""
        return f"{short_init(self.init)}-{self.point}"

    @property
    def point(self) -> str:
        """Name of its point of the grid: all but the init."""
        design = "" if self.design == "random" else f"{self.design}-"
        fold = "" if self.fold is None else f"-k{self.fold}"
        return f"{design}f{self.fraction * 100:g}-s{self.seed}{fold}"


@dataclass(frozen=True)
class Contrast:
    """Two runs that are equal in all but ``init``.

    Raises:
        ConfigError: If they differ in more, or would have one name.
    """

    first: RunSpec
    second: RunSpec

    def __post_init__(self) -> None:
        if replace(self.first, init=self.second.init) != self.second:
            raise ConfigError(
                f"{self.first.id} and {self.second.id} differ in more than init; no contrast"
            )
        if self.first.id == self.second.id:
            raise ConfigError(
                f"both twins would be called {self.first.id}; rename one of the weights files"
            )

    @property
    def id(self) -> str:
        """Name of the contrast, such as ``imagenet-random-f100-s0``."""
        first, second = (short_init(run.init) for run in self.runs)
        return f"{first}-{second}-{self.first.point}"

    @property
    def runs(self) -> tuple[RunSpec, RunSpec]:
        """Both runs, in their order."""
        return self.first, self.second
