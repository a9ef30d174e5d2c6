"""Phantoms as files: the n-th case of a seed is always the same, however many are written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask
from twinseg.core.registry import choose
from twinseg.core.seeds import stream
from twinseg.core.store import whole_folder, write_csv
from twinseg.data.phantoms.anatomy import HALF_LENGTH_MM, draw_anatomy
from twinseg.data.phantoms.ct import FIELD_OF_VIEW_MM, draw_ct_slice
from twinseg.data.phantoms.histology import draw_stain, draw_tile
from twinseg.data.phantoms.skin import draw_skin
from twinseg.images.dicom.ct_slice_file import SlicePlace, write_ct_slice

TILES_PER_SLIDE = 4
SLICES_PER_PATIENT = 10
_SLICE_THICKNESS_MM = 5.0


@dataclass(frozen=True)
class _Written:
    """A case whose picture is on disk."""

    id: str
    group: str
    mask: Mask


class _WriteCase(Protocol):
    def __call__(self, images: Path, number: int, *, size_px: int, seed: int) -> _Written: ...


def write_phantoms(kind: str, folder: Path, *, cases: int, size_px: int, seed: int) -> None:
    """Draw phantoms and write them as a folder of images and masks.

    Args:
        kind: One of `KINDS`: ``skin`` (JPEG), ``histology`` (TIFF) or ``ct`` (DICOM series).
        folder: Folder to create; it is whole or absent. It holds ``images/``, ``masks/<id>.png``
            (0 or 255) and ``index.csv`` (id, group).
        cases: How many pictures. A CT patient has `SLICES_PER_PATIENT` of them, so that any other
            number cuts the last patient short.
        size_px: Side of each picture.
        seed: Same seed, same bytes.

    Raises:
        ConfigError: If there is no such kind.
        StoreError: If ``folder`` exists or cannot be written.
    """
    write_case = choose(KINDS, kind, "kind of phantom")
    with whole_folder(folder) as scratch:
        images, masks = scratch / "images", scratch / "masks"
        images.mkdir()
        masks.mkdir()
        groups = []
        for number in range(cases):
            case = write_case(images, number, size_px=size_px, seed=seed)
            Image.fromarray(255 * case.mask.astype(np.uint8)).save(masks / f"{case.id}.png")
            groups.append((case.id, case.group))
        write_csv(scratch / "index.csv", ("id", "group"), groups)


def _write_skin(images: Path, number: int, *, size_px: int, seed: int) -> _Written:
    """Write a picture of a lesion; every other lesion is photographed twice."""
    lesion = (2 * number + 1) // 3
    phantom = draw_skin(
        size_px,
        lesion_rng=stream(seed, "skin", "lesion", lesion),
        photograph_rng=stream(seed, "skin", number),
    )
    name = f"skin{number:04d}"
    Image.fromarray(phantom.picture).save(images / f"{name}.jpg", quality=92)
    return _Written(name, f"lesion{lesion:04d}", phantom.mask)


def _write_histology(images: Path, number: int, *, size_px: int, seed: int) -> _Written:
    """Write a tile; tiles of one slide share the stain."""
    slide, tile = divmod(number, TILES_PER_SLIDE)
    stain = draw_stain(stream(seed, "histology", "slide", slide))
    phantom = draw_tile(size_px, stain=stain, rng=stream(seed, "histology", number))
    group = f"slide{slide:03d}"
    name = f"{group}_tile{tile + 1}"
    Image.fromarray(phantom.picture).save(images / f"{name}.tif")
    return _Written(name, group, phantom.mask)


def _write_ct(images: Path, number: int, *, size_px: int, seed: int) -> _Written:
    """Write a slice; slices of one patient make one series, from the head to the feet."""
    patient, index = divmod(number, SLICES_PER_PATIENT)
    anatomy = draw_anatomy(rng=stream(seed, "ct", "patient", patient))
    height_mm = HALF_LENGTH_MM * (1 - 2 * index / (SLICES_PER_PATIENT - 1))
    rng = stream(seed, "ct", number)
    phantom = draw_ct_slice(anatomy, size_px=size_px, height_mm=height_mm, rng=rng)
    group = f"patient{patient:03d}"
    name = f"{group}_slice{index + 1:02d}"
    spacing_mm = FIELD_OF_VIEW_MM / size_px
    first_pixel_mm = (spacing_mm - FIELD_OF_VIEW_MM) / 2
    place = SlicePlace(
        series=f"twinseg phantom {seed} {size_px} {group}",
        number=index + 1,
        position_mm=(first_pixel_mm, first_pixel_mm, height_mm),
        spacing_mm=(spacing_mm, spacing_mm),
        thickness_mm=_SLICE_THICKNESS_MM,
    )
    write_ct_slice(
        images / f"{name}.dcm",
        phantom.picture,
        place=place,
        patient_id=group,
        patient_name="Phantom^Kidney",
        body_part="ABDOMEN",
    )
    return _Written(name, group, phantom.mask)


KINDS: dict[str, _WriteCase] = {"skin": _write_skin, "histology": _write_histology, "ct": _write_ct}
