"""Whether a map stays when the picture hardly changes."""

from collections.abc import Callable

import torch

from twinseg.explanation.shapes import AnyHeat, Inputs, PerImage

Maps = Callable[[Inputs], dict[str, AnyHeat]]


def max_sensitivity(
    maps: Maps, images: Inputs, *, radius: float, draws: int, generator: torch.Generator
) -> dict[str, PerImage]:
    """Largest relative change of each kind of map under small noise on the picture; no labels.

    Yeh et al. 2019 (arXiv:1901.09392), eq. 5, by Monte Carlo, divided by the norm of the map.

    Args:
        maps: From images to raw maps by kind; the question must be fixed in it.
        images: As the network sees them, that is, normalised: ``radius`` is in units of their
            standard deviation.
        radius: Noise is uniform in [-radius, radius].
        draws: How many noises are tried.
        generator: Source of the noise.

    Returns:
        0 for a map that never moves, 1 for one that moves by its own size; NaN for one of 0.
    """
    before = {kind: heat.flatten(1) for kind, heat in maps(images).items()}
    largest = {kind: heat.new_zeros(len(images)) for kind, heat in before.items()}
    for _ in range(draws):
        noise = torch.rand(images.shape, generator=generator).to(images.device) * 2 - 1
        for kind, heat in maps(images + radius * noise).items():
            moved = (heat.flatten(1) - before[kind]).norm(dim=1)
            largest[kind] = torch.maximum(largest[kind], moved)
    return {
        kind: torch.where(heat.norm(dim=1) > 0, largest[kind] / heat.norm(dim=1), torch.nan)
        for kind, heat in before.items()
    }
