"""Note on values, while a network runs, whether their channels come first or last.

A convolution hands on (image, channel, *place), a linear layer has its channels last; what is
computed element by element stays as it was. Turning and reshaping ends what is known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

_POOLS = ("max_pool", "avg_pool", "adaptive_max_pool", "adaptive_avg_pool")
_FIRST = {
    "batch_norm", "instance_norm", "group_norm", "interpolate", "pixel_shuffle",
    *(f"{kind}{axes}d" for kind in ("conv", "conv_transpose", *_POOLS) for axes in (1, 2, 3)),
}  # fmt: skip
_LAST = {"linear", "layer_norm", "rms_norm"}
_LAST_BY_MATRIX = {"matmul", "__matmul__"}
_ELEMENTWISE = {
    "relu", "relu_", "relu6", "leaky_relu", "leaky_relu_", "elu", "gelu", "silu", "mish", "prelu",
    "hardtanh", "hardswish", "hardsigmoid", "sigmoid", "tanh", "softplus", "dropout", "dropout2d",
    "add", "add_", "__add__", "__radd__", "__iadd__", "sub", "__sub__", "mul", "mul_", "__mul__",
    "__rmul__", "__imul__", "div", "__truediv__", "clamp", "clone", "contiguous", "to", "float",
}  # fmt: skip


@contextmanager
def noting_axes() -> Iterator[None]:
    """Note the axes of everything that is computed inside."""
    with _Noting():
        yield


def channels_first_by_origin(values: Tensor) -> bool | None:
    """Whether the channels come first (True) or last (False); None if nothing was noted."""
    noted: bool | None = getattr(values, "_channels_first", None)
    return noted


class _Noting(TorchFunctionMode):
    def __torch_function__(
        self,
        func: Callable,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **dict(kwargs or {}))
        name = getattr(func, "__name__", "")
        if isinstance(result, Tensor) and result.ndim > 2:
            first = _axes_of(name, result, [arg for arg in args if isinstance(arg, Tensor)], args)
            if first is not None or name in _ELEMENTWISE:
                result._channels_first = first  # type: ignore[attr-defined]
        return result


def _axes_of(
    name: str, result: Tensor, tensors: Sequence[Tensor], args: Sequence[Any]
) -> bool | None:
    if name in _FIRST:
        return True
    if name in _LAST or (name in _LAST_BY_MATRIX and len(tensors) > 1 and tensors[1].ndim == 2):
        return False
    if name in ("cat", "concat") and args:
        return _common(args[0], result)
    return _common(tensors, result) if name in _ELEMENTWISE else None


def _common(tensors: Sequence[Tensor], result: Tensor) -> bool | None:
    """Return what is known of those of as many places as the result, if they agree."""
    alike = [part for part in tensors if part.ndim == result.ndim and part.numel() > 1]
    noted = {channels_first_by_origin(part) for part in alike if part.shape == result.shape}
    noted = noted or {channels_first_by_origin(part) for part in alike}
    return noted.pop() if len(noted) == 1 else None
