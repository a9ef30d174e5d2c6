"""An axial slice through an abdomen as a CT scanner shows it; the mask is both kidneys."""

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import gaussian_filter

from twinseg.core.arrays import Mask, Plane
from twinseg.data.phantoms.anatomy import HALF_LENGTH_MM, Anatomy, Kidney, Organ
from twinseg.data.phantoms.rendering import Phantom
from twinseg.data.phantoms.section import Section, laid_over
from twinseg.data.phantoms.shapes import Ellipses, at, hills, scattered, soft, square
from twinseg.data.phantoms.skeleton import bones
from twinseg.data.phantoms.texture import enlarged

FIELD_OF_VIEW_MM = 360.0

_AIR, _SKIN, _FAT, _MUSCLE, _VESSEL = -1000.0, 10.0, -105.0, 55.0, 90.0
_TABLE, _FOAM = 120.0, -930.0
_SHEET_MM = 5.0  # how thick the two sheets of the table are
_CORTEX_MM = 7.0  # how thick the outer layer of a kidney is


def draw_ct_slice(
    anatomy: Anatomy, *, size_px: int, height_mm: float, rng: np.random.Generator
) -> Phantom:
    """Cut a patient at one height.

    Args:
        anatomy: The patient.
        size_px: Side of the slice, which shows `FIELD_OF_VIEW_MM`.
        height_mm: Where to cut, towards the head, from the middle of the kidneys.
        rng: Source of small vessels and noise, which differ from slice to slice.

    Returns:
        The slice in Hounsfield units, the patient's right on its left, and the kidneys.
    """
    straight = _section(size_px, height_mm)
    uneven = _uneven(straight, anatomy)
    body_mm = _body_depth_mm(straight, anatomy)
    muscle_mm = body_mm - anatomy.fat_mm
    cavity_mm = muscle_mm - anatomy.wall_mm

    hounsfield = _body(straight, body_mm, muscle_mm, cavity_mm)
    hounsfield = _with_small_vessels(hounsfield, cavity_mm, straight.pixel_mm, rng)
    _paint(hounsfield, uneven, anatomy.muscles, within_mm=muscle_mm)
    _paint(hounsfield, uneven, anatomy.organs, within_mm=cavity_mm)
    mask = _paint_kidneys(hounsfield, uneven, anatomy.kidneys, within_mm=cavity_mm)
    _paint(hounsfield, straight, anatomy.vessels, within_mm=cavity_mm)
    _paint(hounsfield, straight, bones(anatomy, height_mm), within_mm=body_mm)
    hounsfield = _with_table(hounsfield, straight, anatomy)
    return Phantom(_scanned(hounsfield, anatomy.noise_hounsfield, rng), mask)


def _section(size_px: int, height_mm: float) -> Section:
    y, x = square(size_px)
    return Section(
        FIELD_OF_VIEW_MM * x, FIELD_OF_VIEW_MM * y, height_mm, FIELD_OF_VIEW_MM / size_px
    )


def _uneven(section: Section, anatomy: Anatomy) -> Section:
    """Return ``section`` bent a little, alike in neighbouring slices, so that nothing is smooth."""
    layers = anatomy.unevenness_mm.shape[1] - 1
    height = np.clip((section.z_mm / HALF_LENGTH_MM + 1) / 2, 0, 1) * layers
    below = min(int(height), layers - 1)
    share = float(height - below)
    x_mm, y_mm = (
        enlarged((1 - share) * lattice[below] + share * lattice[below + 1], len(section.x_mm))
        for lattice in anatomy.unevenness_mm
    )
    return Section(section.x_mm + x_mm, section.y_mm + y_mm, section.z_mm, section.pixel_mm)


def _body_depth_mm(section: Section, anatomy: Anatomy) -> Plane:
    """Return the depth below the skin; the body is a little squarer than an ellipse."""
    across = np.abs(section.x_mm / anatomy.half_width_mm)
    along = np.abs(section.y_mm / anatomy.half_depth_mm)
    return (1 - (across**2.4 + along**2.4) ** (1 / 2.4)) * anatomy.half_depth_mm


def _body(section: Section, body_mm: Plane, muscle_mm: Plane, cavity_mm: Plane) -> Plane:
    """Return air, and in it the layers of the body down to the fat between the organs."""
    hounsfield = np.full_like(body_mm, _AIR)
    for depth_mm, value in (
        (body_mm, _SKIN),
        (body_mm - 2, _FAT),
        (muscle_mm, _MUSCLE),
        (cavity_mm, _FAT),
    ):
        hounsfield = laid_over(hounsfield, value, section.cover(depth_mm))
    return hounsfield


