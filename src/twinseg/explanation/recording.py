"""One forward pass with the asked feature maps recorded; gradients end at them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from twinseg.core.errors import ConfigError
from twinseg.explanation.borrowing import hooked
from twinseg.explanation.foreground import foreground_logit
from twinseg.explanation.layers import Place
from twinseg.explanation.lean_backward import lean_backward
from twinseg.explanation.question import Asked
from twinseg.explanation.shapes import Activation, Inputs, Plane

Hook = Callable[[nn.Module, object, object], object]


@dataclass
class Records:
    """Feature maps by name of their place, filled while the network runs."""

    by_name: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Pass:
    """What is known after one forward pass."""

    logits: Plane  # with their graph, where gradients were asked for
    activations: dict[str, Tensor]

    def gradients(self, asked: Sequence[Asked]) -> Iterator[dict[str, Tensor]]:
        """Yield, per question, the gradient of its score at each place, (image, feature, *place).

        Images do not mix in evaluation mode, so one backward pass serves all of a batch; questions
        follow one another, as one pass cannot tell them apart.

        Raises:
            ConfigError: If the logits do not depend on a layer.
        """
        names, maps = list(self.activations), list(self.activations.values())
        if not self.logits.requires_grad:
            raise ConfigError(_unused(names))
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
            yield by_name


def run_recorded(
    network: nn.Module, images: Inputs, places: Sequence[Place], *, channel: int | None
) -> Pass:
    """Run the network once, in a borrowed state, and keep the feature maps of ``places``."""
    with recording(places) as records, lean_backward():
        logits = foreground_logit(network(images), channel)
    return Pass(logits, records.by_name)


@contextmanager
def recording(places: Sequence[Place]) -> Iterator[Records]:
    """Record feature maps.

    Raises:
        ConfigError: If a place has no feature map, or several (a module that runs twice).
    """
    records = Records()
    with hooked([(place.module, _keeper(place, records)) for place in places]):
        yield records
        if missing := [p.name for p in places if p.name not in records.by_name]:
            raise ConfigError(f"layer {missing[0]} does not run when the network answers an image")


def _keeper(place: Place, records: Records) -> Hook:
    def keep(_module: nn.Module, _inputs: object, output: object) -> object:
        if place.name in records.by_name:
            raise ConfigError(f"layer {place.name} runs more than once; name a part of it")
        kept = feature_map(output, place)
        if not kept.requires_grad and torch.is_grad_enabled():
            kept = kept.detach().requires_grad_()  # gradients stop here: nothing before is asked
        records.by_name[place.name] = kept
        # Cloned, so that an in-place ReLU further on cannot change the record.
        return with_feature_map(output, place, kept.clone())

    return keep


def feature_map(output: object, place: Place) -> Activation:
    """Return the feature map of ``place`` in what its module returned."""
    chosen = output
    if isinstance(output, Mapping):
        chosen = list(output.values())[_index(output, place)]
    elif isinstance(output, list | tuple):
        chosen = output[_index(output, place)]
    if isinstance(chosen, Tensor) and chosen.ndim > 2:
        return chosen
    raise ConfigError(
        f"layer {place.name} returns no feature map (image, channel, y, x) but "
        f"{tuple(chosen.shape) if isinstance(chosen, Tensor) else type(chosen).__name__}"
    )


def with_feature_map(output: object, place: Place, changed: Tensor) -> object:
    """Return what the module returned, with another feature map at ``place``."""
    if isinstance(output, Tensor):
        return changed
    if isinstance(output, Mapping):
        key = list(output)[_index(output, place)]
        return type(output)({**output, key: changed})  # type: ignore[call-arg]
    assert isinstance(output, list | tuple)  # noqa: S101  # `feature_map` let nothing else pass
    parts = list(output)
    parts[_index(output, place)] = changed
    return type(output)(parts)


def _index(output: Mapping | list | tuple, place: Place) -> int:
    pick = -1 if place.pick is None else place.pick
    if not -len(output) <= pick < len(output):
        raise ConfigError(f"layer {place.name} is not there: the encoder returns {len(output)}")
    return pick


def _unused(names: list[str]) -> str:
    return f"the logits do not depend on layer {', '.join(names)}; name another"
