"""Borrow a model and give it back as it was, also when something fails."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

Output = Tensor | list[Tensor]


@dataclass
class Recording:
    """The output of a layer in the latest forward pass."""

    output: Tensor | None = None


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients of weights; each flag is put back afterwards."""
    modes = {module: module.training for module in model.modules()}
    wanted = {weight: weight.requires_grad for weight in model.parameters()}
    model.eval()
    model.requires_grad_(False)
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for weight, flag in wanted.items():
            weight.requires_grad_(flag)


@contextmanager
def recording(layers: Sequence[nn.Module]) -> Iterator[list[Recording]]:
    """Record the output of each layer; the hooks are removed even when the body fails.

    Where a layer returns several feature maps, the last one is recorded.
    """
    with ExitStack() as hooks:
        records = [Recording() for _ in layers]
        for layer, record in zip(layers, records, strict=True):
            hooks.callback(layer.register_forward_hook(_keeper(record)).remove)
        yield records


def _keeper(record: Recording) -> Callable[[nn.Module, object, Output], Output]:
    def keep(_module: nn.Module, _inputs: object, output: Output) -> Output:
        kept = output if isinstance(output, Tensor) else output[-1]
        if not kept.requires_grad:
            kept = kept.detach().requires_grad_()  # gradients stop here: nothing before is asked
        record.output = kept
        # Cloned, so that an in-place ReLU further on cannot change the record.
        return kept.clone() if isinstance(output, Tensor) else [*output[:-1], kept.clone()]

    return keep
