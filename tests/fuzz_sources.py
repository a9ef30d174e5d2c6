"""Good cases of every kind, as small as can be, and what can happen to their files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from PIL import Image

from tests import damage
from tests.damage import Damage
from tests.dicom_files import ct_slice, save, square, write_segmentation, write_structures
from tests.drawn_slides import aperio, box, tissue_picture, write_pyramid
from tests.volume_files import write


@dataclass(frozen=True)
class Maker:
    """How to write one case of a kind, and what can be done to its files."""

    write: Callable[[Path, int], list[Path]]  # (source, number): files that may be damaged
    token: str  # in the path of all files of a case, and of no other case
    harms: Sequence[tuple[str, Damage]]  # suffix of the files it is for, what it does
    settings: dict[str, Any] = field(default_factory=dict)
    count: int = 6  # damaged copies in a round


def noise(number: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 200, shape).astype(np.uint8)


def half(*shape: int) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    mask[: shape[0] // 2, 2:] = 255
    return mask


def picture_of(folder: Path, name: str, values: np.ndarray, **options: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(folder / name, **options)
    return folder / name


def pair(source: Path, number: int) -> list[Path]:
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("png", "png", {}),
        ("jpg", "png", {"quality": 90}),
        ("tif", "tif", {"compression": "tiff_lzw"}),
        ("bmp", "bmp", {}),
        ("tif", "gif", {"compression": "tiff_deflate"}),
        ("png", "tif", {}),
    ]
    image, mask, options = kinds[number % 6]
    values = noise(number, 40, 44, 3)
    shown = values[..., 0].astype(np.uint16) * 300 if image + mask == "pngtif" else values
    return [
        picture_of(source / "images", f"n{number:04d}.{image}", shown, **options),
        picture_of(source / "masks", f"n{number:04d}.{mask}", half(40, 44)),
    ]


def isic(source: Path, number: int) -> list[Path]:
    name = f"ISIC_{number:07d}"
    return [
        picture_of(source, f"{name}.jpg", noise(number, 30, 40, 3)),
        picture_of(source, f"{name}_segmentation.png", half(30, 40)),
    ]


def gleason(source: Path, number: int) -> list[Path]:
    name = f"slide{number:04d}_core001"
    maps = [
        picture_of(source / f"Maps{expert}_T", f"{name}_classimg_nonconvex.png", half(9, 8) // 51)
        for expert in (1, 2)
    ]
    return [picture_of(source / "Train Imgs", f"{name}.jpg", noise(number, 9, 8, 3)), *maps]


def volume(source: Path, number: int) -> list[Path]:
    suffix = ("nii.gz", "nii", "nrrd", "mha")[number % 4]
    values = np.random.default_rng(number).integers(-900, 900, (12, 10, 4)).astype(np.int16)
    labels = (half(12, 10)[..., None] // 255).repeat(4, axis=2)
    return [
        write(source / f"n{number:04d}.{suffix}", values),
        write(source / f"n{number:04d}_seg.{suffix}", labels),
    ]


def kits(source: Path, number: int) -> list[Path]:
    case = source / f"case_{number:05d}"
    values, labels = np.full((6, 8, 3), 40, np.int16), np.ones((6, 8, 3), np.uint8)
    labels[:, :4] = 0
    return [write(case / "imaging.nii.gz", values), write(case / "segmentation.nii.gz", labels)]


class _Who(TypedDict):
    series: str
    patient: str


def series(source: Path, number: int) -> list[Path]:
    name = f"n{number:04d}"
    # Damage may cut a patient's name short: what is left must not be in a path, or it is hidden.
    patient = "".join("GHJKQVWXYZ"[int(digit)] for digit in str(number))
    folder, who = source / name, _Who(series=name, patient=patient)
    files = []
    for height in range(3):
        values = np.random.default_rng(height).integers(-500, 500, (20, 24))
        slice_ = ct_slice(values, number=height + 1, position_mm=(0, 0, height), **who)
        files.append(save(slice_, folder / "ct" / f"{height}.dcm"))
    if number % 2:
        outlines = [square(4, 12, height) for height in range(3)]
        mask = write_structures(folder / "mask" / "rt.dcm", {"target": outlines}, **who)
    else:
        frames = [(1, (0, 0, height), half(20, 24) // 255) for height in range(3)]
        mask = write_segmentation(folder / "mask" / "seg.dcm", frames, labels=["target"], **who)
    return [*files, mask, mask]  # twice: the mask is to be damaged as often as the slices


def outlined_slide(source: Path, number: int) -> list[Path]:
    picture = tissue_picture(130, 200, left=10, right=130)
    source.mkdir(parents=True, exist_ok=True)
    slide = write_pyramid(source / f"n{number:04d}.tiff", picture)
    if number % 2:
        marks = slide.with_suffix(".xml")
        text = aperio((box(70, 10, 100, 40), False)).replace('Name=""', 'Name="tumor"')
        marks.write_text(text)
    else:
        marks = slide.with_suffix(".geojson")
        corners = [list(corner) for corner in box(70, 10, 100, 40)]
        named = {"classification": {"name": "tumor"}}
        geometry = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
        marks.write_text(json.dumps({"type": "Feature", "properties": named, "geometry": geometry}))
    return [slide, marks, marks]


def masked_slide(source: Path, number: int) -> list[Path]:
    slide = source / f"n{number:04d}.tiff"
    source.mkdir(parents=True, exist_ok=True)
    write_pyramid(slide, tissue_picture(130, 200, left=10, right=130))
    mask = write_pyramid(slide.with_name(f"n{number:04d}_mask.tiff"), half(130, 200) // 255)
    return [slide, mask]


PICTURES = [("", damage.enlarge_picture), ("", damage.inflate_picture), ("", damage.swap)]
VOLUMES = [("", damage.enlarge_volume), ("", damage.inflate_volume), ("", damage.swap)]
MASKED = [
    (".tiff", damage.enlarge_picture),
    (".tiff", damage.inflate_tiles),
    (".tiff", damage.swap),
]
SLIDES = [
    *MASKED,
    (".xml", damage.harm_outlines),
    (".geojson", damage.harm_outlines),
]
DICOM = [
    ("", damage.enlarge_dicom),
    ("", damage.inflate_dicom),
    ("", damage.nest_dicom),
    ("", damage.swap),
    ("", damage.cycle_directory),
    ("rt.dcm", damage.carry_to_another_frame),
]
TUMOUR, ROI = {"foreground": "tumor"}, {"roi": "target", "segment": "target"}
MAKERS = {
    "pairs": Maker(pair, "n{:04d}", PICTURES, {"foreground": "255"}),
    "dicom": Maker(series, "n{:04d}", DICOM, ROI),
    "nifti": Maker(volume, "n{:04d}", VOLUMES, {"foreground": "1"}),
    "slides": Maker(outlined_slide, "n{:04d}", SLIDES, TUMOUR | {"tile_px": 64, "level": 0}, 4),
    "masked": Maker(
        masked_slide, "n{:04d}", MASKED, {"foreground": "1", "tile_px": 64, "level": 0}, 2
    ),
    "isic": Maker(isic, "ISIC_{:07d}", PICTURES, {"foreground": "255"}, 2),
    "gleason": Maker(gleason, "slide{:04d}", PICTURES, {"foreground": "5"}, 2),
    "kits": Maker(kits, "case_{:05d}", VOLUMES, {}, 2),
}
