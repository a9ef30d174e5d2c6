"""Which processor and which precision: resolved once, written into the study's settings."""

from typing import Literal

import torch

from twinseg.core.errors import ConfigError

Precision = Literal["32-true", "bf16-mixed"]
DEVICES = ("auto", "cpu", "cuda")


def resolve_device(asked: str) -> str:
    """Return ``cpu`` or ``cuda``.

    Raises:
        ConfigError: If the device is unknown or not there.
    """
    if asked not in DEVICES:
        raise ConfigError(f"unknown device {asked!r}; choose one of: {', '.join(DEVICES)}")
    if asked == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device cuda was asked for but none is found; take --device cpu")
    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return asked


def best_precision(device: str) -> Precision:
    """bfloat16 where the processor computes in it, else float32, in Fabric's words."""
    if device == "cuda":
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    return "bf16-mixed" if torch.cpu.get_capabilities().get("avx512_bf16") else "32-true"
