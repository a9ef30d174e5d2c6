"""How a network ends: in a sigmoid or softmax, or in a weighted sum.

What went into the first two are the logits, exact to the bit. The values of a weighted sum are
logits whatever their range.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

_ONE_BY_ONE = {"sigmoid", "expit", "log_sigmoid"}
_OVER_CHANNELS = {"softmax", "log_softmax"}
_SUMS = {
    *(f"{kind}{axes}d" for kind in ("conv", "conv_transpose") for axes in (1, 2, 3)),
    "linear", "matmul", "__matmul__", "einsum",
}  # fmt: skip
_JOINING = {"interpolate", "cat", "concat"}
_ADDING = {"add", "__add__", "__iadd__"}  # several heads of a network


@dataclass(frozen=True)
class Before:
    """Logits, and what was made of them."""

    values: Tensor
    name: str
    axis: int | None  # of a softmax: values along it are read against one another

    def turned(self, turn: Callable[[Tensor], Tensor]) -> "Before":
        """Return the same with axes turned, those of a softmax to the second."""
        return Before(turn(self.values), self.name, None if self.axis is None else 1)


@contextmanager
def watching_activations() -> Iterator[None]:
    """Note on the result of every sigmoid and softmax what went into it; note weighted sums."""
    with _Watching():
        yield


def before_activation(result: Tensor) -> Before | None:
    """Return what went in, if ``result`` is that of a sigmoid or softmax and nothing else."""
    before, version = getattr(result, "_before", (None, 0))
    return before if before is not None and before.values._version == version else None


def is_weighted_sum(result: Tensor) -> bool:
    """Whether ``result`` is that of convolutions or linear layers, on a finer grid perhaps."""
    noted = getattr(result, "_weighted_sum", None)  # weights made in inference mode count nothing
    return noted is not None and bool(noted == result._version)


class _Watching(TorchFunctionMode):
    def __torch_function__(
        self,
        func: Callable,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        name = getattr(func, "__name__", "").removeprefix("special_")
        is_sum = name in _SUMS or _keeps_sums(name, args)  # before it is written over in place
        result = func(*args, **named)
        if name in _ONE_BY_ONE or name in _OVER_CHANNELS:
            values = args[0] if args else named["input"]
            axis = args[1] if len(args) > 1 else named.get("dim")
            known = axis % values.ndim if name in _OVER_CHANNELS and axis is not None else None
            if name in _ONE_BY_ONE or known is not None:
                result._before = (Before(values, name, known), values._version)
        if is_sum:
            result._weighted_sum = result._version
        return result


def _keeps_sums(name: str, args: Sequence[Any]) -> bool:
    if name in _JOINING:
        return any(map(is_weighted_sum, _tensors(args[:1])))
    return (
        name in _ADDING
        and len(args) > 1
        and all(isinstance(part, Tensor) and is_weighted_sum(part) for part in args[:2])
    )


def _tensors(args: Sequence[Any]) -> list[Tensor]:
    flat = [part for arg in args for part in (arg if isinstance(arg, list | tuple) else [arg])]
    return [part for part in flat if isinstance(part, Tensor)]
