"""Names of Torch tensors with their axes; apart from `arrays` because importing torch is slow."""

from jaxtyping import Float
from torch import Tensor

Images = Float[Tensor, "image 3 y x"]  # red, green, blue; [0, 1] before normalisation
Logits = Float[Tensor, "image 1 y x"]
Targets = Float[Tensor, "image 1 y x"]  # 0 background, 1 foreground
Layer = Float[Tensor, "image channel y x"]
HeatStack = Float[Tensor, "image y x"]
AnyHeatStack = Float[Tensor, "image _ _"]  # one of several, each on the grid of its layer
PerImage = Float[Tensor, " image"]
