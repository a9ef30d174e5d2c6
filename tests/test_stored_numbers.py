"""From drawn answers of twins to scores, comparisons and findings: the numbers that were stored.

The answers are drawn, not trained, so that the numbers are those of every machine. A change that
means to change them says so: ``TWINSEG_STORE=1 pytest tests/test_stored_numbers.py`` stores anew.
"""

import os
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.conftest import write_discs
from tests.stages import replace_work, without_report
from tests.toy_study import RUNS, run_toy
from twinseg.core.planes import append_planes, finish_planes
from twinseg.core.seeds import stream
from twinseg.core.store import whole_folder
from twinseg.prediction.predictions import PROBABILITIES, write_mask
from twinseg.prediction.source_grid import to_source_grid
from twinseg.records.run_spec import RunSpec
from twinseg.study.open_study import OpenStudy

STORED = Path(__file__).parent / "stored_numbers"
TABLES = ("comparisons", "score_summaries", "lesion_counts", "strata", "ceiling", "risk_control")
SHIFTS_PX = {RUNS[0]: 1, RUNS[1]: 2}  # how far the marks of each twin lie off, at most


def draw_answers(split: str, study: OpenStudy, run: RunSpec, _progress: object) -> None:
    """Write the reference of each case, shifted by chance, as the answer of a twin."""
    positions, rng = study.positions(split), stream(0, "drawn", run.id, split)
    cases = [study.data.dataset.cases[position] for position in positions]
    with whole_folder(study.folder.masks(split, run.id)) as scratch:
        for position, case in zip(positions, cases, strict=True):
            shift = rng.integers(-SHIFTS_PX[run.id], SHIFTS_PX[run.id] + 1, 2)
            marked = np.roll(study.data.masks[position], shift, (0, 1))
            plane = np.where(marked, 0.875, 0.125).astype(np.float32)
            append_planes(scratch / PROBABILITIES, plane[None])
            mask = to_source_grid(plane, case.height_px, case.width_px)
            write_mask(scratch / f"{case.id}.png", mask)
        finish_planes(scratch / PROBABILITIES, [case.id for case in cases])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> twinseg.Study:
    folder = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patched:
        without_report(patched)
        for split in ("validation", "test"):
            replace_work(patched, f"{split} masks", partial(draw_answers, split))
        source = write_discs(folder, cases=60)
        return run_toy(source, folder / "study", test_fraction=0.5)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_that_were_stored(drawn: twinseg.Study, name: str) -> None:
    found = pd.read_csv(drawn.files.table(name).with_suffix(".csv"))
    file = STORED / f"{name}.csv"
    if os.environ.get("TWINSEG_STORE"):
        STORED.mkdir(exist_ok=True)
        found.to_csv(file, index=False)
    pd.testing.assert_frame_equal(found, pd.read_csv(file), rtol=1e-9, atol=1e-12)
