"""One patient's abdomen as numbers: drawn once, then cut at any height.

All lengths are in mm. ``x`` runs to the patient's left, ``y`` to the back, ``z`` to the head, as in
DICOM; 0 is the middle of the picture at the height of the kidneys.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

HALF_LENGTH_MM = 90.0  # of the part of the body that is drawn, above and below z = 0
SIDES = (-1, 1)  # right, left


@dataclass(frozen=True, kw_only=True)
class Organ:
    """An ellipsoid filled with one tissue, in some with gas above its contents."""

    centre_mm: tuple[float, float, float]
    half_axes_mm: tuple[float, float, float]
    hounsfield: float
    wall_hounsfield: float | None = None
    turn_rad: float = 0.0  # about z, from x towards y
    gas: float = 0.0  # share of its height, from the front, that is filled with gas


@dataclass(frozen=True, kw_only=True)
class Kidney:
    """A bean with a cortex, pyramids of medulla, fat in its hilum and, in some, a cyst."""

    body: Organ
    hilum: Organ
    pelvis: Organ
    cyst: Organ | None
    pyramids: int
    cortex_hounsfield: float


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """What differs between two patients."""

    half_width_mm: float
    half_depth_mm: float
    fat_mm: float
    wall_mm: float
    spine_y_mm: float
    vertebra_height_mm: float
    vertebra_offset_mm: float
    rib_offset_mm: float
    muscles: tuple[Organ, ...]
    organs: tuple[Organ, ...]  # later ones lie over earlier ones
    kidneys: tuple[Kidney, Kidney]
    vessels: tuple[Organ, ...]
    unevenness_mm: Float[np.ndarray, "axis z y x"]  # of all outlines, on a coarse lattice
    noise_hounsfield: float


def draw_anatomy(*, rng: np.random.Generator) -> Anatomy:
    """Draw a patient: thin or heavy, before or after contrast medium, with or without cysts."""
    half_depth_mm = rng.uniform(102, 124)
    half_width_mm = half_depth_mm * rng.uniform(1.22, 1.4)
    fat_mm = rng.uniform(0.08, 0.26) * half_depth_mm
    spine_y_mm = half_depth_mm - fat_mm - rng.uniform(50, 56)
    contrast = rng.uniform(0.05, 1.0)  # how much contrast medium is in the blood
    inner_mm = np.array([half_width_mm - fat_mm - 14, half_depth_mm - fat_mm - 14])
    return Anatomy(
        half_width_mm=half_width_mm,
        half_depth_mm=half_depth_mm,
        fat_mm=fat_mm,
        wall_mm=rng.uniform(9, 14),
        spine_y_mm=spine_y_mm,
        vertebra_height_mm=rng.uniform(32, 38),
        vertebra_offset_mm=rng.uniform(0, 35),
        rib_offset_mm=rng.uniform(0, 20),
        muscles=_muscles(spine_y_mm, rng),
        organs=(*_bowel(inner_mm, rng), *_upper_organs(inner_mm, contrast, rng)),
        kidneys=(_kidney(-1, spine_y_mm, contrast, rng), _kidney(1, spine_y_mm, contrast, rng)),
        vessels=_vessels(spine_y_mm, contrast, rng),
        unevenness_mm=rng.normal(0, 4.0, (2, 7, 9, 9)).astype(np.float32),
        noise_hounsfield=rng.uniform(5, 16),
    )


def _muscles(spine_y_mm: float, rng: np.random.Generator) -> tuple[Organ, ...]:
    """Return the muscles along the spine: behind it, beside it, and the psoas before it."""
    bulk = rng.uniform(0.85, 1.1)
    return tuple(
        Organ(centre_mm=centre, half_axes_mm=half_axes, hounsfield=58.0, turn_rad=turn * side)
        for side in SIDES
        for centre, half_axes, turn in (
            ((side * 29.0, spine_y_mm + 39.0, 0.0), (28 * bulk, 17 * bulk, 400.0), 0.15),
            ((side * 57.0, spine_y_mm + 21.0, -40.0), (18 * bulk, 9 * bulk, 90.0), -0.5),
            ((side * 32.0, spine_y_mm + 3.0, -90.0), (14 * bulk, 19 * bulk, 110.0), 0.2),
        )
    )


def _vessels(spine_y_mm: float, contrast: float, rng: np.random.Generator) -> tuple[Organ, ...]:
    """Return the aorta before the spine and the vena cava to the right of it."""
    aorta_mm = rng.uniform(8, 12)
    return (
        Organ(
            centre_mm=(-18.0, spine_y_mm - 22, 0.0),
            half_axes_mm=(rng.uniform(10, 14), rng.uniform(7, 11), 400.0),
            hounsfield=45 + 110 * contrast,
        ),
        Organ(
            centre_mm=(rng.uniform(4, 10), spine_y_mm - 18 - aorta_mm, 0.0),
            half_axes_mm=(aorta_mm, aorta_mm, 400.0),
            hounsfield=45 + 240 * contrast,
        ),
    )


def _upper_organs(inner_mm: np.ndarray, contrast: float, rng: np.random.Generator) -> list[Organ]:
    """Return stomach, spleen, liver and gall bladder; ``inner_mm`` is the cavity's half size."""
    width, depth = inner_mm
    return [
        Organ(
            centre_mm=(0.42 * width, -0.40 * depth, rng.uniform(65, 90)),
            half_axes_mm=(0.40 * width, 0.42 * depth, rng.uniform(45, 65)),
            hounsfield=rng.uniform(5, 35),
            wall_hounsfield=90.0,
            turn_rad=-0.4,
            gas=rng.uniform(0.2, 0.6),
        ),
        Organ(
            centre_mm=(0.80 * width, 0.30 * depth, rng.uniform(60, 85)),
            half_axes_mm=(0.24 * width, 0.50 * depth, rng.uniform(45, 65)),
            hounsfield=50 + 80 * contrast,
            turn_rad=0.45,
        ),
        Organ(
            centre_mm=(-0.52 * width, -0.08 * depth, rng.uniform(65, 80)),
            half_axes_mm=(0.68 * width, 0.86 * depth, rng.uniform(85, 110)),
            hounsfield=55 + 60 * contrast,
            turn_rad=-0.45,
        ),
        Organ(
            centre_mm=(-0.33 * width, -0.50 * depth, rng.uniform(20, 40)),
            half_axes_mm=(15.0, rng.uniform(15, 22), 25.0),
            hounsfield=10.0,
        ),
    ]


