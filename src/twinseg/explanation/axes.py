"""Note on values, while a network runs, whether their channels come first or last.

A convolution hands on (image, channel, *place), a linear layer has its channels last, unless it is
known to mix places; what is computed element by element stays as it was, and turning moves the
axis along. Reshaping keeps the channels if the other axes alone are put together or parted.
Of tokens that are joined to a sequence it is noted how many come before and after each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
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


_RESHAPES = {"flatten", "reshape", "view", "unflatten"}
_TURNS = {"permute", "transpose", "swapaxes", "swapdims"}
_JOINS = {"cat", "concat", "concatenate"}
_Joined = dict[tuple[int, int], set[tuple[int, ...]]]
_joined: ContextVar[_Joined | None] = ContextVar("_joined", default=None)


@contextmanager
def noting_axes() -> Iterator[None]:
    """Note the axes of everything that is computed inside, and which tokens are joined."""
    before = _joined.set({})
    try:
        with _Noting():
            yield
    finally:
        _joined.reset(before)


def joined_along(axis: int, length: int) -> set[tuple[int, ...]]:
    """Return of which lengths sequences of ``length`` tokens along ``axis`` were put together."""
    return (_joined.get() or {}).get((axis, length), set())


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
        kwargs = dict(kwargs or {})
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if isinstance(result, Tensor) and result.ndim > 2:
            if name in _JOINS and args:
                _note_joined(args[0], result, args[1] if len(args) > 1 else kwargs.get("dim", 0))
            first = _axes_of(name, result, [arg for arg in args if isinstance(arg, Tensor)], args)
            if first is not None or name in _ELEMENTWISE:
                result._channels_first = first  # type: ignore[attr-defined]
        return result


def _note_joined(parts: Sequence[Tensor], result: Tensor, axis: int) -> None:
    axis, noted = axis % result.ndim, _joined.get()
    if result.ndim == 3 and axis > 0 and noted is not None:
        lengths = tuple(part.shape[axis] for part in parts)
        noted.setdefault((axis, result.shape[axis]), set()).add(lengths)


def _axes_of(
    name: str, result: Tensor, tensors: Sequence[Tensor], args: Sequence[Any]
) -> bool | None:
    before = channels_first_by_origin(tensors[0]) if tensors else None
    if name in _FIRST:
        return True
    if name in _LAST or (name in _LAST_BY_MATRIX and len(tensors) > 1 and tensors[1].ndim == 2):
        return bool(before)  # what has its channels first is mixed over places
    if before is not None and name in _RESHAPES:
        return _reshaped(tensors[0], result, first=before)
    if before is not None and name in _TURNS:
        return _turned(name, args, first=before)
    if name in _JOINS and args:
        return _common(args[0], result)
    return _common(tensors, result) if name in _ELEMENTWISE else None


def _reshaped(before: Tensor, after: Tensor, *, first: bool) -> bool | None:
    """Channels stay an axis if the axes on one side of them are left as they are."""
    if first:
        return True if before.shape[:2] == after.shape[:2] else None
    ends = (before.shape[0], before.shape[-1]) == (after.shape[0], after.shape[-1])
    return False if ends else None


def _turned(name: str, args: Sequence[Any], *, first: bool) -> bool | None:
    axes = args[0].ndim
    order = list(range(axes))
    moved = args[1] if len(args) == 2 and not isinstance(args[1], int) else args[1:]
    if not all(isinstance(axis, int) for axis in moved):
        return None
    if name == "permute" and len(moved) == axes:
        order = [axis % axes for axis in moved]
    elif len(moved) == 2:
        one, other = moved
        order[one], order[other] = order[other], order[one]
    else:  # named, not by place
        return None
    place = order.index(1 if first else axes - 1)
    if order[0] != 0 or place not in (1, axes - 1):
        return None
    return place == 1


def _common(tensors: Sequence[Tensor], result: Tensor) -> bool | None:
    """Return what is known of those of as many places as the result, if they agree."""
    alike = [part for part in tensors if part.ndim == result.ndim and part.numel() > 1]
    noted = {channels_first_by_origin(part) for part in alike if part.shape == result.shape}
    noted = noted or {channels_first_by_origin(part) for part in alike}
    return noted.pop() if len(noted) == 1 else None
