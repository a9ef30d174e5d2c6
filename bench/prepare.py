"""Images a second of `prepare` against a bare loop that only decodes the same files.

python bench/prepare.py [FOLDER_OF_PAIRS] [--dicom FOLDER] prints one line a figure:
name ours rival ratio. The rival decodes with the same libraries on one core and keeps nothing;
`prepare` also hashes, windows, shrinks, packs and writes every case, and finds masks and groups.
Lines with `against-script` have another rival: a plain script that decodes, windows, hashes,
shrinks, packs and writes the same cases with NumPy and Pillow, and checks nothing.
Every measurement runs in a child of its own, with libraries loaded and no file looked at before,
in turns, so that other work on the machine meets all alike. `cpu` lines compare the
processor time of user and system, of all processes, instead of the wall clock.
"""

import argparse
import hashlib
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pydicom
import SimpleITK
from PIL import Image
from pydicom.uid import JPEG2000Lossless, RLELossless

from twinseg.data.prepare import prepare
from twinseg.images.dicom.ct_slice_file import SlicePlace, write_ct_slice
from twinseg.records.source_settings import SourceSettings, make_source_settings

SLICES, SIDE_PX, TURNS, SIZE = 500, 512, 5, 256
SPACING_MM = (0.7, 0.7)


@dataclass(frozen=True)
class Speed:
    """Images a second."""

    wall: float
    cpu: float


