"""ImageNet weights from the model hub, at the revisions the encoder library pins."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from huggingface_hub import constants, get_session
from torch import Tensor

from twinseg.core.errors import NoWeightsError
from twinseg.training.encoders import usual_normalisation
from twinseg.training.network import DEPTH
from twinseg.training.normalisation import Normalisation

_ANSWER_WITHIN_S = 5.0


@dataclass(frozen=True)
class HubWeights:
    """An encoder's weights, and how its images must be normalised."""

    state: dict[str, Tensor]
    normalise: Normalisation


def fetch(encoder: str) -> HubWeights:
    """Fetch ImageNet weights of ``encoder``, from the hub or from its client's cache.

    Raises:
        NoWeightsError: If the hub has no such weights or does not answer.
    """
    import segmentation_models_pytorch as smp  # seconds

    wanted = True if encoder.startswith("tu-") else "imagenet"
    try:
        with _no_long_wait():
            fetched = smp.encoders.get_encoder(encoder, depth=DEPTH, weights=wanted)
            expected = smp.encoders.get_preprocessing_params(encoder, "imagenet")
    except KeyError as error:
        raise NoWeightsError(f"the hub has no ImageNet weights of {encoder}: {error}") from error
    except Exception as error:  # the hub's client has no common root for "no answer"
        raise NoWeightsError(f"the model hub does not answer ({type(error).__name__})") from error
    return HubWeights(dict(fetched.state_dict()), _expected(encoder, expected))


def _expected(encoder: str, stated: Mapping[str, Any]) -> Normalisation:
    """Return what the weights' own configuration states, or what is usual for the encoder.

    Raises:
        NoWeightsError: If neither says.
    """
    if stated.get("mean") and stated.get("std"):
        full_range = (stated.get("input_range") or (0, 1))[1]
        return Normalisation(_three(stated["mean"], full_range), _three(stated["std"], full_range))
    if (usual := usual_normalisation(encoder)) is None:
        raise NoWeightsError(f"the hub does not state how images of {encoder} are normalised")
    return usual


def _three(values: Sequence[float], full_range: float) -> tuple[float, float, float]:
    red, green, blue = (value / full_range for value in values)
    return red, green, blue


@contextmanager
def _no_long_wait() -> Iterator[None]:
    """Use the client's cache alone if the hub is out of reach, instead of its many retries."""
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not _answers()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _answers() -> bool:
    try:
        get_session().head(constants.ENDPOINT, timeout=_ANSWER_WITHIN_S)
    except Exception:  # whatever went wrong is said by `fetch`, which finds the cache empty
        return False
    return True
