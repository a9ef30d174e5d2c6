"""Layers by role or by name: where in a network a map is asked for."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from twinseg.core.errors import ConfigError
from twinseg.explanation.layout import Layout

FUSE = "+"


@dataclass(frozen=True)
class FeatureMap:
    """A feature map: the output of a module, or one of several it returns."""

    name: str
    module: nn.Module
    pick: int | None = None  # None: the output itself, or the coarsest of several
    layout: Layout | None = None  # known once the network ran

    def known_layout(self) -> Layout:
        """Return how what the layer hands on lies on the picture."""
        assert self.layout is not None  # noqa: S101  # `run_recorded` finds it for every place
        return self.layout


def places_of(network: nn.Module, layer: str) -> tuple[FeatureMap, ...]:
    """Find the feature maps that ``layer`` names.

    Of a U-Net with parts ``encoder`` (returning a list, finest first) and ``decoder``, by role:

    * ``bottleneck``: the last feature map of the encoder;
    * ``skip.2``: its feature map number 2, counted from 0, as it enters the decoder: the way over
      the deeper layers is not part of the answer;
    * ``decoder``: what the decoder hands on; ``decoder.-1``, ``decoder.0``: one of its blocks.

    The U-Net may lie inside another module (``DataParallel``, a compiled one, a module with the
    loss beside the network); of several, ``student.bottleneck`` names the one.

    Of any network, the dotted name of a module (``backbone.layer4``); a negative number counts
    from the end (``backbone.layer4.-1``). Names joined by ``+`` are fused, see `fuse`.

    Raises:
        ConfigError: If there is no such layer; the message names close ones.
    """
    return tuple(_place(network, name) for name in layer.split(FUSE))


def _place(network: nn.Module, name: str) -> FeatureMap:
    u_nets = dict(_u_nets(network, ""))
    for path, u_net in u_nets.items():
        if path and name.startswith(f"{path}."):
            role = name.removeprefix(f"{path}.")
            if place := _by_role(u_net, role, name):
                return place
    is_role = name.partition(".")[0] in ("bottleneck", "skip", "decoder")
    if len(u_nets) > 1 and is_role and _follow(network, name) is None:
        raise ConfigError(
            f"the network holds {len(u_nets)} U-Nets: {', '.join(u_nets)}; "
            f"say which, such as {next(iter(u_nets))}.{name}"
        )
    if len(u_nets) == 1 and (place := _by_role(next(iter(u_nets.values())), name, name)):
        return place
    for start in [*_inwards(network), *(u_nets.values() if len(u_nets) == 1 else ())]:
        if (module := _follow(start, name)) is not None:
            return FeatureMap(name, module)
    raise ConfigError(_unknown(name, network, u_nets))


def _by_role(u_net: nn.Module, role: str, name: str) -> FeatureMap | None:
    encoder, decoder = (_compiled_inside(getattr(u_net, part)) for part in ("encoder", "decoder"))
    if role == "bottleneck":
        return FeatureMap(name, encoder, -1)
    word, _, number = role.partition(".")
    if word == "skip" and number.isdecimal():
        return FeatureMap(name, encoder, int(number))
    if role == "decoder":
        return FeatureMap(name, decoder)
    blocks = getattr(decoder, "blocks", None)
    if word == "decoder" and number.lstrip("-").isdecimal() and isinstance(blocks, nn.Module):
        module = _follow(blocks, number)
        return None if module is None else FeatureMap(name, module)
    return None


def _u_nets(network: nn.Module, path: str) -> Iterator[tuple[str, nn.Module]]:
    """Yield the outermost modules with an encoder and a decoder, with their names."""
    children = dict(network.named_children())
    if {"encoder", "decoder"} <= set(children):
        yield path, network
        return
    for name, child in children.items():
        yield from _u_nets(child, f"{path}.{name}" if path else name)


def _inwards(network: nn.Module) -> Iterator[nn.Module]:
    """Yield the network, and while it only wraps one with weights (and a loss, say), that one."""
    yield network
    own = next(network.parameters(recurse=False), None)
    inside = [child for child in network.children() if any(True for _ in child.parameters())]
    if own is None and len(inside) == 1:
        yield from _inwards(inside[0])


def _compiled_inside(module: nn.Module) -> nn.Module:
    """Return the module inside what ``torch.compile`` returned, or ``module`` itself."""
    inside = getattr(module, "_orig_mod", module)
    return inside if isinstance(inside, nn.Module) else module


def _follow(start: nn.Module, path: str) -> nn.Module | None:
    module = _compiled_inside(start)
    for step in path.split("."):
        children = dict(module.named_children())
        if step.startswith("-") and step[1:].isdecimal() and int(step[1:]) <= len(children):
            step = list(children)[int(step)]
        if step not in children:
            return None
        module = _compiled_inside(children[step])
    return module


def _unknown(name: str, network: nn.Module, u_nets: dict[str, nn.Module]) -> str:
    known = [path.replace("_orig_mod.", "") for path, _ in network.named_modules() if path]
    if len(u_nets) == 1:
        known = ["bottleneck", "decoder", "decoder.-1", "skip.2", *known]
    close = difflib.get_close_matches(name, known, n=3) or known[:6]
    return f"unknown layer {name!r}; close ones: {', '.join(close)}; or any module of the network"
