"""300 damaged files, 30 in a round, among good ones: cases or listed, the rest as ever."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import damage
from tests.damage import Damage, Random
from tests.fuzz_sources import MAKERS, Maker

GOOD, FIRST_DAMAGED = 6, 1000  # numbers of cases
MOST_BYTES = 2 * 2**30
MOST_SECONDS = 10  # of a whole source: no file can have hung that long
PREPARE = """
import json, resource, sys, time
from pathlib import Path
from twinseg.core.errors import TwinsegError
from twinseg.core.source_settings import make_source_settings
from twinseg.data.prepare import prepare

answers = []
for source, settings in json.loads(sys.argv[1]):
    start = time.monotonic()
    folder = Path(source)
    settings = make_source_settings(size=16, **settings)
    try:
        target = folder.with_name(folder.name + "-set")
        found = prepare(folder, target, settings, processes=2).dataset
        answer = {"left_out": [[item.file, item.reason] for item in found.left_out]}
        answer["cases"] = {case.id: [case.group, case.digest] for case in found.cases}
        answer["files"] = [case.origin.file for case in found.cases if case.origin]
    except TwinsegError as error:
        answer = {"error": str(error), "type": type(error).__name__}
    answers.append(answer | {"seconds": time.monotonic() - start})
whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
most = max(resource.getrusage(who).ru_maxrss for who in whose)
print(json.dumps({"sources": answers, "most_bytes": 1024 * most}))
"""


def harm(files: Sequence[Path], harms: Sequence[tuple[str, Damage]], rng: Random) -> str:
    """Damage one file; half of the time in a way of its kind. Returns how."""
    path = files[int(rng.integers(len(files)))]
    special = [way for suffix, way in harms if path.name.endswith(suffix)]
    ways = special if rng.random() < 0.5 else [damage.cut, damage.flip, damage.zero]
    way = ways[int(rng.integers(len(ways)))]
    way(path, rng)
    return f"{path.name}: {way.__name__}"


def ruin(source: Path, maker: Maker, rng: Random) -> None:
    """Write two cases of which no file can be read."""
    for number in range(2):
        for path in set(maker.write(source, number)):
            damage.zero(path, rng)
            path.write_bytes(bytes(300))


def write_all(folder: Path, round_: int) -> dict[str, dict[int, str]]:
    """Write for each kind good cases alone, good ones among damaged ones, and ruins."""
    damaged: dict[str, dict[int, str]] = {}
    for at, (name, maker) in enumerate(MAKERS.items()):
        rng = np.random.default_rng([at, round_])
        for number in range(GOOD):
            maker.write(folder / f"{name}-good", number)
            maker.write(folder / f"{name}-mixed", number)
        damaged[name] = {}
        first = FIRST_DAMAGED + round_ * maker.count
        for number in range(first, first + maker.count):
            files = maker.write(folder / f"{name}-mixed", number)
            damaged[name][number] = harm(files, maker.harms, rng)
        ruin(folder / f"{name}-ruins", maker, rng)
    return damaged


@dataclass(frozen=True)
class Result:
    answers: dict[str, dict[str, Any]]  # by source
    damaged: dict[str, dict[int, str]]
    most_bytes: int
    stderr: str


def run(folder: Path, round_: int) -> Result:
    damaged = write_all(folder, round_)
    jobs = {
        f"{name}-{what}": {"kind": "slides" if name == "masked" else name} | maker.settings
        for name, maker in MAKERS.items()
        for what in ("good", "mixed", "ruins")
    }
    given = json.dumps([[str(folder / name), settings] for name, settings in jobs.items()])
    command = [sys.executable, "-W", "always", "-c", PREPARE, given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    answers = dict(zip(jobs, said["sources"], strict=True))
    return Result(answers, damaged, said["most_bytes"], done.stderr)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(tmp_path_factory.mktemp("few"), 0)


def faults(result: Result, name: str) -> Iterator[str]:
    """Say what went wrong with the damaged copies of a kind."""
    good, mixed = result.answers[f"{name}-good"], result.answers[f"{name}-mixed"]
    if "error" in good or "error" in mixed:
        yield f"{name}: {good.get('error')} {mixed.get('error')}"
        return
    if good["left_out"]:
        yield f"{name}: good files left out: {good['left_out']}"
    for case, facts in good["cases"].items():
        if mixed["cases"].get(case) != facts:
            yield f"{name}: {case} is {mixed['cases'].get(case)}, alone {facts}"
    for number, what in result.damaged[name].items():
        token = MAKERS[name].token.format(number)
        listed = [reason for file, reason in mixed["left_out"] if token in file]
        if not listed and not any(token in file for file in mixed["files"]):
            yield f"{name}: {what} ({token}) is neither a case nor listed"
        if any(not reason.strip() or "\n" in reason for reason in listed):
            yield f"{name}: {what} has the reasons {listed}"
    if mixed["seconds"] > MOST_SECONDS:
        yield f"{name} took {mixed['seconds']:.1f} s"


@pytest.mark.parametrize("name", MAKERS)
def test_damaged_files_cost_only_themselves(few: Result, name: str) -> None:
    assert few.damaged[name]
    assert list(faults(few, name)) == []


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_but_ruins_is_one_line(few: Result, name: str) -> None:
    answer = few.answers[f"{name}-ruins"]
    assert answer.get("type") == "DataError", answer
    assert "\n" not in answer["error"]


def test_nothing_is_printed_and_memory_stays_bounded(few: Result) -> None:
    assert few.stderr == ""
    assert few.most_bytes < MOST_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(1, 10))
def test_nine_more_rounds_of_thirty(tmp_path: Path, round_: int) -> None:
    result = run(tmp_path, round_)
    assert sum(map(len, result.damaged.values())) == 30
    assert [fault for name in MAKERS for fault in faults(result, name)] == []
    assert [
        name
        for name, answer in result.answers.items()
        if answer.get("type", "DataError") != "DataError"
    ] == []
    assert result.stderr == ""
    assert result.most_bytes < MOST_BYTES
