"""Processor seconds and memory of every stage of a study of very many small cases.

    python bench/scaling.py --cases 600 6000           # a quarter of an hour
    python bench/scaling.py --cases 6000 60000         # the table of docs/scaling.md, hours
    python bench/scaling.py --drawn                    # without the networks, which cost most
    python bench/scaling.py --cases 6000 60000 --stages labels scores    # these again

Pictures are made up, 64 px wide, ten a group; nearly all of them are test cases. Each stage has a
process of its own, so that the peak of its memory is its own; `nothing` is libraries alone.
Prints a row of Markdown a stage, with how much faster than the number of cases its time grew:
seconds of the processor, so that other work on the machine hardly counts; waits for the disk are
not among them.
"""

import argparse
import multiprocessing
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from memory import peak_mib
from twinseg.core.planes import append_planes, finish_planes
from twinseg.core.progress import Silent
from twinseg.core.seeds import stream
from twinseg.core.store import whole_folder
from twinseg.data.prepare import prepare
from twinseg.explanation.map_names import LAYERS, REGIONS, map_name
from twinseg.prediction.predictions import PROBABILITIES, THRESHOLD, write_mask
from twinseg.records.folders import SPLITS, StudyFolder
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import make_settings, write_settings
from twinseg.records.source_settings import make_source_settings
from twinseg.study import step_engine
from twinseg.study.first_weights import Search
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import steps_of
from twinseg.study.stages import STAGES

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
    peak_mib: int


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


def draw_masks(split: str, study: OpenStudy, run: RunSpec, _progress: object) -> None:
    """Write masks as `predict_cases` does: the reference, shifted by chance."""
    rng = stream(0, "drawn", run.id, split)
    cases, positions = study.data.dataset.cases, study.positions(split)
    with whole_folder(study.folder.masks(split, run.id)) as scratch:
        for position in positions:
            marked = np.roll(study.data.masks[position], rng.integers(-4, 5, 2), (0, 1))
            plane = (0.2 + 0.6 * marked + rng.uniform(-0.1, 0.1, marked.shape)).astype(np.float32)
            append_planes(scratch / PROBABILITIES, plane[None])
            write_mask(scratch / f"{cases[position].id}.png", plane > THRESHOLD)
        finish_planes(scratch / PROBABILITIES, [cases[position].id for position in positions])


def draw_maps(split: str, study: OpenStudy, run: RunSpec, _progress: object) -> None:
    """Write heat maps as `explain_cases` does, of noise."""
    rng = stream(0, "drawn maps", run.id, split)
    ids = [study.data.dataset.cases[position].id for position in study.positions(split)]
    with whole_folder(study.folder.maps(split, run.id)) as scratch:
        for layer, side_px in zip(LAYERS, (SIZE_PX // 32, SIZE_PX), strict=True):
            for region in REGIONS:
                for start in range(0, len(ids), 16):
                    shape = (len(ids[start : start + 16]), side_px, side_px)
                    values = rng.normal(size=shape).astype(np.float32)
                    append_planes(scratch / map_name(layer, region), values)
                finish_planes(scratch / map_name(layer, region), ids)


DRAWN = {
    f"{split} {what}": partial(draw, split)
    for split in SPLITS
    for what, draw in (("masks", draw_masks), ("heat maps", draw_maps))
}


def do_stage(out: Path, name: str, is_drawn: bool) -> Cost:
    """Do all steps of one stage here, and measure."""
    if is_drawn:
        step_engine.STAGES = tuple(
            replace(one, work=DRAWN.get(one.name, one.work)) for one in step_engine.STAGES
        )
    begun = time.process_time()
    if name == PREPARING:
        asked = make_source_settings(size=SIZE_PX)
        prepare(out.parent / "source", out / "dataset", asked, processes=1)
    elif name != NOTHING:
        starts = Search(SETTINGS.model, SETTINGS.contrast.runs, None, Silent()).starts()
        study = OpenStudy(StudyFolder(out), SETTINGS, out / "dataset", starts=starts)
        steps = steps_of(step_engine.STAGES, study, study.data.dataset.fingerprint)
        begun = time.process_time()
        these = [step for step in steps if step.stage.name == name]
        for path in (path for step in these for path in step.made):
            step_engine.remove(path)
        step_engine.work_off(these, Silent())
    seconds = time.process_time() - begun
    return Cost(seconds, peak_mib())


def begin(folder: Path, cases: int) -> None:
    """Make the pictures of a new study, and its settings."""
    shutil.rmtree(folder, ignore_errors=True)
    write_source(folder / "source", cases)
    (folder / "study").mkdir()
    write_settings(StudyFolder(folder / "study").settings, SETTINGS)


def costs(scratch: Path, cases: int, is_drawn: bool, again: Sequence[str]) -> dict[str, Cost]:
    """Do one stage after the other, each in a process of its own: ``again``, or all."""
    folder, fresh, found = scratch / str(cases), multiprocessing.get_context("spawn"), {}
    if not again:
        begin(folder, cases)
    out = folder / "study"
    for name in again or (NOTHING, PREPARING, *(stage.name for stage in STAGES)):
        with ProcessPoolExecutor(1, mp_context=fresh) as pool:
            found[name] = pool.submit(do_stage, out, name, is_drawn).result()
        print(f"{cases} {name}: {found[name]}", flush=True)
    return found


def main() -> None:
    """Measure at both numbers of cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs=2, default=[600, 6000])
    parser.add_argument("--out", type=Path, default=Path("scaling"))
    parser.add_argument("--drawn", action="store_true", help="no networks: answers are drawn")
    parser.add_argument("--stages", nargs="+", default=[], help="do only these, again")
    given = parser.parse_args()
    few, many = given.cases
    first, second = (costs(given.out, cases, given.drawn, given.stages) for cases in given.cases)
    print(f"| stage | s at {few} | s at {many} | growth / cases | MiB at {few} | MiB at {many} |")
    print("|---|---|---|---|---|---|")
    for name, cost in first.items():
        other = second[name]
        growth = other.seconds / max(cost.seconds, 0.01) / (many / few)
        print(
            f"| {name} | {cost.seconds:.1f} | {other.seconds:.1f} | {growth:.2f} | "
            f"{cost.peak_mib} | {other.peak_mib} |"
        )


if __name__ == "__main__":
    main()
