"""Names of Torch tensors with their axes; apart from `arrays` because importing torch is slow."""

from jaxtyping import Float
from torch import Tensor

Images = Float[Tensor, "image 3 y x"]  # red, green, blue; [0, 1] before normalisation
Logits = Float[Tensor, "image 1 y x"]
Targets = Float[Tensor, "image 1 y x"]  # 0 background, 1 foreground
Layer = Float[Tensor, "image channel y x"]
PerImage = Float[Tensor, " image"]
