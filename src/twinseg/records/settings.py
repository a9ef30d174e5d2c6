"""What a study was asked to do, stage by stage: frozen values, kept in ``study.toml``."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, field_validator

from twinseg.core.checked import checked, require_known
from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.store import write_text
from twinseg.records.inits import check_init
from twinseg.records.run_spec import Contrast, RunSpec

Share = Annotated[float, Field(gt=0, lt=1)]


class _Stage(BaseModel):
    """Settings of one stage, checked when made; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GridSettings(_Stage):
    """Which runs a study consists of."""

    init: tuple[str, str] = ("imagenet", "random")
    design: Literal["random", "sparse", "gaussian", "no-rare", "few-groups"] = "random"
    fraction: float = Field(1.0, gt=0, le=1, description="share of the training groups used")
    seed: int = Field(0, ge=0, lt=2**63, description="a column of whole numbers holds it")

    @field_validator("init", mode="before")
    @classmethod
    def _two_of_them(cls, init: object) -> object:
        if not isinstance(init, tuple | list) or len(init) != 2:
            raise ValueError("expected two starts, such as imagenet,random")
        return init

    @field_validator("init")
    @classmethod
    def _twins_differ(cls, init: tuple[str, str]) -> tuple[str, str]:
        for name in init:
            check_init(name)
        if init[0] == init[1]:
            raise ValueError(f"twins must differ in init, got {init[0]} twice")
        return init


class ModelSettings(_Stage):
    """The network of every run, and how it is shown a picture."""

    encoder: str = "vgg16"
    size: int = Field(256, gt=0, description="side of the square the network sees, in pixels")
    partial_weights: bool = False
    mean: str = Field("", description="of images in [0, 1], as first weights expect, 0.5,0.5,0.5")
    std: str = ""
    like: str = Field("", description="timm weights with the same normalisation")


class SplitSettings(_Stage):
    """Which cases are kept back."""

    test_fraction: Share = 0.2
    validation_fraction: Share = 0.15


class TrainingSettings(_Stage):
    """How every run is trained."""

    epochs: int = Field(40, gt=0)
    batch_size: int = Field(16, gt=0)
    learning_rate: float = Field(2e-3, gt=0, description="highest rate of the one-cycle schedule")
    weight_decay: float = Field(1e-2, ge=0)
    dice: Literal["case", "batch"] = Field(
        "case", description="soft Dice of each case, or of a batch as one image"
    )
    warp: float = Field(
        0.0, ge=0, le=3, description="strength of rotation and scale; 0: only flips"
    )
    colour: float = Field(0.0, ge=0, le=3, description="strength of colour and brightness changes")
    keep: Literal["last", "best"] = Field("last", description="weights of which epoch are kept")


class EvaluationSettings(_Stage):
    """What is measured of the answers and the heat maps."""

    flips: bool = Field(False, description="answers to flipped images join the rules as members")
    surface_tolerance: float = Field(2.0, gt=0, description="mm where spacing is known, else px")
    ring: float = Field(5.0, gt=0, description="width of the ring around objects, mm or px")
    evidence_cases: int = Field(24, gt=0, description="test cases for the costly evidence of maps")


class StudySettings(_Stage):
    """All settings of a study. What it was computed on is not among them: see `Hardware`."""

    remark: str = Field("", description="said first in the report")
    grid: GridSettings = Field(default_factory=lambda: checked(GridSettings, {}))
    model: ModelSettings = Field(default_factory=lambda: checked(ModelSettings, {}))
    split: SplitSettings = Field(default_factory=lambda: checked(SplitSettings, {}))
    training: TrainingSettings = Field(default_factory=lambda: checked(TrainingSettings, {}))
    evaluation: EvaluationSettings = Field(default_factory=lambda: checked(EvaluationSettings, {}))

    @property
    def contrast(self) -> Contrast:
        """The twins."""
        grid = self.grid
        first, second = (RunSpec(init, grid.design, grid.fraction, grid.seed) for init in grid.init)
        return Contrast(first, second)

    def flat(self) -> dict[str, Any]:
        """Return every setting by its name, whatever its stage."""
        found: dict[str, Any] = {}
        for name, value in self:
            found |= dict(value) if isinstance(value, _Stage) else {name: value}
        return found


@dataclass(frozen=True)
class Hardware:
    """What a study is computed on: another one is not another study."""

    device: str = "cpu"  # or cuda, as resolved
    precision: Literal["32-true", "bf16-mixed"] = "32-true"


STAGES: Mapping[str, type[_Stage]] = {
    "grid": GridSettings,
    "model": ModelSettings,
    "split": SplitSettings,
    "training": TrainingSettings,
    "evaluation": EvaluationSettings,
}
STAGE_OF = {name: stage for stage, kind in STAGES.items() for name in kind.model_fields}
NAMES = (*STAGE_OF, "remark")


def make_settings(**values: Any) -> StudySettings:
    """Return checked settings from their names, whatever their stage.

    Raises:
        ConfigError: One line that names the setting, what came and what was expected.
    """
    require_known(values, NAMES)
    parts = {
        stage: checked(kind, {name: values[name] for name in kind.model_fields if name in values})
        for stage, kind in STAGES.items()
    }
    return checked(StudySettings, parts | {n: values[n] for n in ("remark",) if n in values})


def write_settings(path: Path, settings: StudySettings) -> None:
    """Write ``settings`` in full as TOML, a table for each stage."""
    write_text(path, tomli_w.dumps(settings.model_dump()))


def read_settings(path: Path) -> StudySettings:
    """Read settings written by `write_settings`.

    Raises:
        StoreError: If the file is absent, damaged, or of another version.
    """
    try:
        return settings_from(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise StoreError(f"there is no {path}; is its folder a study?") from error
    except (OSError, ValueError, RecursionError, ConfigError) as error:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"{path} is damaged or of another version ({line}); put it back as it was, or choose "
            "another OUT"
        ) from error


def settings_from(stages: Mapping[str, Any]) -> StudySettings:
    """Make settings from what ``model_dump`` of some made.

    Raises:
        ConfigError: If a stage or a setting is not known, or has another kind of value.
    """
    require_known(stages, StudySettings.model_fields)
    flat: dict[str, Any] = {}
    for stage, content in stages.items():
        if stage not in STAGES:
            flat[stage] = content
            continue
        if not isinstance(content, Mapping):
            raise ConfigError(f"{stage} is no table of settings, got {content!r}")
        require_known(content, STAGES[stage].model_fields)
        flat |= content
    return make_settings(**flat)


def differences(
    before: StudySettings, now: StudySettings, *, stages: Collection[str] = tuple(STAGES)
) -> list[str]:
    """Name each setting of ``stages`` in which two studies differ, with both values."""
    old, new = before.flat(), now.flat()
    return [
        f"{name} was {old[name]}, now {new[name]}"
        for name in old
        if old[name] != new[name] and STAGE_OF.get(name) in stages
    ]
