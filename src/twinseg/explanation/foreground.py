"""From whatever a network returns to one logit of the foreground per pixel. Never guessed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace

import torch
from torch import Tensor, nn

from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation.before_activation import (
    Before,
    before_activation,
    is_weighted_sum,
    watching_activations,
)
from twinseg.explanation.layout import grids
from twinseg.explanation.running import run_on
from twinseg.explanation.shapes import AnyPlane, Inputs

SCALES = ("logit", "probability")
_ANSWERS = ("out", "logits")  # of torchvision, and of transformers: the answer by name
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Reading:
    """How to read what a network returns; None: told from what it is, or asked for."""

    channel: int | None = None  # of the foreground
    part: str | None = None  # name or number, where several are returned; "0.logits" goes deeper
    scale: str | None = None  # one of `SCALES`


NOT_SAID = Reading()
OURS = Reading(scale="logit")  # what a model of ours returns: one logit per pixel


def reading_named(text: str | None, channel: int | None = None) -> Reading:
    """Return the reading that ``text`` names: a scale, a part, or both as ``aux:probability``.

    Raises:
        ConfigError: If it names two of the same.
    """
    words = text.split(":") if text else []
    scales = [word for word in words if word in SCALES]
    parts = [word for word in words if word not in SCALES]
    if len(scales) > 1 or len(parts) > 1 or "" in words:
        raise ConfigError(
            f"cannot read output {text!r}; write logit or probability, the name or number of a "
            "part, or both: aux:probability"
        )
    return Reading(channel, next(iter(parts), None), next(iter(scales), None))


def answer_of(network: nn.Module, images: Inputs, reading: Reading) -> AnyPlane:
    """Run the network and return the logit of the foreground, (image, *space), with its gradient.

    One channel is the logit itself. Of several, taken as logits of a softmax, it is the log-odds
    of ``channel`` against all others together: ``z_k - logsumexp(z of the others)``, which for two
    channels is their difference ``z_1 - z_0``. So the foreground is always where it is above 0.
    Where the network ends in a sigmoid or softmax, what went into that is read; other
    probabilities ``p`` are turned to ``log(p / (1 - p))``.

    Raises:
        ConfigError: If the channel or the part must be named, or there is no such one.
        DataError: If the network fails on the images, or returns something else.
    """
    with watching_activations():
        output = run_on(network, images)
    return foreground_logit(_ending_of(output, images, reading), reading)


def decided(network: nn.Module, images: Inputs, reading: Reading) -> Reading:
    """Return the reading with its scale, told by what the network answers to ``images``.

    Raises:
        ConfigError: If no value is below 0 and nothing tells whether they are logits.
        DataError: If the network fails on the images, or returns something that is no picture of
            numbers.
    """
    if reading.scale is not None:
        return reading
    with torch.no_grad(), watching_activations():
        ending = _ending_of(run_on(network, images), images, reading)
    tensor = ending.values
    if not tensor.isfinite().all():
        raise DataError("the network returned values that are no numbers (NaN or infinite)")
    if _is_mask(ending):
        raise DataError(
            "the network returned a mask, of which nothing can be explained; let it return the "
            "logits that the mask is made from"
        )
    if ending.before is not None or _sums_to_one(tensor):
        return replace(reading, scale="probability")
    if bool((tensor >= 0).all()) and not ending.is_weighted_sum:
        if _within_0_and_1(tensor):
            what, say = "logits or probabilities", "say output='logit' or output='probability'"
        else:
            what, say = "logits or not", "say output='logit', or let the network return logits"
        raise ConfigError(
            f"the network returned values {_span(tensor)}, which may be {what}; {say}"
        )
    return replace(reading, scale="logit")


@dataclass(frozen=True)
class Ending:
    """What a network returned, (image, channel, *space), and how that was made."""

    values: Tensor
    before: Before | None = None
    is_weighted_sum: bool = False


def _is_mask(ending: Ending) -> bool:
    values = ending.values
    if not values.is_floating_point():
        return True
    # A constant network and a saturated sigmoid give zeros and ones, too, and are no masks.
    made_otherwise = ending.is_weighted_sum or ending.before is not None
    return not made_otherwise and bool(((values == 0) | (values == 1)).all())


def foreground_logit(ending: Ending, reading: Reading) -> AnyPlane:
    """Return the logit of the foreground, see `answer_of`."""
    tensor, before = ending.values, ending.before
    if before is not None and reading.scale == "logit":
        raise ConfigError(
            f"output='logit' was said, but the network ends in a {before.name}; leave it out"
        )
    channels = tensor.shape[1]
    one_by_one = reading.scale == "probability" and not (
        before.axis == 1 if before else _sums_to_one(tensor)
    )
    chosen = _chosen(channels, reading.channel, default_of_two=not one_by_one)
    if before is not None:
        tensor = before.values
    elif reading.scale == "probability":
        return _logit_of(tensor[:, chosen])
    if channels == 1 or one_by_one:
        return tensor[:, chosen]
    if channels == 2:
        return tensor[:, chosen] - tensor[:, 1 - chosen]
    others = torch.cat([tensor[:, :chosen], tensor[:, chosen + 1 :]], dim=1)
    return tensor[:, chosen] - others.logsumexp(dim=1)


def _chosen(channels: int, channel: int | None, *, default_of_two: bool) -> int:
    if channel is None and (channels == 1 or (channels == 2 and default_of_two)):
        return channels - 1
    if channel is None:
        raise ConfigError(
            f"the network has {channels} output channels; name the one of the foreground "
            f"(channel=0 to {channels - 1})"
        )
    if not 0 <= channel < channels:
        raise ConfigError(f"channel {channel} is not there: the network has {channels} outputs")
    return channel


def _logit_of(probability: Tensor) -> Tensor:
    if not _within_0_and_1(probability):
        raise DataError(
            f"output='probability' was said, but values go {_span(probability)}; say output='logit'"
        )
    if not ((probability > 0) & (probability < 1)).all():
        raise DataError(
            "some probabilities are 0 or 1 to the last bit, so that no logit is left to explain; "
            "let the network return what goes into its sigmoid or softmax"
        )
    return probability.log() - torch.log1p(-probability)


def _span(values: Tensor) -> str:
    lowest, highest = values.detach().aminmax()
    return f"from {float(lowest):.3g} to {float(highest):.3g}"


def _within_0_and_1(values: Tensor) -> bool:
    lowest, highest = values.detach().aminmax()
    return bool((lowest >= 0) & (highest <= 1))


def _sums_to_one(tensor: Tensor) -> bool:
    if tensor.shape[1] < 2 or not _within_0_and_1(tensor):
        return False
    return bool(((tensor.detach().float().sum(dim=1) - 1).abs() < _SUM_TOLERANCE).all())


def _part_of(output: object, part: str | None) -> Tensor:
    """Return the tensor meant in what the network returned."""
    if part is not None:
        for step in part.split("."):
            output = _step(output, step, part)
        if isinstance(output, Tensor):
            return output
        raise ConfigError(f"output {part!r} is no tensor but {type(output).__name__}")
    if isinstance(output, Tensor):
        return output
    parts = _parts(output)
    pictures = {name: p for name, p in parts.items() if isinstance(p, Tensor) and p.ndim > 2}
    named = [name for name in _ANSWERS if name in pictures] or list(pictures)
    if len(named) == 1:
        return pictures[named[0]]
    if not named:
        raise DataError(
            f"the network returned {type(output).__name__}; expected a tensor (image, channel, y, "
            "x), or a list or dict with one: wrap it in a module that returns that"
        )
    there = ", ".join(f"{name} ({' x '.join(map(str, pictures[name].shape))})" for name in named)
    raise ConfigError(f"the network returned {len(named)} pictures: {there}; say which is the "
                      f"answer, such as output={named[-1]!r}")  # fmt: skip


def _step(output: object, step: str, part: str) -> object:
    parts = _parts(output)
    is_number = step.lstrip("-").isdecimal() and isinstance(output, tuple | list)
    if is_number and -len(parts) <= int(step) < len(parts):
        step = list(parts)[int(step)]
    if step not in parts:
        raise ConfigError(
            f"output {part!r} is not there; the network returned "
            f"{', '.join(parts) or type(output).__name__}"
        )
    return parts[step]


def _parts(output: object) -> dict[str, object]:
    if isinstance(output, Mapping):
        return {str(name): part for name, part in output.items()}
    if isinstance(output, tuple | list):
        named = getattr(output, "_fields", range(len(output)))
        return {str(name): part for name, part in zip(named, output, strict=True)}
    if isinstance(output, Tensor):
        return {}
    if is_dataclass(output):
        return {field.name: getattr(output, field.name) for field in fields(output)}
    return dict(getattr(output, "__dict__", {}))


def _ending_of(output: object, images: Inputs, reading: Reading) -> Ending:
    """Return the answer with its channels first, told by the grid of the images."""
    tensor = _part_of(output, reading.part)
    shape, space = tuple(tensor.shape), tuple(images.shape[2:])
    before, turn = before_activation(tensor), _turn_of(shape, space, tuple(images.shape))
    channel_axis = 1 if turn is _as_it_is else len(shape) - 1
    if before is not None and before.axis not in (None, channel_axis):
        before = None
    return Ending(
        turn(tensor), None if before is None else before.turned(turn), is_weighted_sum(tensor)
    )


def _turn_of(
    shape: tuple[int, ...], space: tuple[int, ...], images: tuple[int, ...]
) -> Callable[[Tensor], Tensor]:
    if len(shape) == len(images) and shape[0] == images[0]:
        known = grids(space)
        is_last = (shape[1:-1] == space != shape[2:]) or (
            shape[2:] not in known and shape[1:-1] in known
        )
        return _last_to_second if is_last else _as_it_is
    if shape == (images[0], *space):
        return _with_one_channel
    raise DataError(
        f"the network returned {' x '.join(map(str, shape))} for images of "
        f"{' x '.join(map(str, images))}; expected (image, channel, y, x): wrap it in a "
        "module that returns that"
    )


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


def _last_to_second(tensor: Tensor) -> Tensor:
    return tensor.movedim(-1, 1)


def _with_one_channel(tensor: Tensor) -> Tensor:
    return tensor[:, None]
