"""A tile of a slide stained with haematoxylin and eosin; the mask is the tumour."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import Plane
from twinseg.data.phantoms.rendering import Phantom, absorbed, developed
from twinseg.data.phantoms.texture import smooth_noise
from twinseg.data.phantoms.tissue import Tissue, grown_tissue

_HAEMATOXYLIN = (0.95, 1.10, 0.42)
_EOSIN = (0.10, 0.78, 0.36)


@dataclass(frozen=True)
class Stain:
    """How strongly each dye of one slide takes away red, green and blue."""

    haematoxylin: Float[np.ndarray, " 3"]
    eosin: Float[np.ndarray, " 3"]


def draw_stain(rng: np.random.Generator) -> Stain:
    """Draw the stain of a slide: strong or pale, more blue or more pink."""
    strengths = rng.uniform(0.7, 1.3, 2)
    hues = rng.uniform(0.85, 1.18, (2, 3))
    return Stain(strengths[0] * hues[0] * _HAEMATOXYLIN, strengths[1] * hues[1] * _EOSIN)


def draw_tile(size_px: int, *, stain: Stain, rng: np.random.Generator) -> Phantom:
    """Draw one tile of tissue and stain it.

    Args:
        size_px: Side of the tile.
        stain: The stain of its slide.
        rng: Source of randomness.
    """
    tissue = grown_tissue(size_px, rng=rng)
    light = absorbed(_haematoxylin_taken_up(tissue, rng), stain.haematoxylin)
    light *= absorbed(_eosin_taken_up(tissue, rng), stain.eosin)
    light += 0.012 * rng.standard_normal(light.shape, dtype=np.float32)
    return Phantom(developed(0.97 * light), tissue.tumour)


def _haematoxylin_taken_up(tissue: Tissue, rng: np.random.Generator) -> Plane:
    """Return the blue dye in each pixel: chromatin, and a little in busy cytoplasm."""
    chromatin = np.clip(1 + 0.25 * smooth_noise(len(tissue.nuclei), 70, rng=rng), 0, None)
    cytoplasm = 0.05 + 0.17 * tissue.gland
    taken_up: Plane = tissue.nuclei * chromatin + cytoplasm * (1 - tissue.gap)
    return taken_up


def _eosin_taken_up(tissue: Tissue, rng: np.random.Generator) -> Plane:
    """Return the pink dye in each pixel: fibres most, cytoplasm less, gaps next to none."""
    granules = np.clip(1 + 0.15 * smooth_noise(len(tissue.nuclei), 50, rng=rng), 0, None)
    fibres = np.clip(0.72 + 0.34 * tissue.fibres, 0.05, None)
    solid = (fibres + tissue.gland * (0.45 - fibres)) * granules
    taken_up: Plane = solid * (1 - tissue.gap) + 0.02
    return taken_up
