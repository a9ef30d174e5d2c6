"""Images a second of `prepare` against a bare loop that only decodes the same files.

python bench/prepare.py [FOLDER_OF_PAIRS] prints one line a figure: name ours rival ratio.
The rival decodes with the same libraries on one core and keeps nothing.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK
from PIL import Image

from twinseg.core.source_settings import make_source_settings
from twinseg.data.dicom import SlicePlace, write_ct_slice
from twinseg.data.prepare import prepare

SLICES, SIDE_PX, TURNS = 500, 512, 5


def main() -> None:
    """Measure pairs and a series, on one core and on two, turn by turn with the bare loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=Path, help="folder with images/ and masks/")
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        series = scratch / "series"
        write_series(series)
        measure("dicom", series, decode_series, scratch)
        if pairs:
            measure("pairs", pairs, decode_pairs, scratch)


def measure(name: str, source: Path, bare: Callable[[Path], int], scratch: Path) -> None:
    """Print images a second, medians over turns in which all take their turn."""
    settings = make_source_settings(size=256)
    speeds: dict[str, list[float]] = {"bare": [], "1": [], "2": []}
    for turn in range(TURNS):
        begin = time.perf_counter()
        count = bare(source)
        speeds["bare"].append(count / (time.perf_counter() - begin))
        for processes in (1, 2):
            folder = scratch / f"{name}-{turn}-{processes}"
            begin = time.perf_counter()
            cases = len(prepare(source, folder, settings, processes=processes).dataset.cases)
            speeds[str(processes)].append(cases / (time.perf_counter() - begin))
            if cases != count:
                raise SystemExit(f"{cases} cases prepared of {count}")
    rival = statistics.median(speeds["bare"])
    for processes in ("1", "2"):
        ours = statistics.median(speeds[processes])
        print(f"prepare-{name}-{processes}-core {ours:.1f} {rival:.1f} {ours / rival:.3f}")


def decode_pairs(source: Path) -> int:
    """Decode every image and mask."""
    images = sorted((source / "images").iterdir())
    for path in [*images, *sorted((source / "masks").iterdir())]:
        with Image.open(path) as image:
            np.asarray(image)
    return len(images)


def decode_series(source: Path) -> int:
    """Decode every slice, and the label volume."""
    files = sorted((source / "slices").iterdir())
    for path in files:
        _ = pydicom.dcmread(path).pixel_array
    SimpleITK.GetArrayViewFromImage(SimpleITK.ReadImage(source / "labels.nii.gz"))
    return len(files)


def write_series(folder: Path) -> None:
    """Write a CT series of noise in a disc, and a label volume of a smaller disc."""
    (folder / "slices").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows, columns = np.indices((SIDE_PX, SIDE_PX)) - SIDE_PX / 2
    body = np.hypot(rows, columns) < 0.4 * SIDE_PX
    labels = np.zeros((SLICES, SIDE_PX, SIDE_PX), np.uint8)
    labels[SLICES // 4 : SLICES // 2] = np.hypot(rows, columns - 60) < 40
    for number in range(SLICES):
        hounsfield = np.where(body, rng.normal(40, 20, body.shape), -1000.0).astype(np.float32)
        place = SlicePlace(
            series="bench",
            number=number + 1,
            position_mm=(0.0, 0.0, float(number)),
            spacing_mm=(0.7, 0.7),
            thickness_mm=1.0,
        )
        write_ct_slice(
            folder / "slices" / f"{number:04d}.dcm",
            hounsfield,
            place=place,
            patient_id="bench",
            patient_name="bench",
            body_part="ABDOMEN",
        )
    volume = SimpleITK.GetImageFromArray(labels)
    volume.SetSpacing((0.7, 0.7, 1.0))
    SimpleITK.WriteImage(volume, folder / "labels.nii.gz")


if __name__ == "__main__":
    main()
