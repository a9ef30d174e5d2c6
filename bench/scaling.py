"""Seconds and memory of every stage of a study of very many small cases.

    python bench/scaling.py --cases 600 6000           # a quarter of an hour
    python bench/scaling.py --cases 6000 60000         # the table of docs/scaling.md, hours

Pictures are made up, 64 px wide, ten a group; nearly all of them are test cases. Each stage has a
process of its own, so that the peak of its memory is its own; `nothing` is libraries alone.
Prints a row of Markdown a stage, with how much faster than the number of cases its time grew.
"""

import argparse
import multiprocessing
import resource
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.executor import InProcess
from twinseg.core.progress import Silent
from twinseg.data.prepare import prepare
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import make_settings, write_settings
from twinseg.records.source_settings import make_source_settings
from twinseg.study.first_weights import find_starts
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import steps_of
from twinseg.study.stages import STAGES
from twinseg.study.step_engine import work_off

SIZE_PX, CASES_A_GROUP, PREPARING, NOTHING = 64, 10, "prepare", "nothing"
SETTINGS = make_settings(
    encoder="tu-mobilenetv3_small_050",
    size=SIZE_PX,
    init=("random", "random:2"),
    epochs=1,
    test_fraction=0.96,
    validation_fraction=0.02,
)


@dataclass(frozen=True)
class Cost:
    """Of one stage."""

    seconds: float
    peak_mib: float


def write_source(folder: Path, cases: int) -> None:
    """Write pairs of files: a bright disc on noise, of any place and size, and its mask."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIZE_PX, :SIZE_PX]
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    index = ["id,group"]
    for number in range(cases):
        centre, radius = rng.integers(8, SIZE_PX - 8, 2), rng.integers(4, 20)
        mask = np.hypot(rows - centre[0], columns - centre[1]) < radius
        coarse = rng.integers(0, 80, (8, 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        picture = coarse + rng.integers(0, 40, coarse.shape, dtype=np.uint8)
        picture += mask[..., None] * np.uint8(90)
        name = f"case{number:05d}"
        index.append(f"{name},group{number // CASES_A_GROUP:04d}")
        Image.fromarray(picture).save(folder / "images" / f"{name}.png")
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"{name}.png")
    (folder / "index.csv").write_text("\n".join(index) + "\n")


def do_stage(out: Path, name: str) -> Cost:
    """Do all steps of one stage here, and measure."""
    begun = time.perf_counter()
    if name == PREPARING:
        asked = make_source_settings(size=SIZE_PX)
        prepare(out.parent / "source", out / "dataset", asked, processes=1)
    elif name != NOTHING:
        starts = find_starts(SETTINGS, None, Silent())
        study = OpenStudy(StudyFolder(out), SETTINGS, out / "dataset", starts=starts)
        steps = steps_of(STAGES, study, study.data.dataset.fingerprint)
        begun = time.perf_counter()
        work_off([step for step in steps if step.stage.name == name], InProcess(), Silent())
    seconds = time.perf_counter() - begun
    return Cost(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def costs(scratch: Path, cases: int) -> dict[str, Cost]:
    """Make the pictures, and do one stage after the other, each in a process of its own."""
    folder = scratch / str(cases)
    shutil.rmtree(folder, ignore_errors=True)
    write_source(folder / "source", cases)
    out, fresh = folder / "study", multiprocessing.get_context("spawn")
    out.mkdir()
    write_settings(StudyFolder(out).settings, SETTINGS)
    found = {}
    for name in (NOTHING, PREPARING, *(stage.name for stage in STAGES)):
        with ProcessPoolExecutor(1, mp_context=fresh) as pool:
            found[name] = pool.submit(do_stage, out, name).result()
        print(f"{cases} {name}: {found[name]}", flush=True)
    return found


def main() -> None:
    """Measure at both numbers of cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs=2, default=[600, 6000])
    parser.add_argument("--out", type=Path, default=Path("scaling"))
    given = parser.parse_args()
    few, many = given.cases
    first, second = costs(given.out, few), costs(given.out, many)
    print(f"| stage | s at {few} | s at {many} | growth / cases | MiB at {few} | MiB at {many} |")
    print("|---|---|---|---|---|---|")
    for name, cost in first.items():
        other = second[name]
        growth = other.seconds / max(cost.seconds, 0.01) / (many / few)
        print(
            f"| {name} | {cost.seconds:.1f} | {other.seconds:.1f} | {growth:.2f} | "
            f"{cost.peak_mib:.0f} | {other.peak_mib:.0f} |"
        )


if __name__ == "__main__":
    main()
