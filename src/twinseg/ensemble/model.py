"""A trained model, or a rule over several, that can be shown any picture."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast, overload

import numpy as np

from twinseg.core.arrays import Mask, Picture, Pictures, Plane, SquarePlane
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.registry import choose
from twinseg.data.shrink import shrink_picture
from twinseg.ensemble.combine import ALL_RULES, WEIGHTED
from twinseg.ensemble.doubt import disagreement, uncertainty
from twinseg.ensemble.mixing import mix
from twinseg.images.picture import SourcePicture
from twinseg.images.window import grey_through, grey_to_rgb, window_named
from twinseg.prediction.network_features import features_noted
from twinseg.prediction.predict import FLIPS, IMAGES_AT_ONCE, probabilities
from twinseg.prediction.predictions import THRESHOLD
from twinseg.prediction.source_grid import stretch
from twinseg.records.input_spec import InputSpec
from twinseg.training.trained_model import TrainedModel

Shown = np.ndarray | SourcePicture


@dataclass(frozen=True)
class Prediction:
    """What a model says of one picture, on the picture's own grid.

    Attributes:
        mask: True where it marks.
        probability: Of foreground, float32 in [0, 1]; None of a rule over masks, such as union.
        doubt: `disagreement` of the masks of all members; of a single one the `uncertainty` of its
            probabilities. In [0, 1].
    """

    mask: Mask
    probability: Plane | None
    doubt: float


@dataclass(frozen=True)
class Answer:
    """What the members of a model say of one square.

    Attributes:
        planes: Probabilities of every member: each run, then its flips.
        features: Of the run `Model.watched`, for its likeness; see `network_features`.
    """

    planes: tuple[SquarePlane, ...]
    features: np.ndarray


@dataclass(frozen=True)
class Model:
    """One run, or a rule over runs that must be shown a picture alike.

    Attributes:
        runs: Trained models.
        rule: A key of `ALL_RULES`, or the id of the run whose masks are taken.
        weights: Of the rule ``weighted``: one for each run and flip, in that order.
        flips: Keys of `FLIPS`: each run is also shown the picture flipped so.
        threshold: A pixel of a higher probability is marked; only rules over probabilities, and
            single runs, take another than one half.

    Raises:
        ConfigError: If the runs differ in how they must be shown a picture, or the rule does not
            fit them.
    """

    runs: tuple[TrainedModel, ...]
    rule: str
    weights: tuple[float, ...] | None = None
    flips: tuple[str, ...] = ()
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        first = self.runs[0]
        for other in self.runs[1:]:
            if _how_shown(other.input) != _how_shown(first.input):
                raise ConfigError(
                    f"{first.id} and {other.id} see pictures differently ({_how_shown(first.input)}"
                    f" against {_how_shown(other.input)}); take runs of one study"
                )
        if self.rule in self._ids:
            return
        merge = choose(ALL_RULES | dict.fromkeys(self._ids), self.rule, "rule")
        if len(self.runs) * (1 + len(self.flips)) < 2:
            raise ConfigError(f"{self.rule} needs two runs, got {self._ids[0]} alone; give a study")
        if merge is not None and self.threshold != THRESHOLD:
            raise ConfigError(f"{self.rule} combines masks, which another threshold cannot change")
        if (self.rule == WEIGHTED) != (self.weights is not None):
            raise ConfigError(f"{self.rule} and weights {self.weights}: only {WEIGHTED} has them")

    @property
    def input(self) -> InputSpec:
        """How it must be shown a picture."""
        return self.runs[0].input

    @property
    def has_probabilities(self) -> bool:
        """False of a rule over masks, such as union."""
        return self.rule in self._ids or ALL_RULES[self.rule] is None

    @property
    def _ids(self) -> list[str]:
        return [run.id for run in self.runs]

    @overload
    def predict(self, pictures: Shown) -> Prediction: ...  # type: ignore[overload-overlap]
    @overload
    def predict(self, pictures: Iterable[Shown]) -> Iterator[Prediction]: ...
    def predict(self, pictures: Shown | Iterable[Shown]) -> Prediction | Iterator[Prediction]:
        """Predict one picture, or one after another; the same bits either way.

        Args:
            pictures: A picture: uint8, (y, x, 3) or grey (y, x), of any size; or, where the model
                was trained through one window, measured values such as Hounsfield units, (y, x),
                of any other number type. Or any iterable of such pictures, read as it goes.

        Returns:
            A `Prediction`, or an iterator of them.

        Raises:
            DataError: If it is no such picture.
        """
        if _is_many(pictures):
            return self._each(cast(Iterable[Shown], pictures))
        return next(self._each([cast(Shown, pictures)]))

    def _each(self, pictures: Iterable[Shown]) -> Iterator[Prediction]:
        waiting = iter(pictures)
        while some := list(islice(waiting, IMAGES_AT_ONCE)):
            seen = [self.as_seen(picture) for picture in some]
            grids = [_pixels(picture).shape[:2] for picture in some]
            for answer, grid in zip(self.answers(np.stack(seen)), grids, strict=True):
                yield self.prediction(answer.planes, *grid)

    def as_seen(self, picture: Shown) -> Picture:
        """Return the square that the networks see: uint8, (side, side, 3)."""
        if isinstance(picture, SourcePicture):
            return shrink_picture(picture.pixels, self.input.size_px, is_grey=picture.is_grey)
        pixels = _require_picture(picture)
        if pixels.ndim == 2:
            pixels = grey_to_rgb(_in_bytes(pixels, self.input.window))
            return shrink_picture(pixels, self.input.size_px, is_grey=True)
        return shrink_picture(pixels, self.input.size_px)

    @property
    def watched(self) -> TrainedModel:
        """The run whose likeness tells of unlike pictures: that whose masks are taken, or first."""
        return next((run for run in self.runs if run.id == self.rule), self.runs[0])

    @property
    def taken(self) -> int | None:
        """Place among the members of the run whose masks are taken; None of a rule over all."""
        if self.rule not in self._ids:
            return None
        return self._ids.index(self.rule) * (1 + len(self.flips))

    def answers(self, seen: Pictures) -> Iterator[Answer]:
        """Yield for each square what every member says."""
        members: list[Iterable[SquarePlane]] = []
        with features_noted(self.watched) as noted:
            for run in self.runs:
                members.append(list(probabilities(run, seen)))
                for flip in self.flips:  # asked later, when nothing is noted any more
                    axes = choose(FLIPS, flip, "flip")
                    turned = np.ascontiguousarray(np.flip(seen, tuple(1 + axis for axis in axes)))
                    members.append(_turned_back(probabilities(run, turned), axes))
        features = np.concatenate(noted)[: len(seen)]
        for planes, row in zip(zip(*members, strict=True), features, strict=True):
            yield Answer(planes, row)

    def prediction(
        self, planes: Sequence[SquarePlane], height_px: int, width_px: int
    ) -> Prediction:
        """Return the mask that follows from what the members say, on a grid of that size."""
        grid = (height_px, width_px)
        stretched = [stretch(plane, *grid) for plane in planes]
        masks = [plane > THRESHOLD for plane in stretched] if len(planes) > 1 else []
        doubt = disagreement(masks) if masks else uncertainty(planes[0])
        if self.taken is not None:
            probability = stretched[self.taken]
        elif merge := ALL_RULES[self.rule]:
            return Prediction(merge(masks), None, doubt)
        else:
            probability = stretch(mix(planes, self.weights), *grid)
        return Prediction(probability > self.threshold, probability, doubt)


def _how_shown(spec: InputSpec) -> InputSpec:
    """Without what each network has of its own."""
    return replace(spec, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


def _turned_back(planes: Iterator[SquarePlane], axes: tuple[int, ...]) -> Iterator[SquarePlane]:
    return (np.ascontiguousarray(np.flip(plane, axes)) for plane in planes)


def _is_many(pictures: object) -> bool:
    """Whether pictures come one after another; an array of three axes is meant as one of them."""
    if isinstance(pictures, np.ndarray):
        return pictures.ndim > 3
    return isinstance(pictures, Iterable) and not isinstance(pictures, str | bytes)


def _require_picture(picture: object) -> np.ndarray:
    expected = "expected uint8 (y, x, 3), or grey (y, x)"
    if not isinstance(picture, np.ndarray):
        raise DataError(
            f"a picture of type {type(picture).__name__} came, {expected}: give "
            "np.asarray(picture), or the file to twinseg.predict_files"
        )
    is_grey, is_colour = picture.ndim == 2, picture.ndim == 3 and picture.shape[2] == 3
    if not picture.size or not (is_grey or (is_colour and picture.dtype == np.uint8)):
        raise DataError(
            f"a picture of {picture.dtype} {picture.shape} came, {expected}{_advice(picture)}"
        )
    return picture


def _advice(picture: np.ndarray) -> str:
    if picture.ndim == 3 and picture.shape[2] == 4:
        return "; leave out the fourth channel: picture[..., :3]"
    if picture.ndim == 3 and picture.shape[0] == 3:
        return "; channels come last: picture.transpose(1, 2, 0)"
    return "; convert it so, or give the file to twinseg.predict_files"


def _pixels(picture: Shown) -> np.ndarray:
    return picture.pixels if isinstance(picture, SourcePicture) else picture


def _in_bytes(values: np.ndarray, window: str) -> np.ndarray:
    """Return grey in 0..255; what was measured goes through the window of the training pictures."""
    if values.dtype == np.uint8:
        return values
    if not window:
        raise DataError(
            f"grey of {values.dtype} came, and the model was not trained through one window; give "
            "uint8 as it was shown in training"
        )
    return grey_through(values.astype(np.float32), window_named(window))
