"""Settings that go together under one name; what a file or a command says wins over them."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from twinseg.core.registry import choose

PresetName = Literal["quick", "standard", "paper"]
_FRACTIONS = {"quick": (1.0,), "standard": (1.0, 0.5, 0.25), "paper": (1.0, 0.5, 0.25, 0.1, 0.05)}
_SEEDS = {"quick": (0,), "standard": (0, 1), "paper": (0, 1, 2)}
_LIGHT = "tu-tf_efficientnet_lite0"
# Steps are equal where fractions differ: else little data and a short training go together.
_OTHERS: Mapping[str, Mapping[str, Any]] = {
    "quick": {"encoder": _LIGHT, "size": 128, "epochs": 8, "evidence_cases": 8},
    "standard": {"encoder": _LIGHT, "size": 256, "epochs": 40, "equal": "steps"},
    "paper": {"encoder": "vgg16", "size": 256, "epochs": 40, "equal": "steps"},
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    name: {
        "init": ("imagenet", "random"),
        "fraction": _FRACTIONS[name],
        "seed": _SEEDS[name],
        **_OTHERS[name],
    }
    for name in get_args(PresetName)
}


def preset_values(name: str | None) -> dict[str, Any]:
    """Return the settings of a preset by their names; none where there is no preset.

    Raises:
        ConfigError: If there is none of that name.
    """
    return {} if name is None else dict(choose(PRESETS, name, "preset"))
