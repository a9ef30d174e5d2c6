"""The view of a made-up study of very many cases and fourteen models: how long a reader waits.

Real files of a study, made once in WORK (ten minutes for 60,000 cases): pictures of 64 px, masks
and probabilities of two runs, which twelve rules share, scores of all. Then the server in a process
of its own is asked for what a page asks for: one reader, then ten at once. Prints a row of Markdown
for each kind of question: milliseconds at the median and at the 95th percentile, and the peak of
the server's memory.

    python bench/view.py WORK --cases 60000
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from memory import peak_mib
from scaling import SETTINGS, SIZE_PX, draw_masks, write_source
from twinseg.core.progress import Silent
from twinseg.core.tables import write_table
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.records.folders import TEST, StudyFolder
from twinseg.records.settings import write_settings
from twinseg.records.source_settings import make_source_settings
from twinseg.study.open_study import OpenStudy

RULES, READERS, PORT = 12, 10, 8765
Ask = Callable[[np.random.Generator], str]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--cases", type=int, default=60_000)
    parser.add_argument("--questions", type=int, default=40, help="of each kind and reader")
    asked = parser.parse_args()
    study = StudyFolder(asked.work / "study")
    if not study.manifest.exists():
        make(study, asked.work / "source", asked.cases)
    command = [sys.executable, "-m", "twinseg", "view", str(study.path), "--port", str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            started_s = time.perf_counter()
            wait_for_it()
            print(f"first answer after {time.perf_counter() - started_s:.1f} s")
            print(f"| {asked.cases:,} cases x {2 + RULES} models | one reader, ms: median, 95 % |"
                  f" {READERS} at once | peak of memory, MiB |\n|---|---|---|---|")  # fmt: skip
            for name, ask in questions(asked.cases).items():
                alone = measured(ask, 1, asked.questions)
                together = measured(ask, READERS, asked.questions)
                print(f"| {name} | {alone} | {together} | {peak_mib(server.pid)} |", flush=True)
        finally:
            server.terminate()


def make(study: StudyFolder, source: Path, cases: int) -> None:
    """Write a study as `twinseg run` leaves it, as far as a view reads it."""
    write_source(source, cases)
    prepare(source, study.dataset, make_source_settings(size=SIZE_PX))
    write_settings(study.settings, SETTINGS)
    data = open_prepared(study.dataset)
    table = data.dataset.table()
    table.insert(2, "split", TEST)
    write_table(study.table("cases"), table)
    opened = OpenStudy(study, SETTINGS, study.dataset, None)  # type: ignore[arg-type]
    first, second = SETTINGS.contrast.runs
    for run in (first, second):
        draw_masks(TEST, opened, run, Silent())
    rng, ids, groups = np.random.default_rng(0), table["case"], table["group"]
    parts = []
    for number in range(2 + RULES):
        model = [first.id, second.id][number] if number < 2 else f"rule{number:02d}"
        if number > 1:
            study.masks(TEST, model).symlink_to(study.masks(TEST, first.id).resolve())
        scores = {name: rng.beta(8, 2, cases) for name in ("dice", "iou", "type1_rate",
                  "type2_rate", "precision", "surface_dice", "hausdorff95")}  # fmt: skip
        kind = "run" if number < 2 else "rule"
        parts.append(pd.DataFrame({"model": model, "kind": kind, "case": ids, "group": groups,
                                   **scores}))  # fmt: skip
    write_table(study.table("scores"), pd.concat(parts, ignore_index=True), sealed=True)
    facts = {"case": ids, "group": groups, "rarity": rng.random(cases),
             "foreground_share": table["foreground_share"]}  # fmt: skip
    write_table(study.table("labels"), pd.DataFrame(facts))
    study.manifest.write_text("{}")


def questions(cases: int) -> dict[str, Ask]:
    """Return what is asked, by its name: addresses, each with numbers drawn anew."""
    columns = "dice.first,dice.second,rarity"

    def page(rng: np.random.Generator, **asked: object) -> str:
        return "/api/cases?" + urlencode({"columns": columns, "limit": 100, **asked})

    def picture(kind: str, **more: str) -> Ask:
        return lambda rng: (
            f"/pictures/{kind}?" + urlencode({"case": f"case{rng.integers(cases):05d}", **more})
        )

    return {
        "first page": lambda rng: page(rng),
        "filter": lambda rng: page(
            rng, where=f"dice.first < {rng.random():.4f} and foreground_share > 0.02"
        ),
        "sort": lambda rng: page(
            rng, sort=f"abs(dice.first - dice.rule{rng.integers(2, 14):02d})", descending=1
        ),
        "jump to a rank": lambda rng: page(rng, sort="dice.second", offset=rng.integers(cases)),
        "rank of a case": lambda rng: "/api/rank?" + urlencode(
            {"case": f"case{rng.integers(cases):05d}", "sort": "dice.first"}
        ),
        "histogram": lambda rng: f"/api/histogram?column=dice.rule{rng.integers(2, 14):02d}",
        "all numbers of a case": lambda rng: f"/api/case?case=case{rng.integers(cases):05d}",
        "thumbnail": picture("thumb"),
        "masks of a thumbnail": picture("masks", models="first,second,rule05", longest="192"),
        "picture": picture("image"),
        "brushed comparison": lambda rng: "POST " + json.dumps({
            "where": f"dice.first < {rng.uniform(0.7, 0.95):.3f}", "metric": "dice",
            "first": "second", "second": "first",
        }),
    }  # fmt: skip


def measured(ask: Ask, readers: int, count: int) -> str:
    """Return milliseconds at the median and the 95th percentile, of all readers together."""

    def read(reader: int) -> list[float]:
        rng = np.random.default_rng(reader)
        taken = []
        for _ in range(count):
            begun_s = time.perf_counter()
            answer(ask(rng))
            taken.append(1000 * (time.perf_counter() - begun_s))
        return taken

    with ThreadPoolExecutor(readers) as pool:
        taken_ms = np.concatenate([*pool.map(read, range(readers))])
    return f"{np.median(taken_ms):.0f}, {np.percentile(taken_ms, 95):.0f}"


def answer(path: str) -> bytes:
    """Ask the server."""
    body = path.removeprefix("POST ").encode() if path.startswith("POST ") else None
    address = f"http://127.0.0.1:{PORT}" + ("/api/compare" if body else path)
    asked = urllib.request.Request(address, body, {"X-Twinseg": "view"})
    try:
        with urllib.request.urlopen(asked) as response:
            content: bytes = response.read()
            return content
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{address}: {error.read().decode()}") from error


def wait_for_it() -> None:
    """Wait until the server answers."""
    while True:
        try:
            answer("/api/study")
        except OSError:
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    main()
