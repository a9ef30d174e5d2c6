"""The page of a study with very many test cases: seconds, megabytes and peak memory.

Takes a finished study and repeats the rows of its tables by case under new names until there are
as many test cases as asked for, so that numbers and figures are those of a real study of that
size. Pictures of the few cases that are shown are drawn from the study itself; overlays of all
heat maps, which are no part of the page, are not.

    python bench/report_scale.py STUDY WORK --cases 60000
"""

import argparse
import shutil
import time
from pathlib import Path

import pandas as pd

from memory import peak_mib
from twinseg.core.progress import Silent
from twinseg.core.tables import read_table, write_table
from twinseg.data.prepared import open_prepared
from twinseg.records.folders import StudyFolder
from twinseg.report.study_contents import read_contents
from twinseg.report.write_report import write_page

BY_CASE = ("scores", "cases", "labels", "twin_maps", "doubt", "explanations")


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--cases", type=int, default=60_000)
    asked = parser.parse_args()
    if not asked.work.exists():
        enlarge(asked.study, asked.work, asked.cases)
    before = peak_mib()
    start = time.perf_counter()
    study = read_contents(asked.work)
    page = write_page(study, open_prepared(asked.study / "dataset"), Silent())
    seconds = time.perf_counter() - start
    files = [path for path in page.parent.rglob("*") if path.is_file()]
    print(f"test cases: {len(study.test_cases)}")
    print(f"page: {seconds:.1f} s")
    print(f"page and pictures: {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")
    print(f"peak memory: {peak_mib()} MiB, of which {before} before it is begun")


def enlarge(study: Path, work: Path, cases: int) -> None:
    """Copy a study with the rows of its tables by case repeated."""
    ignore = shutil.ignore_patterns("dataset", "report")
    shutil.copytree(study, work, ignore=ignore)
    files = StudyFolder(work)
    test = int((read_table(files.table("cases"))["split"] == "test").sum())
    times = -(-cases // test)
    for name in BY_CASE:
        table = read_table(files.table(name))
        names = [column for column in ("case", "group") if column in table]
        parts = [table]
        for number in range(1, times):
            part = table.copy()
            for column in names:
                part[column] = part[column].astype(str) + f"-{number}"
            parts.append(part)
        write_table(files.table(name), pd.concat(parts, ignore_index=True), sealed=True)
    curves = read_table(files.table("risk_curves"))
    finer = [
        rows.iloc[[place * len(rows) // cases for place in range(cases)]]
        for _, rows in curves.groupby(["model", "doubt"], sort=False)
    ]
    write_table(files.table("risk_curves"), pd.concat(finer, ignore_index=True), sealed=True)


if __name__ == "__main__":
    main()
