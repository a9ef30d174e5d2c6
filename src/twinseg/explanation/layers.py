"""Layers by role or by name: where in a network a map is asked for."""

import difflib
from dataclasses import dataclass

from torch import nn

from twinseg.core.errors import ConfigError

FUSE = "+"


@dataclass(frozen=True)
class Place:
    """A feature map: the output of a module, or one of several it returns."""

    name: str
    module: nn.Module
    pick: int | None = None  # None: the output itself, or the last of several


def places_of(network: nn.Module, layer: str) -> tuple[Place, ...]:
    """Find the feature maps that ``layer`` names.

    Of a U-Net with parts ``encoder`` (returning a list, finest first) and ``decoder``, by role:

    * ``bottleneck``: the last feature map of the encoder;
    * ``skip.2``: its feature map number 2, counted from 0, as it enters the decoder: the way over
      the deeper layers is not part of the answer;
    * ``decoder``: what the decoder hands on; ``decoder.-1``, ``decoder.0``: one of its blocks.

    Of any network, the dotted name of a module (``backbone.layer4``); a negative number counts
    from the end (``backbone.layer4.-1``). Names joined by ``+`` are fused, see `fuse`.

    Raises:
        ConfigError: If there is no such layer; the message names close ones.
    """
    return tuple(_place(unwrapped(network), name) for name in layer.split(FUSE))


def unwrapped(module: nn.Module) -> nn.Module:
    """Return the module inside what ``torch.compile`` returned, or ``module`` itself."""
    inside = getattr(module, "_orig_mod", module)
    return inside if isinstance(inside, nn.Module) else module


def _place(network: nn.Module, name: str) -> Place:
    parts = dict(network.named_children())
    if {"encoder", "decoder"} <= set(parts):
        if name == "bottleneck":
            return Place(name, unwrapped(parts["encoder"]), -1)
        role, _, number = name.partition(".")
        if role == "skip" and number.isdecimal():
            return Place(name, unwrapped(parts["encoder"]), int(number))
        blocks = getattr(unwrapped(parts["decoder"]), "blocks", None)
        if role == "decoder" and number.lstrip("-").isdecimal() and isinstance(blocks, nn.Module):
            return Place(name, _follow(blocks, number, network, name))
    return Place(name, _follow(network, name, network, name))


def _follow(start: nn.Module, path: str, network: nn.Module, name: str) -> nn.Module:
    module = unwrapped(start)
    for step in path.split("."):
        children = dict(module.named_children())
        if step.startswith("-") and step[1:].isdecimal() and int(step[1:]) <= len(children):
            step = list(children)[int(step)]
        if step not in children:
            raise ConfigError(_unknown(name, network))
        module = unwrapped(children[step])
    return module


def _unknown(name: str, network: nn.Module) -> str:
    known = [path.replace("_orig_mod.", "") for path, _ in network.named_modules() if path]
    if {"encoder", "decoder"} <= set(known):
        known = ["bottleneck", "decoder", "decoder.-1", "skip.2", *known]
    close = difflib.get_close_matches(name, known, n=3) or known[:6]
    return f"unknown layer {name!r}; close ones: {', '.join(close)}; or any module of the network"
