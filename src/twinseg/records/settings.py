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
from twinseg.records.stress import check_corruptions

GRID = "grid"  # table of a study file that has several runs
Share = Annotated[float, Field(gt=0, lt=1)]
Design = Literal["random", "sparse", "gaussian", "no-rare", "few-groups"]


class _Stage(BaseModel):
    """Settings of one stage, checked when made; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PointSettings(_Stage):
    """The twins' point of the grid: what they start from, and what they share."""

    init: tuple[str, str] = Field(
        ("imagenet", "random"),
        description="first weights of the twins: imagenet, random, random:2 or a .safetensors file",
    )
    design: Design = Field(
        "random",
        description="how training groups are drawn: random, sparse, gaussian, no-rare, few-groups",
    )
    fraction: float = Field(1.0, gt=0, le=1, description="share of the training groups used")
    seed: int = Field(  # a column of whole numbers holds it
        0, ge=0, lt=2**63, description="seed of split, weights, order, augmentation, resamples"
    )
    fold: int | None = Field(None, ge=0, description="number of the fold that is tested, from 0")

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

    encoder: str = Field("vgg16", description="encoder of the U-Net; see twinseg encoders")
    size: int = Field(256, gt=0, description="side of the square the network sees, in px")
    partial_weights: bool = Field(False, description="leave what a weights file lacks random")
    mean: str = Field(
        "", description="mean that first weights expect, of images in [0, 1]: 0.5,0.5,0.5"
    )
    std: str = Field("", description="standard deviation that goes with --mean")
    like: str = Field(
        "", description="published weights with the same mean and std: resnet18.a1_in1k"
    )


class SplitSettings(_Stage):
    """Which cases are kept back."""

    test_fraction: Share = Field(0.2, description="share of the cases to test on")
    validation_fraction: Share = Field(
        0.15, description="share of the cases to validate on, where rules learn"
    )
    folds: int = Field(0, ge=0, description="test each case once, in so many folds; 0: one split")
    split_seed: int | None = Field(
        None,
        ge=0,
        lt=2**63,
        examples=[0],
        description="seed of the split alone; as --seed, or its first, if not",
    )

    @field_validator("folds")
    @classmethod
    def _no_single_fold(cls, folds: int) -> int:
        if folds == 1:
            raise ValueError("one fold would test on every case; expected 0 or at least 2")
        return folds


class TrainingSettings(_Stage):
    """How every run is trained."""

    epochs: int = Field(40, gt=0, description="passes over the training cases")
    equal: Literal["epochs", "steps"] = Field(
        "epochs",
        description="what runs of less data have in common with those of all: epochs (so they are "
        "short trainings, too) or steps",
    )
    batch_size: int = Field(16, gt=0, description="cases a step")
    learning_rate: Literal["auto"] | Annotated[float, Field(gt=0)] = Field(
        "auto",
        description="highest rate of the one-cycle schedule; auto: 0.002 up to 8 epochs, falling "
        "with the cube root of their number to 0.0014 from 24 on",
    )
    weight_decay: float = Field(1e-2, ge=0, description="weight decay of AdamW")
    dice: Literal["case", "batch"] = Field(
        "case", description="Dice in the loss: of each case, or of a batch as one image"
    )
    warp: float = Field(
        0.0, ge=0, le=3, description="strength of rotation and scale; 0: only flips"
    )
    colour: Literal["auto"] | Annotated[float, Field(ge=0, le=3)] = Field(
        "auto",
        description="strength of colour and brightness changes; auto: none up to 8 epochs, 1 from "
        "24 on, none where all pictures are grey",
    )
    keep: Literal["last", "best"] = Field(
        "last", description="weights that are kept: of the last epoch, or the best on validation"
    )


