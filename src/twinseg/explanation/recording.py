"""One forward pass with the asked feature maps recorded; gradients end at them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from twinseg.core.errors import ConfigError
from twinseg.explanation.axes import noting_axes
from twinseg.explanation.borrowing import hooked
from twinseg.explanation.foreground import Reading, answer_of
from twinseg.explanation.layers import FeatureMap
from twinseg.explanation.layout import Layout, layout_of
from twinseg.explanation.lean_backward import lean_backward
from twinseg.explanation.question import Asked
from twinseg.explanation.shapes import Activation, Inputs, Plane

Hook = Callable[[nn.Module, object, object], object]


@dataclass
class Records:
    """What layers hand on, by name of their place, filled while the network runs."""

    images: int
    space: tuple[int, ...]  # pixels of the images along each axis
    reshape: str | None = None  # see `layout_of`
    prefixes: frozenset[int] = frozenset()  # see `layout_of`
    by_name: dict[str, Tensor] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)


@dataclass(frozen=True)
class Pass:
    """What is known after one forward pass."""

    logits: Plane  # with their graph, where gradients were asked for
    records: Records
    places: tuple[FeatureMap, ...]  # with the layout that was found

    @property
    def activations(self) -> dict[str, Activation]:
        """Feature maps by name of their place, without gradient, in float32."""
        # Of bf16, products and sums are taken in float32.
        return {
            name: self.records.layouts[name].picture(value.detach()).float()
            for name, value in self.records.by_name.items()
        }

    def gradients(self, asked: Sequence[Asked]) -> Iterator[dict[str, Tensor]]:
        """Yield, per question, the gradient of its score at each place, (image, feature, *place).

        Images do not mix in evaluation mode, so one backward pass serves all of a batch; questions
        follow one another, as one pass cannot tell them apart.

        Raises:
            ConfigError: If the logits do not depend on a layer.
        """
        names, maps = list(self.records.by_name), list(self.records.by_name.values())
        if not self.logits.requires_grad:
            raise ConfigError(f"{_unused(names)}, or let it run without torch.no_grad inside")
        for number, question in enumerate(asked, start=1):
            gradients = torch.autograd.grad(
                self.logits,
                maps,
                question.weights.to(self.logits.dtype),
                retain_graph=number < len(asked),
                allow_unused=True,
            )
            by_name = dict(zip(names, gradients, strict=True))
            if unused := [name for name, gradient in by_name.items() if gradient is None]:
                raise ConfigError(_unused(unused))
            yield {
                name: self.records.layouts[name].picture(gradient).float()
                for name, gradient in by_name.items()
            }


def run_recorded(
    network: nn.Module,
    images: Inputs,
    places: Sequence[FeatureMap],
    *,
    reading: Reading,
    reshape: str | None = None,
) -> Pass:
    """Run the network once, in a borrowed state, and keep the feature maps of ``places``."""
    # What timm's transformers say of themselves.
    said = {getattr(module, "num_prefix_tokens", None) for module in network.modules()}
    prefixes = frozenset(number for number in said if isinstance(number, int))
    records = Records(len(images), tuple(images.shape[2:]), reshape, prefixes)
    with recording(places, records), lean_backward(), noting_axes():
        logits = answer_of(network, images, reading)
    found = tuple(replace(place, layout=records.layouts[place.name]) for place in places)
    return Pass(logits, records, found)


@contextmanager
def recording(places: Sequence[FeatureMap], records: Records) -> Iterator[None]:
    """Record feature maps.

    Raises:
        ConfigError: If a place has no feature map, or several (a module that runs twice).
    """
    with hooked([(place.module, _keeper(place, records)) for place in places]):
        yield
        if missing := [p.name for p in places if p.name not in records.by_name]:
            raise ConfigError(f"layer {missing[0]} does not run when the network answers an image")


def _keeper(place: FeatureMap, records: Records) -> Hook:
    def keep(_module: nn.Module, _inputs: object, output: object) -> object:
        if place.name in records.by_name:
            part = "a part of it" if any(place.module.children()) else "the layer before or after"
            raise ConfigError(f"layer {place.name} runs more than once; name {part}")
        kept = handed_on(output, place)
        layout = layout_of(
            kept,
            records.space,
            place.name,
            records.reshape,
            images=records.images,
            prefixes=records.prefixes,
        )
        if 0 in layout.picture(kept).shape[1:]:
            raise ConfigError(_nothing_there(output, place))
        if not kept.requires_grad and torch.is_grad_enabled():
            kept = kept.detach().requires_grad_()  # gradients stop here: nothing before is asked
        records.by_name[place.name], records.layouts[place.name] = kept, layout
        # Cloned, so that an in-place ReLU further on cannot change the record.
        return with_handed_on(output, place, kept.clone())

    return keep


def handed_on(output: object, place: FeatureMap) -> Tensor:
    """Return the values of ``place`` in what its module returned, as they lie there."""
    chosen = output if isinstance(output, Tensor) else _values(output)[_index(output, place)]
    if isinstance(chosen, Tensor) and chosen.ndim > 2:
        return chosen
    raise ConfigError(
        f"layer {place.name} returns no feature map (image, channel, y, x) but "
        f"{tuple(chosen.shape) if isinstance(chosen, Tensor) else type(chosen).__name__}"
    )


def with_handed_on(output: object, place: FeatureMap, changed: Tensor) -> object:
    """Return what the module returned, with other values at ``place``."""
    if isinstance(output, Tensor):
        return changed
    values = _values(output)
    values[_index(output, place)] = changed
    if isinstance(output, Mapping):
        return type(output)(zip(output, values, strict=True))  # type: ignore[call-arg]
    assert isinstance(output, list | tuple)  # noqa: S101  # `handed_on` let nothing else pass
    return same_kind(output, values)


def same_kind(output: list | tuple, values: list) -> object:
    """Return ``values`` as the kind of list or tuple that ``output`` is."""
    kind = type(output)
    return kind(*values) if hasattr(output, "_fields") else kind(values)


def _values(output: object) -> list:
    if isinstance(output, Mapping):
        return list(output.values())
    return list(output) if isinstance(output, list | tuple) else [output]


def _index(output: object, place: FeatureMap) -> int:
    """Return which of several values is meant: the one picked, or the coarsest of a pyramid."""
    values = _values(output)
    if place.pick is not None:
        if not -len(values) <= place.pick < len(values):
            raise ConfigError(f"layer {place.name} is not there: the encoder returns {len(values)}")
        return place.pick
    maps = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.ndim > 2]
    shapes = [values[i].shape for i in maps]
    if len(maps) > 1 and (isinstance(output, tuple) or not _is_pyramid(shapes)):
        there = ", ".join(" x ".join(map(str, shape)) for shape in shapes)
        raise ConfigError(
            f"layer {place.name} returns {len(maps)} values ({there}), and which is meant cannot "
            "be told; name a module inside of it or after it"
        )
    return maps[-1] if maps else -1


def _is_pyramid(shapes: Sequence[torch.Size]) -> bool:
    """Whether each is on a coarser grid than the one before, channels first, or on the same."""
    grids = [tuple(shape[2:]) for shape in shapes]
    return grids[0] != grids[-1] and all(
        len(a) == len(b) > 1 and all(m >= n for m, n in zip(a, b, strict=True))
        for a, b in pairwise(grids)
    )


def _nothing_there(output: object, place: FeatureMap) -> str:
    values = _values(output)
    there = [f"skip.{i}" for i, v in enumerate(values[:-1]) if i and 0 not in v.shape]
    advice = f"there are bottleneck, decoder, {', '.join(there)}" if there else "name another"
    return f"layer {place.name} hands on no channel (the encoder has no such step); {advice}"


def _unused(names: list[str]) -> str:
    return f"the logits do not depend on layer {', '.join(names)}; name another"