def _bowel(inner_mm: np.ndarray, rng: np.random.Generator) -> list[Organ]:
    """Return loops of small bowel in front, and the colon on both flanks."""
    width, depth = inner_mm
    loops = [
        Organ(
            centre_mm=(
                0.62 * width * np.sin(turn) * reach,
                -0.42 * depth + 0.42 * depth * np.cos(turn) * reach,
                rng.uniform(-105, 45),
            ),
            half_axes_mm=(rng.uniform(10, 22), rng.uniform(9, 15), rng.uniform(25, 60)),
            hounsfield=rng.uniform(10, 60),
            wall_hounsfield=95.0,
            turn_rad=rng.uniform(-1, 1),
            gas=max(0.0, rng.uniform(-0.9, 0.6)),
        )
        for turn, reach in zip(
            rng.uniform(0, 2 * np.pi, 30), np.sqrt(rng.uniform(0, 1, 30)), strict=True
        )
    ]
    colon = [
        Organ(
            centre_mm=(side * 0.84 * width, rng.uniform(-0.1, 0.25) * depth, -60.0),
            half_axes_mm=(rng.uniform(17, 25), rng.uniform(18, 26), 115.0),
            hounsfield=rng.uniform(0, 50),
            wall_hounsfield=70.0,
            gas=rng.uniform(0.1, 0.7),
        )
        for side in SIDES
    ]
    return loops + colon


def _kidney(side: int, spine_y_mm: float, contrast: float, rng: np.random.Generator) -> Kidney:
    """Return the kidney on one side (-1 right, 1 left); the right one lies lower."""
    x_mm, y_mm = side * rng.uniform(62, 70), spine_y_mm + rng.uniform(-10, -2)
    z_mm = rng.uniform(-12, 4) if side < 0 else rng.uniform(0, 14)
    size = rng.uniform(0.85, 1.15)
    turn_rad = side * rng.uniform(0.3, 0.8)
    inward = np.array([-side * np.cos(turn_rad), -side * np.sin(turn_rad)])
    inward *= np.sign(-side * inward[0])
    hilum_x, hilum_y = np.array([x_mm, y_mm]) + 19 * size * inward
    cyst_turn, cyst_mm = rng.uniform(-1.5, 1.5), rng.uniform(7, 18)
    cyst = Organ(
        centre_mm=(
            x_mm + side * 24 * size * np.cos(cyst_turn),
            y_mm + 24 * size * np.sin(cyst_turn),
            z_mm + rng.uniform(-35, 35),
        ),
        half_axes_mm=(cyst_mm, cyst_mm, cyst_mm),
        hounsfield=8.0,
    )
    return Kidney(
        body=Organ(
            centre_mm=(x_mm, y_mm, z_mm),
            half_axes_mm=(29 * size, 25 * size, rng.uniform(50, 60) * size),
            hounsfield=40 + 75 * contrast,
            turn_rad=turn_rad,
        ),
        hilum=Organ(
            centre_mm=(hilum_x, hilum_y, z_mm),
            half_axes_mm=(19 * size, 9 * size, 30 * size),
            hounsfield=-85.0,
            turn_rad=turn_rad,
        ),
        pelvis=Organ(
            centre_mm=(hilum_x - 3 * inward[0], hilum_y - 3 * inward[1], z_mm - 4),
            half_axes_mm=(12 * size, 4.5 * size, 16 * size),
            hounsfield=12.0,
            turn_rad=turn_rad,
        ),
        cyst=cyst if rng.random() < 0.3 else None,
        pyramids=int(rng.integers(6, 10)),
        cortex_hounsfield=45 + 175 * contrast,
    )