class EvaluationSettings(_Stage):
    """What is measured of the answers and the heat maps."""

    flips: bool = Field(False, description="answers to flipped images join the rules as members")
    surface_tolerance: float = Field(
        2.0, gt=0, description="tolerance of surface Dice: mm where spacing is known, else px"
    )
    ring: float = Field(
        5.0, gt=0, description="ring around objects for the evidence of maps: mm, else px"
    )
    evidence_cases: int = Field(
        24, gt=0, description="test cases on which the maps are put to the test"
    )
    stress_cases: int = Field(
        0, ge=0, description="test cases that are shown corrupted, at five strengths; 0: none"
    )
    stress: tuple[str, ...] = Field(
        (), description="corruptions, such as blur,noise; those that fit the pictures if not given"
    )

    @field_validator("stress", mode="before")
    @classmethod
    def _comma_separated(cls, names: object) -> object:
        if isinstance(names, str):
            return tuple(part.strip() for part in names.split(",") if part.strip())
        return names

    @field_validator("stress")
    @classmethod
    def _are_corruptions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        check_corruptions(names)
        return names


class StudySettings(_Stage):
    """All settings of a study. What it was computed on is not among them: see `Hardware`."""

    remark: str = Field("", description="what the report says first")
    point: PointSettings = Field(default_factory=lambda: checked(PointSettings, {}))
    model: ModelSettings = Field(default_factory=lambda: checked(ModelSettings, {}))
    split: SplitSettings = Field(default_factory=lambda: checked(SplitSettings, {}))
    training: TrainingSettings = Field(default_factory=lambda: checked(TrainingSettings, {}))
    evaluation: EvaluationSettings = Field(default_factory=lambda: checked(EvaluationSettings, {}))

    @property
    def contrast(self) -> Contrast:
        """The twins."""
        at = self.point
        first, second = (
            RunSpec(init, at.design, at.fraction, at.seed, at.fold) for init in at.init
        )
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


SETTINGS: Mapping[str, type[_Stage]] = {
    "point": PointSettings,
    "model": ModelSettings,
    "split": SplitSettings,
    "training": TrainingSettings,
    "evaluation": EvaluationSettings,
}
STAGE_OF = {name: stage for stage, kind in SETTINGS.items() for name in kind.model_fields}
NAMES = (*STAGE_OF, "remark")


def make_settings(**values: Any) -> StudySettings:
    """Return checked settings from their names, whatever their stage.

    Raises:
        ConfigError: One line that names the setting, what came and what was expected.
    """
    require_known(values, NAMES)
    parts = {
        stage: checked(kind, {name: values[name] for name in kind.model_fields if name in values})
        for stage, kind in SETTINGS.items()
    }
    return checked(StudySettings, parts | {n: values[n] for n in ("remark",) if n in values})


def write_settings(path: Path, settings: StudySettings) -> None:
    """Write ``settings`` in full as TOML, a table for each stage."""
    write_text(path, tomli_w.dumps(settings.model_dump(exclude_none=True)))


def read_settings(path: Path) -> StudySettings:
    """Read settings written by `write_settings`.

    Raises:
        StoreError: If the file is absent, damaged, of another version, or of a grid.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        if GRID in tables:
            where = path.parent / "contrasts" / "<name>"
            raise StoreError(f"{path.parent} is a grid of runs; name one of its contrasts: {where}")
        return settings_from(tables)
    except (OSError, ValueError, RecursionError, ConfigError) as error:
        raise damaged_settings(path, error) from error


def damaged_settings(path: Path, error: Exception) -> StoreError:
    """Return what is said of settings that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return StoreError(f"there is no {path}; is its folder a study?")
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return StoreError(
        f"{path} is damaged or of another version ({line}); put it back as it was, or choose "
        "another OUT"
    )


def settings_from(stages: Mapping[str, Any]) -> StudySettings:
    """Make settings from what ``model_dump`` of some made.

    Raises:
        ConfigError: If a stage or a setting is not known, or has another kind of value.
    """
    require_known(stages, StudySettings.model_fields)
    flat: dict[str, Any] = {}
    for stage, content in stages.items():
        if stage not in SETTINGS:
            flat[stage] = content
            continue
        if not isinstance(content, Mapping):
            raise ConfigError(f"{stage} is no table of settings, got {content!r}")
        require_known(content, SETTINGS[stage].model_fields)
        flat |= content
    return make_settings(**flat)


def differences(
    before: StudySettings, now: StudySettings, names: Collection[str] = tuple(STAGE_OF)
) -> list[str]:
    """Say of each setting of ``names`` in which two studies differ both values."""
    old, new = before.flat(), now.flat()
    return [
        f"{name} was {old[name]}, now {new[name]}"
        for name in old
        if old[name] != new[name] and name in names
    ]
