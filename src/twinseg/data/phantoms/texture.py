"""Random fields: smooth noise, ridges made of it, and bending one field by others."""

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy.ndimage import map_coordinates

from twinseg.core.arrays import Plane

Lattice = Float[np.ndarray, "row column"]  # few values, far apart


def smooth_noise(size_px: int, cells: int | tuple[int, int], *, rng: np.random.Generator) -> Plane:
    """Return a smooth random field, (size_px, size_px), with mean near 0 and deviation near 0.7.

    Args:
        size_px: Side of the field.
        cells: How many independent values fit along a side, or down and across.
        rng: Source of randomness.
    """
    return enlarged(rng.standard_normal(np.broadcast_to(cells, 2) + 1, dtype=np.float32), size_px)


def enlarged(lattice: Lattice, size_px: int) -> Plane:
    """Return ``lattice`` smoothly enlarged to (size_px, size_px)."""
    rows, columns = lattice.shape
    outermost_centres = (0.5, 0.5, columns - 0.5, rows - 0.5)
    image = Image.fromarray(lattice).resize(
        (size_px, size_px), Image.Resampling.BICUBIC, box=outermost_centres
    )
    return np.asarray(image)


def ridges(noise: Plane) -> Plane:
    """Return thin lines where ``noise`` crosses 0: 1 on the line, 0 away from it."""
    return np.exp(-((noise / 0.22) ** 2))


def bent(plane: Plane, down_px: Plane, right_px: Plane) -> Plane:
    """Return at each pixel the value of ``plane`` found ``down_px`` and ``right_px`` away."""
    rows, columns = np.indices(plane.shape, dtype=np.float32)
    places = (rows + down_px, columns + right_px)
    found: Plane = map_coordinates(plane, places, order=1, mode="mirror")
    return found