def _with_small_vessels(
    hounsfield: Plane, cavity_mm: Plane, pixel_mm: float, rng: np.random.Generator
) -> Plane:
    """Return the slice with the cut vessels of the gut, as dots in the fat."""
    centres = scattered(len(hounsfield), spacing_px=11 / pixel_mm, rng=rng)
    centres = centres[(at(cavity_mm, centres) > 2) & (rng.random(len(centres)) < 0.6)]
    half_axes_px = rng.uniform(1.5, 4, centres.shape) / pixel_mm
    angles_rad = rng.uniform(0, np.pi, len(centres))
    cover = hills(len(hounsfield), Ellipses(centres, half_axes_px, angles_rad), tops=0.8)
    return laid_over(hounsfield, _VESSEL, cover)


def _paint(canvas: Plane, section: Section, organs: Iterable[Organ], *, within_mm: Plane) -> None:
    """Paint ``organs`` onto ``canvas``, in place, as far as the depth ``within_mm`` is > 0."""
    for organ in filter(section.cuts, organs):
        here = section.window(organ)
        canvas[here] = section.cropped(here).painted(canvas[here], organ, within_mm=within_mm[here])


def _paint_kidneys(
    canvas: Plane, section: Section, kidneys: Iterable[Kidney], *, within_mm: Plane
) -> Mask:
    """Paint ``kidneys`` onto ``canvas``, in place, and return where they are."""
    mask = np.zeros(canvas.shape, dtype=bool)
    for kidney in kidneys:
        if section.cuts(kidney.body):
            here = section.window(kidney.body)
            canvas[here], mask[here] = _with_kidney(
                canvas[here], section.cropped(here), kidney, within_mm=within_mm[here]
            )
    return mask


def _with_kidney(
    hounsfield: Plane, section: Section, kidney: Kidney, *, within_mm: Plane
) -> tuple[Plane, Mask]:
    """Return the slice with one kidney and the fat around it, and the pixels of the kidney."""
    outline_mm = np.minimum(section.depth_mm(kidney.body), within_mm)
    tissue_mm = np.minimum(outline_mm, -section.depth_mm(kidney.hilum))
    hounsfield = laid_over(hounsfield, _FAT, section.cover(outline_mm + 5))
    hounsfield = laid_over(hounsfield, kidney.cortex_hounsfield, section.cover(tissue_mm))

    x_mm, y_mm, _ = kidney.body.centre_mm
    around_rad = np.arctan2(section.y_mm - y_mm, section.x_mm - x_mm)
    pyramid = soft(0.5 + 2 * np.cos(kidney.pyramids * around_rad + section.z_mm / 20))
    medulla = pyramid * section.cover(np.minimum(outline_mm - _CORTEX_MM, tissue_mm - 1))
    hounsfield = laid_over(hounsfield, kidney.body.hounsfield, medulla)
    hounsfield = section.painted(hounsfield, kidney.pelvis, within_mm=outline_mm + 6)
    if kidney.cyst is not None:
        cyst_mm = np.minimum(section.depth_mm(kidney.cyst), within_mm)
        hounsfield = laid_over(hounsfield, kidney.cyst.hounsfield, section.cover(cyst_mm))
        tissue_mm = np.maximum(tissue_mm, cyst_mm)
    return hounsfield, tissue_mm > 0


def _with_table(hounsfield: Plane, section: Section, anatomy: Anatomy) -> Plane:
    """Return the slice with the curved table under the patient: two sheets, foam between them."""
    below_mm = section.y_mm - (anatomy.half_depth_mm + 7 - section.x_mm**2 / 900)
    inside_mm = np.minimum.reduce([below_mm, 18 - below_mm, 165 - np.abs(section.x_mm)])
    hounsfield = laid_over(hounsfield, _TABLE, section.cover(inside_mm))
    return laid_over(hounsfield, _FOAM, section.cover(inside_mm - _SHEET_MM))


def _scanned(hounsfield: Plane, noise_hounsfield: float, rng: np.random.Generator) -> Plane:
    """Return the slice with the scanner's blur and its noise, which is blurred as well."""
    noise = rng.standard_normal(hounsfield.shape, dtype=np.float32)
    blurred = gaussian_filter(hounsfield + 2.5 * noise_hounsfield * noise, 0.6)
    kept: Plane = np.clip(blurred, -1024, 3071)  # what a scanner's twelve bits hold
    return kept
