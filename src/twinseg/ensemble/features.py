"""What can be known of a case without its reference: the numbers from which a rule is chosen."""

from collections.abc import Sequence

import numpy as np

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.core.pixels import connected_parts
from twinseg.ensemble.doubt import disagreement, entropy, uncertainty
from twinseg.ensemble.mixing import mix
from twinseg.prediction.predictions import THRESHOLD


def case_features(planes: Sequence[Plane], picture: Picture) -> dict[str, float]:
    """Describe what the models say of one case, and the picture itself.

    Args:
        planes: Probabilities of each model, [0, 1], (y, x), in the order of the models.
        picture: What they saw, on the same grid.

    Returns:
        Always finite numbers: disagreement between the masks; uncertainty of the mean; of each
        model and of the mean, union and intersection the share of the picture that is marked; of
        each model its mean entropy, its mean probability inside its mask (0 if that is empty) and
        the logarithm of 1 + its objects; brightness, contrast (standard deviation), and how much
        brighter the union is than the rest (0 if either is empty), grey in [0, 1].

    Raises:
        DataError: If there are fewer than two models or their grids differ.
    """
    mean = mix(planes)
    masks = [plane > THRESHOLD for plane in planes]
    union: Mask = np.logical_or.reduce(masks)
    grey = picture.mean(axis=-1) / 255
    features = {
        "disagreement": disagreement(masks),
        "uncertainty": uncertainty(mean),
        "area_mean": float((mean > THRESHOLD).mean()),
        "area_union": float(union.mean()),
        "area_intersection": float(np.logical_and.reduce(masks).mean()),
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "contrast_of_union": _difference(grey, union),
    }
    for model, (plane, mask) in enumerate(zip(planes, masks, strict=True), start=1):
        features[f"area_{model}"] = float(mask.mean())
        features[f"entropy_{model}"] = float(entropy(plane).mean())
        features[f"confidence_{model}"] = float(plane[mask].mean()) if mask.any() else 0.0
        features[f"objects_{model}"] = float(np.log1p(connected_parts(mask).count))
    return features


def _difference(grey: Plane, mask: Mask) -> float:
    if mask.all() or not mask.any():
        return 0.0
    return float(grey[mask].mean() - grey[~mask].mean())
