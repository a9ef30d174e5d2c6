"""What a study was asked to do: one frozen value, written to ``study.toml`` as resolved."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, field_validator

from twinseg.core.checked import checked
from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.store import write_text

Share = Annotated[float, Field(gt=0, lt=1)]


class StudySettings(BaseModel):
    """Settings of a study, checked when made; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    encoder: str = "vgg16"
    size: int = Field(256, gt=0, description="side of the square the network sees, in pixels")
    epochs: int = Field(40, gt=0)
    batch_size: int = Field(16, gt=0)
    seed: int = Field(0, ge=0, lt=2**63, description="a column of whole numbers holds it")
    fraction: float = Field(1.0, gt=0, le=1, description="share of the training groups used")
    design: Literal["random", "sparse", "gaussian", "no-rare", "few-groups"] = "random"
    test_fraction: Share = 0.2
    validation_fraction: Share = 0.15
    init: tuple[str, str] = ("imagenet", "random")
    device: str = Field("cpu", description="cpu or cuda, as resolved")
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
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
    surface_tolerance: float = Field(2.0, gt=0, description="mm where spacing is known, else px")
    ring: float = Field(5.0, gt=0, description="width of the ring around objects, mm or px")
    evidence_cases: int = Field(24, gt=0, description="test cases for the costly evidence of maps")
    partial_weights: bool = False
    flips: bool = Field(False, description="answers to flipped images join the rules as members")
    mean: str = Field("", description="of images in [0, 1], as first weights expect, 0.5,0.5,0.5")
    std: str = ""
    like: str = Field("", description="timm weights with the same normalisation")
    remark: str = Field("", description="said first in the report")

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


PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".tar", ".pkl")


def why_no_pickle(path: str | Path) -> str:
    """Say why a pickle of weights is not opened, and how it becomes a safetensors file."""
    file = Path(path)
    return (
        f"{path} is a pickle, which may run anything when it is opened; "
        f'convert it: python -c "import torch, safetensors.torch as s; w = torch.load('
        f"'{file.name}', weights_only=True, map_location='cpu'); "
        "w = w.get('state_dict', w.get('model', w)); "
        f"s.save_file({{k: v.contiguous() for k, v in w.items()}}, '{file.stem}.safetensors')\""
    )


def check_init(name: str) -> None:
    """Raise ValueError unless ``name`` says where an encoder's first weights come from.

    ``imagenet``; ``random``; ``random:2`` (random weights, second draw); a ``.safetensors`` file.
    """
    draw = name.removeprefix("random:")
    known = name in ("imagenet", "random") or (draw != name and draw.isdecimal())
    if not known and not name.endswith(".safetensors"):
        if name.lower().endswith(PICKLES):
            raise ValueError(why_no_pickle(name))
        raise ValueError(
            f"unknown init {name!r}; choose imagenet, random, random:2 or a .safetensors file"
        )


def make_settings(**values: Any) -> StudySettings:
    """Return checked settings; see `checked`."""
    return checked(StudySettings, values)


def write_settings(path: Path, settings: StudySettings) -> None:
    """Write ``settings`` in full as TOML."""
    write_text(path, tomli_w.dumps(settings.model_dump()))


# Settings of which earlier versions wrote nothing, with what these did.
_EARLIER = {"dice": "batch", "warp": 1.0, "colour": 1.0, "keep": "best"}


def read_settings(path: Path) -> StudySettings:
    """Read settings written by `write_settings`, of this version or of an earlier one.

    Raises:
        StoreError: If the file is absent, damaged, or of another version.
    """
    try:
        return make_settings(**_EARLIER | tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise StoreError(f"there is no {path}; is its folder a study?") from error
    except (OSError, ValueError, RecursionError, ConfigError) as error:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"{path} is damaged or of another version ({line}); put it back as it was, or choose "
            "another OUT"
        ) from error


def differences(before: StudySettings, now: StudySettings) -> list[str]:
    """Name each setting in which two studies differ, with both values."""
    old, new = before.model_dump(), now.model_dump()
    return [f"{name} was {old[name]}, now {new[name]}" for name in old if old[name] != new[name]]
