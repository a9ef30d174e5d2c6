"""Which runs a study consists of: every point of a grid, and the contrasts of inits there."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, field_validator

from twinseg.core.checked import checked, require_known
from twinseg.core.errors import ConfigError
from twinseg.core.store import write_text
from twinseg.records.inits import check_init
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import (
    GRID,
    NAMES,
    Design,
    StudySettings,
    damaged_settings,
    make_settings,
    settings_from,
)


class GridSettings(BaseModel):
    """The grid: every option takes one value, or several joined by commas."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    init: tuple[str, ...] = Field(
        ("imagenet", "random"),
        description="first weights: imagenet, random, random:2 or .safetensors files; two or more",
    )
    design: tuple[Design, ...] = Field(
        ("random",),
        description="how training groups are drawn: random, sparse, gaussian, no-rare, few-groups",
    )
    fraction: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (1.0,), description="shares of the training groups used; smaller ones lie in larger ones"
    )
    seed: tuple[Annotated[int, Field(ge=0, lt=2**63)], ...] = Field(
        (0,), description="seeds of weights, order, augmentation, subsets and resamples"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _one_or_several(cls, values: object) -> object:
        if isinstance(values, str):
            return tuple(part.strip() for part in values.split(",") if part.strip())
        return tuple(values) if isinstance(values, list | tuple) else (values,)

    @field_validator("*")
    @classmethod
    def _each_once(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if not values:
            raise ValueError("expected at least one value")
        for value in values:
            if values.count(value) > 1:
                raise ValueError(f"{value} is given twice")
        return values

    @field_validator("init")
    @classmethod
    def _some_to_compare(cls, init: tuple[str, ...]) -> tuple[str, ...]:
        if len(init) < 2:
            raise ValueError("expected two starts at least, such as imagenet,random")
        for name in init:
            check_init(name)
        return init


@dataclass(frozen=True)
class Grid:
    """A grid of runs, with everything else that was asked, which all runs share.

    Attributes:
        axes: The grid.
        shared: All other settings; its own point is that of the first contrast.
    """

    axes: GridSettings
    shared: StudySettings

    @property
    def folds(self) -> tuple[int | None, ...]:
        """Numbers of the folds; None alone where there is one split."""
        return tuple(range(self.shared.split.folds)) or (None,)

    @cached_property
    def contrasts(self) -> tuple[StudySettings, ...]:
        """Return the settings of every contrast: each pair of inits at each point of the grid."""
        return tuple(self._contrasts())

    def _contrasts(self) -> Iterator[StudySettings]:
        axes, split = self.axes, self.shared.split
        # One split for all seeds, which are a measured factor.
        seed = axes.seed[0] if split.split_seed is None else split.split_seed
        split = split.model_copy(update={"split_seed": seed}) if self.is_grid else split
        points = product(axes.design, axes.fraction, axes.seed, self.folds)
        for (design, fraction, one, fold), init in product(points, combinations(axes.init, 2)):
            update = {"init": init, "design": design, "fraction": fraction, "seed": one}
            point = self.shared.point.model_copy(update=update | {"fold": fold})
            yield self.shared.model_copy(update={"point": point, "split": split})

    @property
    def is_grid(self) -> bool:
        """Whether there is more than one contrast; one alone is a pair of twins."""
        axes = self.axes
        more = (len(axes.init) - 1, len(axes.design), len(axes.fraction), len(axes.seed))
        return max(*more, len(self.folds)) > 1

    @cached_property
    def runs(self) -> tuple[RunSpec, ...]:
        """Every run, once."""
        return tuple(dict.fromkeys(run for one in self.contrasts for run in one.contrast.runs))

    def as_tables(self) -> dict[str, Any]:
        """Return it as tables of a file."""
        rest = self.shared.model_dump(exclude_none=True)
        del rest["point"]
        return {"remark": rest.pop("remark"), GRID: self.axes.model_dump(), **rest}


GRID_NAMES = (*GridSettings.model_fields, *(name for name in NAMES if name != "fold"))


def make_grid(**values: Any) -> Grid:
    """Return a checked grid from the names of its settings, whatever their stage.

    Raises:
        ConfigError: One line that names the setting, what came and what was expected.
    """
    require_known(values, dict.fromkeys(GRID_NAMES))
    own = {name: value for name, value in values.items() if name in GridSettings.model_fields}
    axes = checked(GridSettings, own)
    rest = {name: value for name, value in values.items() if name not in own}
    first = {"design": axes.design[0], "fraction": axes.fraction[0], "seed": axes.seed[0]}
    shared = make_settings(init=axes.init[:2], **first, **rest)
    grid = Grid(axes, shared)
    _require_own_names(grid)
    return grid


def _require_own_names(grid: Grid) -> None:
    """Refuse runs of one name: their folders would be one."""
    by_id: dict[str, RunSpec] = {}
    for run in grid.runs:
        other = by_id.setdefault(run.id, run)
        if other != run:
            raise ConfigError(
                f"two runs would be called {run.id}: {other} and {run}; rename a weights file"
            )


def write_grid(path: Path, grid: Grid) -> None:
    """Write it in full as TOML."""
    write_text(path, tomli_w.dumps(grid.as_tables()))


def is_grid_file(path: Path) -> bool:
    """Tell whether settings are those of a grid rather than of a pair."""
    try:
        return GRID in tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def read_grid(path: Path) -> Grid:
    """Read what `write_grid` wrote.

    Raises:
        StoreError: If the file is absent, damaged, or of another version.
    """
    try:
        return grid_from(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, ConfigError) as error:
        raise damaged_settings(path, error) from error


def grid_from(tables: Mapping[str, Any]) -> Grid:
    """Make a grid from tables such as `Grid.as_tables` gives.

    Raises:
        ConfigError: If a table or a setting is not known, or has another kind of value.
    """
    own = tables.get(GRID, {})
    if not isinstance(own, Mapping):
        raise ConfigError(f"{GRID} is no table of settings, got {own!r}")
    shared = settings_from({name: value for name, value in tables.items() if name != GRID})
    rest = {name: value for name, value in shared.flat().items() if value is not None}
    return make_grid(**{n: v for n, v in rest.items() if n in GRID_NAMES} | dict(own))
