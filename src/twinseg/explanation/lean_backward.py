"""Leave out the gradients nobody reads, above all those of feature maps that come over a skip.

A decoder joins what it decodes with a skip and convolves both. Only the first part leads to the
asked layer, but the usual backward pass of the convolution computes the gradient of both: in a
U-Net that is more than half of its work. Here the gradient of the other part is left out. That of
the first is a transposed convolution. What is computed is the same to the last bit or two, as the
sum over output channels may be taken in another order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_NAMES = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_TRANSPOSED: dict[Callable, Callable[..., Tensor]] = {
    torch.conv2d: torch.conv_transpose2d,
    torch.conv3d: torch.conv_transpose3d,
}


@contextmanager
def lean_backward() -> Iterator[None]:
    """Make the backward pass of convolutions lean while the network runs forward."""
    with _Lean():
        yield


class _Lean(TorchFunctionMode):
    """Watch ``cat``, and convolutions, that may read what it joined."""

    def __torch_function__(
        self,
        func: Callable,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if func in _TRANSPOSED:
            options = dict(zip(_NAMES, args, strict=False)) | named
            if (part := _only_part(options)) is not None:
                return _Convolution.apply(*part, options["weight"], func, options)
        result = func(*args, **named)
        if func in (torch.cat, torch.concat):
            _note_parts(result, *args, **named)
        return result


def _note_parts(result: Tensor, tensors: Sequence[Tensor], dim: int = 0) -> None:
    needing = [place for place, tensor in enumerate(tensors) if tensor.requires_grad]
    if dim == 1 and len(needing) == 1 and len(tensors) > 1:
        (place,) = needing
        start = sum(tensor.shape[1] for tensor in tensors[:place])
        # The version tells whether anything was written into it in between.
        result._lean_part = (tensors[place], start, result._version)  # type: ignore[attr-defined]


def _only_part(options: Mapping[str, Any]) -> tuple[Tensor, int, Tensor] | None:
    """Return (part that needs a gradient, its first channel, all parts), or None."""
    whole, weight, bias = options["input"], options["weight"], options.get("bias")
    part, start, version = getattr(whole, "_lean_part", (None, 0, -1))
    needs_more = weight.requires_grad or (bias is not None and bias.requires_grad)
    plain = options.get("groups", 1) == 1 and not isinstance(options.get("padding", 0), str)
    if part is None or version != whole._version:
        part, start = whole, 0
    if not part.requires_grad or needs_more or not plain:
        return None
    if torch.is_autocast_enabled(whole.device.type):
        return None  # gradients and weights would be of different types
    return part, start, whole.detach()


class _Convolution(torch.autograd.Function):
    """A convolution of joined feature maps whose gradient is that of one part alone."""

    @staticmethod
    def forward(
        ctx: Any,
        part: Tensor,
        start: int,
        whole: Tensor,
        weight: Tensor,
        convolve: Callable[..., Tensor],
        options: Mapping[str, Any],
    ) -> Tensor:
        ctx.save_for_backward(weight[:, start : start + part.shape[1]])
        ctx.shape, ctx.transposed = part.shape, _TRANSPOSED[convolve]
        ctx.options = {n: options[n] for n in ("stride", "padding", "dilation") if n in options}
        return convolve(**{**options, "input": whole})

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        (weight,) = ctx.saved_tensors
        found = _input_gradient(ctx, gradients[0], weight)
        return found, None, None, None, None, None


def _input_gradient(ctx: Any, gradient: Tensor, weight: Tensor) -> Tensor:
    found: Tensor = ctx.transposed(gradient, weight, **ctx.options)
    if found.shape == ctx.shape:
        return found
    # A stride need not reach the last places: how many is lost going forward, and told here.
    beyond = [n - m for n, m in zip(ctx.shape[2:], found.shape[2:], strict=True)]
    again: Tensor = ctx.transposed(gradient, weight, output_padding=beyond, **ctx.options)
    return again
