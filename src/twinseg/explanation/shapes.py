"""Names of tensors for any number of spatial axes: a picture has two, a volume three.

``space`` is the grid of the logits, ``place`` that of a layer.
"""

from jaxtyping import Bool, Float
from torch import Tensor

Inputs = Float[Tensor, "image channel *space"]  # as the network expects them
Tiles = Float[Tensor, "tile channel *inside"]  # parts of one picture
Plane = Float[Tensor, "image *space"]  # one value per pixel, such as the logit of the foreground
AnyPlane = Float[Tensor, "image ..."]  # the same, on a grid that need not be that of the images
Pixels = Bool[Tensor, "image *space"]
Activation = Float[Tensor, "image feature *place"]
Heat = Float[Tensor, "image *place"]
AnyHeat = Float[Tensor, "image ..."]  # one of several, each on the grid of its layer
PerImage = Float[Tensor, " image"]
Each = Bool[Tensor, " image"]
FeatureWeights = Float[Tensor, "image feature"]


def spread(per_image: Tensor, like: Tensor) -> Tensor:
    """Give ``per_image`` axes of length 1 until it has as many as ``like``."""
    return per_image.reshape(*per_image.shape, *[1] * (like.ndim - per_image.ndim))
