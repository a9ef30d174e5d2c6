"""Borrow a network and give it back as it was, also when something fails."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext

import torch
from torch import nn

from twinseg.core.errors import ConfigError
from twinseg.explanation.shapes import Inputs


def as_network_needs(network: nn.Module, images: Inputs) -> Inputs:
    """Bring images to the device and the floating type of the network; they are not changed."""
    weight = next((w for w in network.parameters() if w.is_floating_point()), images)
    brought = images.detach().to(weight.device, weight.dtype)
    # Autograd does not accept what was made in inference mode.
    return brought.clone() if brought.is_inference() else brought


@contextmanager
def borrowed(network: nn.Module) -> Iterator[None]:
    """Evaluation mode, gradients on, none of weights; compiled parts run as they were written.

    Put back afterwards: mode of every submodule, ``requires_grad`` of every weight, the state of
    the random generators.

    Raises:
        ConfigError: If it is of TorchScript, which lets nobody look inside.
    """
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        raise ConfigError(
            "the network is of TorchScript, which hides its layers; give the torch module that it "
            "was made from"
        )
    modes = {module: module.training for module in network.modules()}
    wanted = {weight: weight.requires_grad for weight in network.parameters()}
    cuda = sorted({w.device.index for w in wanted if w.device.type == "cuda"})
    try:
        with (
            torch.random.fork_rng(devices=cuda),
            torch.inference_mode(False),
            torch.enable_grad(),
            _uncompiled(network),
        ):
            network.eval()
            network.requires_grad_(False)
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for weight, flag in wanted.items():
            weight.requires_grad_(flag)


@contextmanager
def hooked(places: list[tuple[nn.Module, object]]) -> Iterator[None]:
    """Register forward hooks, (module, hook) each; all are removed even when the body fails."""
    with ExitStack() as hooks:
        for module, hook in places:
            hooks.callback(module.register_forward_hook(hook).remove)  # type: ignore[arg-type]
        yield


@contextmanager
def standing_in(forwards: Mapping[nn.Module, object]) -> Iterator[None]:
    """Let modules run another ``forward``; their own is put back even when the body fails."""
    before = {m: vars(m)["forward"] for m in forwards if "forward" in vars(m)}
    try:
        for module, forward in forwards.items():
            vars(module)["forward"] = forward
        yield
    finally:
        for module in forwards:
            vars(module).pop("forward", None)
        for module, forward in before.items():
            vars(module)["forward"] = forward


@contextmanager
def _uncompiled(network: nn.Module) -> Iterator[None]:
    # A compiled graph does not see hooks that come later.
    compiled = any(
        hasattr(module, "_orig_mod") or module._compiled_call_impl is not None
        for module in network.modules()
    )
    with torch.compiler.set_stance("force_eager") if compiled else nullcontext():
        yield