def main() -> None:
    """Measure series and pairs, on one core and on two, turn by turn with the bare loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=Path, help="folder with images/ and masks/")
    parser.add_argument("--dicom", type=Path, help="folder of DICOM series with RTSTRUCT")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        _load_libraries(scratch)
        for syntax, label in ((None, "ct"), (RLELossless, "ct-rle"), (JPEG2000Lossless, "ct-jp2")):
            series = scratch / label
            write_series(series, syntax)
            measure(label, series, decode_files, keep_files, scratch)
        if given.dicom:
            measure("ct-given", given.dicom, decode_files, None, scratch)
        if given.pairs:
            measure("pairs", given.pairs, decode_pairs, keep_pairs, scratch)


def measure(
    name: str,
    source: Path,
    bare: Callable[[Path], int],
    script: Callable[[Path, Path], int] | None,
    scratch: Path,
) -> None:
    """Print medians over turns in which all take their turn."""
    settings = make_source_settings(size=SIZE)
    speeds: dict[int, list[Speed]] = {0: [], 1: [], 2: []}
    scripted: list[Speed] = []
    for turn in range(TURNS):
        speeds[0].append(in_a_child(lambda: bare(source)))
        if script:
            kept = scratch / f"{name}-{turn}.bin"
            scripted.append(in_a_child(lambda file=kept: script(source, file)))
            kept.unlink()  # or writing it to the disk slows down the next turns
        for processes in (1, 2):
            folder = scratch / f"{name}-{turn}-{processes}"
            speeds[processes].append(
                in_a_child(lambda f=folder, n=processes: _prepare(source, f, settings, n))
            )
            shutil.rmtree(folder)
    for kind in ("wall", "cpu"):
        rival, *ours = (
            statistics.median(getattr(speed, kind) for speed in speeds[n]) for n in (0, 1, 2)
        )
        for processes, speed in zip((1, 2), ours, strict=True):
            figure = f"prepare-{name}-{processes}-core-{kind}"
            print(f"{figure} {speed:.1f} {rival:.1f} {speed / rival:.3f}", flush=True)
        if script:
            plain = statistics.median(getattr(speed, kind) for speed in scripted)
            line = f"prepare-{name}-1-core-against-script-{kind} {ours[0]:.1f} {plain:.1f}"
            print(f"{line} {ours[0] / plain:.3f}", flush=True)
        if kind == "wall":
            line = f"prepare-{name}-2-cores-against-1 {ours[1]:.1f} {ours[0]:.1f}"
            print(f"{line} {ours[1] / ours[0]:.3f}", flush=True)


def in_a_child(work: Callable[[], int]) -> Speed:
    """Time ``work``, which returns how many images it read, in a forked process."""
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_timed, args=(work, there))
    child.start()
    there.close()
    try:
        speed: Speed = here.recv()
    except EOFError as error:
        raise SystemExit("a measurement ended without a result; see above") from error
    finally:
        child.join()
    return speed


def _timed(work: Callable[[], int], answer: "multiprocessing.connection.Connection") -> None:
    begin, used = time.perf_counter(), _cpu_seconds()
    count = work()
    answer.send(Speed(count / (time.perf_counter() - begin), count / (_cpu_seconds() - used)))


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _prepare(source: Path, folder: Path, settings: SourceSettings, processes: int) -> int:
    return len(prepare(source, folder, settings, processes=processes).dataset.cases)


def decode_pairs(source: Path) -> int:
    """Decode every image and mask."""
    images = sorted((source / "images").iterdir())
    for path in [*images, *sorted((source / "masks").iterdir())]:
        with Image.open(path) as image:
            np.asarray(image)
    return len(images)


def decode_files(source: Path) -> int:
    """Decode every slice, and the label volume or the regions."""
    slices = 0
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        if path.name == "labels.nii.gz":
            SimpleITK.GetArrayViewFromImage(SimpleITK.ReadImage(path))
        elif path.suffix == ".dcm":
            dataset = pydicom.dcmread(path)
            if "PixelData" in dataset and dataset.Modality == "CT":
                _ = dataset.pixel_array
                slices += 1
    return slices


def keep_pairs(source: Path, kept: Path) -> int:
    """Decode, hash, shrink, pack and write every pair."""
    images, masks = (sorted((source / part).iterdir()) for part in ("images", "masks"))
    with kept.open("wb") as file:
        for image, mask in zip(images, masks, strict=True):
            with Image.open(image) as opened:
                picture = np.asarray(opened.convert("RGB"))
            with Image.open(mask) as opened:
                marked = np.asarray(opened) > 0
            keep(picture, marked, file)
    return len(images)


def keep_files(source: Path, kept: Path) -> int:
    """Decode, window, hash, shrink, pack and write every slice."""
    slices = sorted(source.rglob("*.dcm"))
    labels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(source / "labels.nii.gz"))
    with kept.open("wb") as file:
        for path, label in zip(slices, labels, strict=True):
            dataset = pydicom.dcmread(path)
            hounsfield = dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept
            grey = (np.clip((hounsfield + 160) / 400, 0, 1) * 255).astype(np.uint8)
            keep(grey, label > 0, file)
    return len(slices)


def keep(picture: np.ndarray, mask: np.ndarray, file: BinaryIO) -> None:
    """Hash, shrink, pack and write a case."""
    packed = np.packbits(mask)
    digest = hashlib.sha256(picture.tobytes())
    digest.update(packed.tobytes())
    square = np.asarray(Image.fromarray(picture).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    small = Image.fromarray(mask.astype(np.uint8) * 255).resize((SIZE, SIZE), Image.Resampling.BOX)
    if square.ndim == 2:
        square = np.repeat(square[..., None], 3, axis=2)
    for part in (square, np.asarray(small) > 127, packed):
        file.write(part.tobytes())
    file.write(digest.digest())


def write_series(folder: Path, syntax: str | None, slices: int = SLICES) -> None:
    """Write a CT series of noise in a disc, and a label volume of a smaller disc."""
    (folder / "slices").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows, columns = np.indices((SIDE_PX, SIDE_PX)) - SIDE_PX / 2
    body = np.hypot(rows, columns) < 0.4 * SIDE_PX
    labels = np.zeros((slices, SIDE_PX, SIDE_PX), np.uint8)
    labels[slices // 4 : slices // 2 + 1] = np.hypot(rows, columns - 60) < 40
    for number in range(slices):
        path = folder / "slices" / f"{number:04d}.dcm"
        place = SlicePlace(
            series="bench",
            number=number + 1,
            position_mm=(0.0, 0.0, float(number)),
            spacing_mm=SPACING_MM,
            thickness_mm=1.0,
        )
        hounsfield = np.where(body, rng.normal(40, 20, body.shape), -1000.0).astype(np.float32)
        write_ct_slice(
            path,
            hounsfield,
            place=place,
            patient_id="bench",
            patient_name="bench",
            body_part="ABDOMEN",
        )
        if syntax:
            dataset = pydicom.dcmread(path)
            dataset.compress(syntax)
            dataset.save_as(path)
    volume = SimpleITK.GetImageFromArray(labels)
    volume.SetSpacing((*SPACING_MM, 1.0))
    SimpleITK.WriteImage(volume, folder / "labels.nii.gz")


def _load_libraries(scratch: Path) -> None:
    """Decode a little of everything, so that no measurement pays for imports."""
    for syntax in (None, RLELossless, JPEG2000Lossless):
        folder = scratch / f"first-{syntax}"
        write_series(folder, syntax, slices=4)
        decode_files(folder)
        settings = make_source_settings(size=16)
        prepare(folder, scratch / f"set-{syntax}", settings, processes=1)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
