"""Files of weights as people have them: read safely, their names understood, damage refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from twinseg.core.errors import WeightsError
from twinseg.core.words import amount
from twinseg.records.inits import PICKLES, why_no_pickle

# Parts of whole networks that no encoder has: heads of classification and of contrastive training,
# the decoder of a U-Net, the queue of MoCo.
_HEADS = {
    "classifier", "fc", "head", "heads", "last_linear", "proj", "projector", "projection",
    "projection_head", "predictor", "decoder", "segmentation_head", "classification_head",
    "queue", "queue_ptr", "queue_labels",
}  # fmt: skip
# Outermost parts of timm's whole EfficientNets and MobileNets, after the last map of an encoder.
_TAILS = {"conv_head", "norm_head", "bn2"}


@dataclass(frozen=True)
class StateFile:
    """Tensors of a file under the encoder's own names."""

    tensors: dict[str, Tensor]
    missing: tuple[str, ...]  # of the encoder
    metadata: Mapping[str, str]
    notes: tuple[str, ...]  # what was understood and left aside, in plain words


def read_state(file: Path, encoder: str, state: Mapping[str, Tensor]) -> StateFile:
    """Read a file of weights for an encoder whose own are ``state``.

    One prefix common to all of the encoder's tensors (``module.``, ``backbone.`` ...) is taken off.
    Nothing is unpickled.

    Raises:
        WeightsError: If it cannot be read, is damaged or of another network.
    """
    given, metadata = _read(file)
    return fit_state(file, encoder, state, given, metadata)


def fit_state(
    file: Path,
    encoder: str,
    state: Mapping[str, Tensor],
    given: Mapping[str, Tensor],
    metadata: Mapping[str, str],
) -> StateFile:
    """Give the tensors of ``file`` the encoder's own names, and check each.

    Raises:
        WeightsError: If they are damaged or of another network.
    """
    prefix = _prefix(file, encoder, state, given)
    own = {name: key for name in state if (key := _key(name, prefix, given))}
    own = {n: k for n, k in own.items() if not is_counter(n) or given[k].shape == state[n].shape}
    missing = tuple(name for name in state if name not in own and not is_counter(name))
    aside = sorted(set(given) - set(own.values()))
    heads = sorted({head for key in aside if (head := _head_of(key, prefix))})
    if unknown := [key for key in aside if not _head_of(key, prefix) and not is_counter(key)]:
        raise WeightsError(
            f"{file} holds {amount(len(unknown), 'tensor')} that {encoder} has no place for, such "
            f"as {', '.join(unknown[:3])}; these are weights of another network"
        )
    tensors = {name: given[key] for name, key in own.items()}
    for name, tensor in tensors.items():
        _require_sound(file, encoder, name, tensor, state[name])
    notes = [f"names begin with {prefix}"] if prefix else []
    notes += [f"left aside, no part of an encoder: {', '.join(heads)}"] if heads else []
    return StateFile(tensors, missing, metadata, tuple(notes))


_POINTER = b"version https://git-lfs"


def _read(file: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_POINTER))
        if begins == _POINTER:
            raise WeightsError(
                f"{file} is a pointer of git-lfs, not the weights; fetch them by: git lfs pull"
            )
        if begins[:2] in (b"PK", b"\x80\x02") or file.suffix.lower() in PICKLES:
            raise WeightsError(why_no_pickle(file))
        with safe_open(file, framework="pt") as opened:
            names = list(opened.keys())
            return {name: opened.get_tensor(name) for name in names}, opened.metadata() or {}
    except (OSError, SafetensorError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{file} is not a readable safetensors file: {error}") from error


def _prefix(file: Path, encoder: str, state: Mapping[str, Tensor], given: Iterable[str]) -> str:
    """Return the one prefix under which most of the encoder's tensors lie; "" if none does."""
    wanted = [name for name in state if not is_counter(name)]
    bare = {form: name for name in wanted for form in (name, name.removeprefix("model."))}
    fitting: dict[str, set[str]] = {}
    for key in given:
        parts = key.split(".")
        for start in range(len(parts)):
            if name := bare.get(".".join(parts[start:])):
                prefix = "".join(f"{part}." for part in parts[:start])
                fitting.setdefault(prefix, set()).add(name)
    # A network inside itself (``model.`` of timm's) fits with and without its own name.
    if len(fitting.get("", ())) == len(fitting.get("model.", ("",))):
        fitting.pop("model.", None)
    whole = [prefix for prefix, names in fitting.items() if len(names) == len(wanted)]
    if len(whole) > 1:
        named = " and ".join(prefix or "bare names" for prefix in sorted(whole))
        raise WeightsError(
            f"{file} holds {len(whole)} encoders of {encoder}, under {named}; keep the one that is "
            "meant"
        )
    return max(fitting, key=lambda prefix: len(fitting[prefix]), default="")


def _key(name: str, prefix: str, given: Mapping[str, Tensor]) -> str | None:
    """Key of the encoder's tensor ``name`` in the file. timm's have no ``model.``."""
    forms = (prefix + name, prefix + name.removeprefix("model."))
    return next((form for form in forms if form in given), None)


def is_counter(name: str) -> bool:
    """Whether ``name`` is of a counter of batches: no weight."""
    return name.endswith("num_batches_tracked")


def _head_of(key: str, prefix: str) -> str:
    """Return the part of ``key`` that names what no encoder has; "" if there is none."""
    parts = key.split(".")
    place = next((i for i, part in enumerate(parts) if part in _HEADS), None)
    if place is not None:
        return ".".join(parts[: place + 1])
    outermost = key.removeprefix(prefix).removeprefix("model.").partition(".")[0]
    return outermost if outermost in _TAILS else ""


def _require_sound(file: Path, encoder: str, name: str, given: Tensor, own: Tensor) -> None:
    if given.shape != own.shape:
        raise WeightsError(
            f"{file}: {name} has shape {tuple(given.shape)}, {encoder} expects "
            f"{tuple(own.shape)}; these are weights of another network"
        )
    if own.is_floating_point() and not given.is_floating_point():
        raise WeightsError(
            f"{file}: {name} is of {given.dtype}, expected floating-point numbers; take weights "
            "that are not quantised"
        )
    if own.is_floating_point() and (fault := _fault(name, given.float())):
        raise WeightsError(f"{file}: {name} {fault}; the file is damaged, get it anew")


def _fault(name: str, values: Tensor) -> str | None:
    """What no training leaves behind; None if there is nothing of the kind."""
    if not torch.isfinite(values).all():
        return "holds values that are no numbers (NaN or infinite)"
    if name.endswith("running_var") and (values < 0).any():
        return "holds variances below zero"
    if values.ndim > 1 and not values.any():  # of a layer: one number a channel may well be zero
        return "holds nothing but zeros"
    return None
