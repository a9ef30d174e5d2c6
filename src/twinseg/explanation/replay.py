"""Ask a network again with one feature map changed, without running what lies before it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from twinseg.explanation.borrowing import hooked, standing_in
from twinseg.explanation.foreground import Reading, answer_of
from twinseg.explanation.layers import FeatureMap
from twinseg.explanation.recording import handed_on, same_kind, with_handed_on
from twinseg.explanation.shapes import Activation, AnyPlane, Inputs

Again = Callable[[Activation], AnyPlane]


@dataclass
class _Finished:
    """Output of every module that is through when the place has its feature map."""

    outputs: dict[nn.Module, object]
    runs: dict[nn.Module, int]
    reached: bool = False


@contextmanager
def from_place(
    network: nn.Module, image: Inputs, place: FeatureMap, reading: Reading
) -> Iterator[tuple[AnyPlane, Activation, Again]]:
    """Yield the logits, the feature map, and a function from feature maps to logits.

    The function takes any number of feature maps in place of the one of ``image``. Modules that
    were through before the place is reached hand on what they found the first time.

    Args:
        network: In a borrowed state.
        image: A single one.
        place: Where the feature map is changed, with its layout.
        reading: How the answer is read.
    """
    with torch.no_grad():
        finished = _Finished({}, {})
        with hooked([(module, _note(finished, place)) for module in network.modules()]):
            logits = answer_of(network, image, reading)
        own = handed_on(finished.outputs[place.module], place)
        layout = place.known_layout()
        frontier = _outermost(network, finished)

        def again(changed: Activation) -> AnyPlane:
            copies = len(changed)
            forwards = {m: _handing_on(_repeated(finished.outputs[m], copies)) for m in frontier}
            values = layout.handed_on(changed, own)
            change = (place.module, lambda _m, _i, output: with_handed_on(output, place, values))
            with standing_in(forwards), hooked([change]):
                return answer_of(network, image.expand(copies, *image.shape[1:]), reading)

        yield logits, layout.picture(own), again


def _note(finished: _Finished, place: FeatureMap) -> Callable[..., None]:
    def note(module: nn.Module, _inputs: object, output: object) -> None:
        finished.runs[module] = finished.runs.get(module, 0) + 1
        if finished.reached:
            return
        # A copy where something may still write into it, as an in-place ReLU does.
        finished.outputs[module] = _repeated(output, 1)
        for inner in list(module.modules())[1:]:
            finished.outputs.pop(inner, None)
        finished.reached = module is place.module

    return note


def _outermost(network: nn.Module, finished: _Finished) -> list[nn.Module]:
    """Modules to stand in for: run once, and not inside another such module."""
    found: list[nn.Module] = []

    def visit(module: nn.Module) -> None:
        for child in module.children():
            if child in finished.outputs and finished.runs[child] == 1:
                found.append(child)
            else:
                visit(child)

    visit(network)
    return list(dict.fromkeys(found))


def _handing_on(output: object) -> Callable[..., object]:
    return lambda *_inputs, **_named: output


def _repeated(output: object, copies: int) -> object:
    if isinstance(output, Tensor):
        return output.repeat(copies, *[1] * (output.ndim - 1))
    if isinstance(output, Mapping):
        return type(output)({k: _repeated(v, copies) for k, v in output.items()})  # type: ignore[call-arg]
    if isinstance(output, list | tuple):
        return same_kind(output, [_repeated(part, copies) for part in output])
    return output
