"""A pigmented lesion as the dermatoscope shows it; the mask is the lesion."""

import math

import numpy as np

from twinseg.core.arrays import Plane
from twinseg.data.phantoms.photograph import photographed
from twinseg.data.phantoms.rendering import Light, Phantom, absorbed, blended, developed
from twinseg.data.phantoms.shapes import square
from twinseg.data.phantoms.texture import ridges, smooth_noise

_TONES = (  # of skin under the lamp: red, green, blue
    (0.90, 0.87, 0.86),
    (0.94, 0.72, 0.60),
    (0.82, 0.73, 0.79),
    (0.97, 0.91, 0.78),
    (0.80, 0.62, 0.58),
    (0.66, 0.49, 0.39),
)
_MELANIN = (0.55, 1.00, 1.45)
_BLOOD = (0.10, 0.75, 0.62)
_VEIL = (0.47, 0.50, 0.60)  # blue-white veil over the thick part of a lesion


def draw_skin(
    size_px: int, *, lesion_rng: np.random.Generator, photograph_rng: np.random.Generator
) -> Phantom:
    """Draw one lesion and photograph it.

    Args:
        size_px: Side of the picture.
        lesion_rng: Decides on skin and lesion; equal generators give the same lesion.
        photograph_rng: Decides on hairs, ruler, bubbles, lens and sensor.
    """
    depth = _lesion_depth(size_px, lesion_rng)
    light = _skin_light(size_px, lesion_rng)
    light = _with_lesion(light, depth, lesion_rng)
    return Phantom(developed(photographed(light, rng=photograph_rng)), depth > 0)


def _lesion_depth(size_px: int, rng: np.random.Generator) -> Plane:
    """Return 1 in the middle of the lesion, 0 on its outline, less than 0 outside."""
    y, x = square(size_px)
    y, x = y - rng.uniform(-0.1, 0.1), x - rng.uniform(-0.1, 0.1)
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(1.0, 1.35)
    along, across = y * math.cos(turn) + x * math.sin(turn), x * math.cos(turn) - y * math.sin(turn)
    along, across = along / stretch, across * stretch
    angle = np.arctan2(along, across)
    raggedness = rng.uniform(0.3, 1.0)
    lobes = sum(
        rng.normal(0, 0.16 / waves) * np.cos(waves * angle + rng.uniform(0, 2 * np.pi))
        for waves in (2, 3, 4, 5)
    )
    fray = 0.10 * smooth_noise(size_px, 9, rng=rng) + 0.025 * smooth_noise(size_px, 26, rng=rng)
    radius = np.hypot(along, across) * np.exp(raggedness * (lobes + fray))
    share = 0.03 * 15 ** rng.uniform(0, 1)
    return 1 - radius / float(np.quantile(radius, share))


def _skin_light(size_px: int, rng: np.random.Generator) -> Light:
    """Return healthy skin: a tone, flushed patches, fine creases and a few freckles."""
    first, second = rng.choice(np.array(_TONES), 2, replace=False)
    tone = first + rng.uniform(0, 1) * (second - first)
    flush = np.clip(0.08 + 0.07 * smooth_noise(size_px, 3, rng=rng), 0, None)
    creases = 0.02 * ridges(smooth_noise(size_px, (14, 30), rng=rng))
    pores = 0.02 * np.abs(smooth_noise(size_px, 60, rng=rng))
    freckles = np.clip(smooth_noise(size_px, 16, rng=rng) - rng.uniform(1.3, 2.2), 0, None)
    melanin = creases + pores + 0.5 * freckles
    light: Light = tone.astype(np.float32) * absorbed(flush, _BLOOD) * absorbed(melanin, _MELANIN)
    return light


def _with_lesion(light: Light, depth: Plane, rng: np.random.Generator) -> Light:
    """Return the skin with pigment, blood and, in some, a blue-white veil in it."""
    size_px = len(depth)
    softness = rng.uniform(0.03, 0.14)
    cover = 1 / (1 + np.exp(-np.clip(depth / softness, -30, 30)))
    strength = 0.28 * 6 ** rng.uniform(0, 1)
    patches = 1 + rng.uniform(0.1, 0.5) * smooth_noise(size_px, 4, rng=rng)
    clumps = rng.uniform(0.1, 0.4) * smooth_noise(size_px, 13, rng=rng)
    network = rng.uniform(0, 0.45) * ridges(smooth_noise(size_px, 38, rng=rng))
    dots = rng.uniform(0, 0.8) * np.clip(smooth_noise(size_px, 32, rng=rng) - 0.9, 0, 1)
    core = rng.uniform(-0.4, 0.5) * np.clip(depth, 0, 1)
    pigment = cover * strength * np.clip(patches + clumps + network + dots + core, 0.15, None)
    blood = cover * np.clip(
        rng.uniform(-0.3, 0.3) + 0.2 * smooth_noise(size_px, 5, rng=rng), 0, None
    )
    light = light * absorbed(pigment, _MELANIN) * absorbed(blood, _BLOOD)
    if rng.random() < 0.25:
        veil = 0.45 * cover * np.clip(smooth_noise(size_px, 4, rng=rng) - 0.1, 0, 1)
        light = blended(light, _VEIL, veil)
    return light
