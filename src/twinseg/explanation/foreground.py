"""From whatever a network returns to one logit of the foreground per pixel."""

from collections.abc import Mapping

import torch
from torch import Tensor

from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation.shapes import Plane


def foreground_logit(output: object, channel: int | None = None) -> Plane:
    """Return the logit of the foreground, (image, *space), with its gradient.

    One channel is the logit itself. Of several, taken as logits of a softmax, it is the log-odds
    of ``channel`` against all others together: ``z_k - logsumexp(z of the others)``, which for two
    channels is their difference ``z_1 - z_0``. So the foreground is always where it is above 0.

    Args:
        output: A tensor (image, channel, *space); or a dict with ``out`` (torchvision); or a
            tuple or list of which the first is meant (deep supervision, extra heads).
        channel: Which one is the foreground. May be left out for one channel, and for two, where
            it is the second.

    Raises:
        ConfigError: If there are more than two channels and ``channel`` is not named, or there is
            no such channel.
        DataError: If the network returns something else.
    """
    tensor = _tensor_of(output)
    channels = tensor.shape[1]
    if channels == 1 and channel in (None, 0):
        return tensor[:, 0]
    if channel is None and channels != 2:
        raise ConfigError(
            f"the network has {channels} output channels; name the one of the foreground "
            f"(channel=0 to {channels - 1})"
        )
    chosen = 1 if channel is None else channel
    if not 0 <= chosen < channels:
        raise ConfigError(f"channel {chosen} is not there: the network has {channels} outputs")
    if channels == 2:
        return tensor[:, chosen] - tensor[:, 1 - chosen]
    others = torch.cat([tensor[:, :chosen], tensor[:, chosen + 1 :]], dim=1)
    return tensor[:, chosen] - others.logsumexp(dim=1)


def _tensor_of(output: object) -> Tensor:
    if isinstance(output, Mapping) and "out" in output:
        output = output["out"]
    elif isinstance(output, tuple | list) and output:
        output = output[0]
    if isinstance(output, Tensor) and output.ndim > 2:
        return output
    what = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
    raise DataError(
        f"the network returned {what}; expected a tensor (image, channel, y, x), a dict with "
        "'out', or a tuple that starts with one: wrap it in a module that returns that"
    )
