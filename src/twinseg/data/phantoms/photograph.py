"""What lies between a lesion and its picture: hairs, ruler, gel bubbles, lens and sensor."""

import numpy as np
from scipy.ndimage import gaussian_filter

from twinseg.data.phantoms.rendering import Light, blended
from twinseg.data.phantoms.shapes import Points, soft, square, strokes

_HAIR = (0.16, 0.11, 0.09)
_RIM = (0.35, 0.30, 0.28)
_LAMP = (1.0, 1.0, 1.0)
_INK = (0.10, 0.10, 0.13)


def photographed(light: Light, *, rng: np.random.Generator) -> Light:
    """Return ``light`` as a dermatoscope would record it; each flaw is there in some pictures."""
    if rng.random() < 0.5:
        light = _with_hairs(light, rng)
    if rng.random() < 0.25:
        light = _with_ruler(light, rng)
    if rng.random() < 0.25:
        light = _with_bubbles(light, rng)
    light = _through_lens(light, rng)
    grain = rng.standard_normal(light.shape, dtype=np.float32)
    recorded: Light = light + rng.uniform(0.006, 0.018) * grain
    return recorded


def _with_hairs(light: Light, rng: np.random.Generator) -> Light:
    size_px = len(light)
    hairs = [curved_hair(size_px, rng) for _ in range(rng.integers(2, 14))]
    cover = strokes(size_px, hairs, width_px=size_px * rng.uniform(0.004, 0.008))
    return blended(light, _HAIR, rng.uniform(0.45, 0.9) * cover)


def curved_hair(size_px: int, rng: np.random.Generator) -> Points:
    """Return a curve with one bend (quadratic Bezier) across a part of the picture."""
    root = rng.uniform(-0.1, 1.1, 2)
    direction = rng.uniform(0, 2 * np.pi)
    tip = root + rng.uniform(0.3, 0.9) * np.array([np.sin(direction), np.cos(direction)])
    bend = (root + tip) / 2 + rng.normal(0, 0.12, 2)
    along = np.linspace(0, 1, 16)[:, None]
    return size_px * ((1 - along) ** 2 * root + 2 * along * (1 - along) * bend + along**2 * tip)


def _with_ruler(light: Light, rng: np.random.Generator) -> Light:
    """Draw the tick marks of a ruler along one of the four edges."""
    size_px = len(light)
    spacing = rng.uniform(0.03, 0.06)
    places = np.arange(rng.uniform(0, 0.3), rng.uniform(0.6, 1.0), spacing)
    lengths = np.where(np.arange(len(places)) % 5 == 0, 0.075, 0.045)
    edge = 1 - rng.uniform(0.02, 0.06)
    ticks = [
        size_px * np.array([[edge - length, place], [edge, place]])
        for place, length in zip(places, lengths, strict=True)
    ]
    cover = strokes(size_px, ticks, width_px=0.007 * size_px)
    return blended(light, _INK, 0.8 * np.rot90(cover, int(rng.integers(4))))


def _with_bubbles(light: Light, rng: np.random.Generator) -> Light:
    """Draw bubbles in the gel: a dark rim, a bright edge inside it and a glint of the lamp."""
    size_px = len(light)
    y, x = square(size_px)
    for _ in range(rng.integers(1, 7)):
        radius = rng.uniform(0.015, 0.05)
        down, right = y - rng.uniform(-0.5, 0.5), x - rng.uniform(-0.5, 0.5)
        inward_px = size_px * (radius - np.hypot(down, right))
        glint_px = size_px * (0.3 * radius - np.hypot(down + 0.4 * radius, right + 0.4 * radius))
        light = blended(light, _RIM, 0.5 * soft(1 - np.abs(inward_px)))
        light = blended(light, _LAMP, 0.45 * soft(0.8 - np.abs(inward_px - 1.6)))
        light = blended(light, _LAMP, 0.9 * soft(glint_px))
    return light


def _through_lens(light: Light, rng: np.random.Generator) -> Light:
    """Blur a little, darken the corners and, in some, show the black rim of the dermatoscope."""
    size_px = len(light)
    y, x = square(size_px)
    from_middle = np.hypot(y - rng.uniform(-0.03, 0.03), x - rng.uniform(-0.03, 0.03))
    light = gaussian_filter(light, (*2 * [size_px * rng.uniform(0.002, 0.005)], 0))
    light = light * (1 - rng.uniform(0, 0.9) * from_middle**2)[..., None]
    if rng.random() < 0.3:
        rim = rng.uniform(0.49, 0.62)
        light = light * soft(0.4 * size_px * (rim - from_middle))[..., None]
    return light
