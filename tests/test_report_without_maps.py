"""The page of a study in which no case has every heat map: it is built, and shows a case."""

import shutil
from pathlib import Path

import numpy as np

from tests.test_report import TWINS, make_study, write_heat_maps
from twinseg.core.progress import Silent
from twinseg.report.write_report import write_report


def test_the_page_is_built_where_every_case_lacks_a_map(tmp_path: Path):
    out, data = make_study(tmp_path, empty=False)
    for run in TWINS:
        shutil.rmtree(out / "explanations" / "test" / run)
        write_heat_maps(out / "explanations" / "test" / run, np.nan)
    page = write_report(out, data, progress=Silent()).read_text(encoding="utf-8")
    assert 'class="shown"' in page
