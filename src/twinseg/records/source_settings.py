"""How a source is to be read: one frozen value, written into the dataset as resolved."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from twinseg.core.checked import checked
from twinseg.core.errors import ConfigError

SIDE_STEP_PX = 32  # most encoders halve the picture five times
MOST_SIDE_PX = 8192  # of a picture, which then takes 256 MiB
Corner = Literal["glass", "scan"]
KindName = Literal["pairs", "dicom", "nifti", "slides", "isic", "kits", "gleason"]

WINDOWS_HU = {
    "abdomen": (-160.0, 240.0),
    "lung": (-1350.0, 150.0),
    "bone": (-450.0, 1050.0),
}


class ReadingSettings(BaseModel):
    """How the files of a source are read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: KindName | None = Field(
        None,
        examples=["pairs"],
        description="kind of source: pairs, dicom, nifti, slides, isic, kits or gleason; found out "
        "by itself",
    )
    foreground: tuple[str, ...] = Field(
        (),
        description='target: values ("3,4,5"), colours ("#ff0000"), class names, a least grey '
        '(">127"), or nonzero',
    )
    window: str = Field(
        "",
        description="window: abdomen, lung, bone or LO,HI; by body part if not given; also for "
        "grey pictures of more than 8 bits",
    )
    roi: tuple[str, ...] = Field(
        (), description="RTSTRUCT regions that are the target, needed if there are several"
    )
    segment: tuple[str, ...] = Field(
        (), description="DICOM SEG segments that are the target: numbers or labels"
    )
    empty_slices: float = Field(
        1.0, ge=0, le=1, description="share of the slices without target kept, evenly spaced"
    )
    mpp: float | None = Field(
        None, gt=0, examples=[0.5], description="micrometres a pixel of slide tiles"
    )
    slide_mpp: float | None = Field(
        None,
        gt=0,
        examples=[0.25],
        description="micrometres a pixel of level 0 of slides that do not say",
    )
    level: int | None = Field(None, ge=0, examples=[1], description="pyramid level of slide tiles")
    tile_px: int = Field(512, gt=0, description="side of a slide tile in its own pixels")
    tissue_share: float = Field(
        0.5, ge=0, le=1, description="least share of tissue of a slide tile"
    )
    masks: tuple[str, ...] = Field(
        (), description="folder of the masks, or the end of their names, where several may be meant"
    )
    origin: Corner | None = Field(
        None,
        examples=["glass"],
        description="corner that outlines count from where they differ: glass or scan",
    )
    keep_ids: bool = Field(False, description="keep patient ids of DICOM files as groups")
    hide_paths: bool = Field(
        False,
        description="share no name or path of a file: pseudonyms instead, as always for DICOM",
    )
    strict: bool = Field(False, description="stop if any file cannot be used")

    @field_validator("foreground", "masks", "roi", "segment", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            parts = next(csv.reader([value], skipinitialspace=True), [])
            return tuple(part.strip() for part in parts if part.strip())
        return value

    @field_validator("window")
    @classmethod
    def _window_is_known(cls, window: str) -> str:
        if window:
            window_hu(window)
        return window


class SourceSettings(ReadingSettings):
    """All choices about a source: how it is read, and the size its pictures are kept at."""

    size: int = Field(
        256, gt=0, le=MOST_SIDE_PX, description="side of the square the network sees, in px"
    )


def require_side(size: int, *, step: int = SIDE_STEP_PX, network: str = "a network") -> None:
    """Raise ConfigError, with the sizes to take, if no ``network`` of that step can take ``size``.

    Args:
        size: Side of the square the network sees, in pixels, above 0.
        step: What it must be a multiple of, in pixels.
        network: What to call it.
    """
    if size % step:
        below, above = size // step * step, (size // step + 1) * step
        advice = f"{below} or {above}" if below else f"{above}"
        raise ConfigError(
            f"size {size} does not fit {network}: expected a multiple of {step}; take {advice}"
        )


def make_source_settings(**values: Any) -> SourceSettings:
    """Return checked settings; see `checked`."""
    return checked(SourceSettings, values)


def rejoined(names: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Put together again what a comma has parted, where a name that is known holds that comma.

    Args:
        names: As they were asked for: ``Kidney``, ``left``, ``Liver``.
        known: What there is: ``Kidney, left``, ``Kidney, right``.
    """
    whole = {_without_blanks(name): name for name in known if "," in name}
    whole |= {f"name:{bare}": f"name:{name}" for bare, name in whole.items()}
    found: list[str] = []
    at = 0
    while at < len(names):
        ends = range(len(names), at + 1, -1)
        joined = {end: _without_blanks(",".join(names[at:end])) for end in ends}
        end = next((end for end in ends if joined[end] in whole), at + 1)
        found.append(whole[joined[end]] if end > at + 1 else names[at])
        at = end
    return tuple(found)


def _without_blanks(name: str) -> str:
    return ",".join(part.strip().casefold() for part in name.split(","))


def window_hu(window: str) -> tuple[float, float]:
    """Return the Hounsfield units shown as black and as white for a name or ``LO,HI``.

    Raises:
        ValueError: If the name is unknown or the numbers do not make a window.
    """
    if window in WINDOWS_HU:
        return WINDOWS_HU[window]
    parts = window.split(",")
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        low = high = 0.0
    if not low < high:
        raise ValueError(
            f"unknown window {window!r}; choose {', '.join(WINDOWS_HU)} or LO,HI such as -160,240"
        )
    return low, high
