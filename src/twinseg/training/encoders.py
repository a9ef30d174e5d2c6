"""Which encoders there are, and what is known of them without building one.

The libraries of networks take seconds to load, and are loaded where they are first asked.
"""

import difflib
import fnmatch
import warnings
from dataclasses import dataclass
from typing import Any

from twinseg.core.errors import ConfigError
from twinseg.core.nearest import one_of
from twinseg.training.normalisation import Normalisation, usual_of_family

TIMM = "tu-"


@dataclass(frozen=True)
class Encoder:
    """One line of the list."""

    name: str
    weights: str  # where ImageNet weights come from; "" if there are none
    licence: str  # of these weights; "" if not stated
    input_px: int | None  # side of the images they were trained on


def own_encoders() -> list[str]:
    """Names of the encoders that the library of networks has itself."""
    import segmentation_models_pytorch as smp

    return sorted(smp.encoders.get_encoder_names())


def usual_normalisation(encoder: str) -> Normalisation | None:
    """Return what the library's own ImageNet weights of ``encoder`` expect; None if unknown."""
    if not encoder.startswith(TIMM):
        return usual_of_family(encoder)
    config = _timm_config(encoder.removeprefix(TIMM))
    return None if config is None else Normalisation(tuple(config.mean), tuple(config.std))


def like(tag: str) -> Normalisation:
    """Return what the weights of a timm model expect, such as ``vit_base_patch16_224.dino``.

    Raises:
        ConfigError: If timm knows no such weights.
    """
    name = tag.removeprefix(TIMM)
    config = _timm_config(name)
    if config is None:
        import timm

        known = [*timm.list_pretrained(), *timm.list_models()]
        close = difflib.get_close_matches(name, known, n=3)
        advice = one_of(close, "see twinseg encoders")
        raise ConfigError(f"timm knows no weights {tag!r}; {advice}")
    return Normalisation(tuple(config.mean), tuple(config.std))


def find_encoders(pattern: str = "") -> tuple[Encoder, ...]:
    """List encoders whose name holds ``pattern``, in which ``*`` stands for anything.

    Without a pattern those of the encoder library itself, about 80; timm's more than a thousand,
    named ``tu-<timm name>``, are searched where there is one.
    """
    own = own_encoders()
    names = [*own, *_timm_names()] if pattern else own
    wanted = f"*{pattern.lower()}*"
    return tuple(_described(name) for name in names if fnmatch.fnmatch(name.lower(), wanted))


def close_to(name: str) -> list[str]:
    """Return names of encoders that look like ``name``."""
    known = [*own_encoders(), *_timm_names()]
    wanted = name.lower().replace("_", "-")
    by_look = {known_name.lower().replace("_", "-"): known_name for known_name in reversed(known)}
    return [by_look[look] for look in difflib.get_close_matches(wanted, by_look, n=3)]


def repository_of(encoder: str) -> str:
    """Return where ImageNet weights of ``encoder`` lie on the hub; "" if nobody has any."""
    if not encoder.startswith(TIMM):
        return f"smp-hub/{encoder}.imagenet" if encoder in own_encoders() else ""
    config = _timm_config(encoder.removeprefix(TIMM))
    return (config.hf_hub_id or config.url or "") if config is not None else ""


def _timm_names() -> list[str]:
    import timm

    return [f"{TIMM}{model}" for model in timm.list_models()]


def _described(name: str) -> Encoder:
    config = _timm_config(name.removeprefix(TIMM)) if name.startswith(TIMM) else None
    licence, side = ("", None) if config is None else (config.license or "", config.input_size[-1])
    return Encoder(name, repository_of(name), licence, side)


def _timm_config(name: str) -> Any:  # of a class of timm's own
    import timm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # timm's own notices on names it renamed
        try:
            config = timm.models.get_pretrained_cfg(name)
        except (RuntimeError, ValueError, KeyError):
            return None
    known = config is not None and timm.models.is_model_pretrained(name)
    return config if known else None
