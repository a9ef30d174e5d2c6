"""Damaged files among good ones: cases or listed, the rest as ever. 300 of each kind if slow."""

import json
import subprocess
import sys
from collections import Counter
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
ROUNDS, IN_A_ROUND = 10, 30  # of each kind, in the slow version
MOST_BYTES = 2**30
MOST_SECONDS = 10  # of a whole source: no file can have hung that long
PREPARE = """
import json, resource, sys, time
import csv
from pathlib import Path
from twinseg.core.errors import TwinsegError
from twinseg.records.source_settings import make_source_settings
from twinseg.data.originals import LEFT_OUT, originals_of
from twinseg.data.prepare import prepare

answers = []
for source, settings in json.loads(sys.argv[1]):
    start = time.monotonic()
    folder = Path(source)
    settings = make_source_settings(size=16, **settings)
    try:
        target = folder.with_name(folder.name + "-set")
        found = prepare(folder, target, settings, processes=2).dataset
        with (originals_of(target) / LEFT_OUT).open(newline="", encoding="utf-8") as table:
            answer = {"left_out": [row[1:] for row in csv.reader(table)][1:]}
        answer["cases"] = {case.id: [case.group, case.digest] for case in found.cases}
        answer["hidden"] = found.facts["paths_hidden"]
        answer["files"] = [case.origin.file for case in found.cases if case.origin]
    except TwinsegError as error:
        answer = {"error": str(error), "type": type(error).__name__}
    answers.append(answer | {"seconds": time.monotonic() - start})
# Of this process `getrusage` would tell the peak of the one that tests, too, from before exec.
status = Path("/proc/self/status").read_text()
own = int(next(line for line in status.splitlines() if "VmHWM" in line).split()[1])
most = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(json.dumps({"sources": answers, "most_bytes": 1024 * most}))
"""


def harm(files: Sequence[Path], harms: Sequence[tuple[str, Damage]], rng: Random) -> str:
    """Damage one file; half of the time in a way of its kind. Returns the name of the way."""
    path = files[int(rng.integers(len(files)))]
    special = [way for suffix, way in harms if path.name.endswith(suffix)]
    ways = special if rng.random() < 0.5 else [damage.cut, damage.flip, damage.zero, damage.rename]
    before = path.read_bytes()
    while True:  # zeros over zeros do no harm
        way = ways[int(rng.integers(len(ways)))]
        way(path, rng)
        if not path.exists() or path.read_bytes() != before:
            return way.__name__


def ruin(source: Path, maker: Maker, rng: Random) -> None:
    """Write two cases of which no file can be read."""
    for number in range(2):
        for path in set(maker.write(source, number)):
            damage.zero(path, rng)
            path.write_bytes(bytes(300))


def write_kind(folder: Path, name: str, round_: int, count: int) -> dict[int, str]:
    """Write good cases alone, good ones among damaged ones, and ruins; return what was done."""
    maker, rng = MAKERS[name], np.random.default_rng([list(MAKERS).index(name), round_])
    for number in range(GOOD):
        maker.write(folder / f"{name}-good", number)
        maker.write(folder / f"{name}-mixed", number)
    damaged = {}
    first = FIRST_DAMAGED + round_ * count
    for number in range(first, first + count):
        damaged[number] = harm(maker.write(folder / f"{name}-mixed", number), maker.harms, rng)
    ruin(folder / f"{name}-ruins", maker, rng)
    return damaged


@dataclass(frozen=True)
class Result:
    answers: dict[str, dict[str, Any]]  # by source
    damaged: dict[str, dict[int, str]]
    most_bytes: int
    stderr: str


def run(folder: Path, round_: int, counts: dict[str, int]) -> Result:
    """Prepare good, mixed and ruined sources of the kinds in ``counts`` in a fresh process."""
    damaged = {name: write_kind(folder, name, round_, count) for name, count in counts.items()}
    jobs = {
        f"{name}-{what}": {"kind": "slides" if name == "masked" else name} | MAKERS[name].settings
        for name in counts
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
    counts = {name: maker.count for name, maker in MAKERS.items()}
    return run(tmp_path_factory.mktemp("few"), 0, counts)


def faults(result: Result, name: str) -> Iterator[str]:
    """Say what went wrong with the damaged copies of a kind."""
    good, mixed = result.answers[f"{name}-good"], result.answers[f"{name}-mixed"]
    if "error" in good or "error" in mixed:
        yield f"{name}: {good.get('error')} {mixed.get('error')}"
        return
    if good["left_out"]:
        yield f"{name}: good files left out: {good['left_out']}"
    # A damaged file that is named like DICOM hides all names of its source: pixels must tell.
    digests = {digest for _, digest in mixed["cases"].values()} if mixed["hidden"] else set()
    for case, facts in good["cases"].items():
        if mixed["cases"].get(case) != facts and facts[1] not in digests:
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
    assert answer.get("type") == "NothingUsableError", answer
    assert "\n" not in answer["error"]


def test_nothing_is_printed_and_memory_stays_bounded(few: Result) -> None:
    assert few.stderr == ""
    assert few.most_bytes < MOST_BYTES


@pytest.mark.parametrize("name", MAKERS)
def test_every_way_of_a_kind_does_harm(name: str, tmp_path: Path) -> None:
    """Each named way changes each file that it is for, so that no round runs on sound files."""
    maker, rng = MAKERS[name], np.random.default_rng(0)
    for at, (suffix, way) in enumerate([*maker.harms, ("", damage.rename)]):
        source = tmp_path / str(at)
        files = [file for number in range(6) for file in maker.write(source, number)]
        meant = {path: path.read_bytes() for path in files if path.name.endswith(suffix)}
        assert meant, way
        for path, before in meant.items():
            way(path, rng)
            assert not path.exists() or path.read_bytes() != before, (way, path)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_three_hundred_damaged_copies_of_a_kind(tmp_path: Path, name: str) -> None:
    ways: Counter[str] = Counter()
    for round_ in range(1, 1 + ROUNDS):
        result = run(tmp_path / str(round_), round_, {name: IN_A_ROUND})
        ways.update(result.damaged[name].values())
        assert list(faults(result, name)) == []
        assert result.answers[f"{name}-ruins"].get("type") == "NothingUsableError"
        assert result.stderr == ""
        assert result.most_bytes < MOST_BYTES
    assert ways.total() == ROUNDS * IN_A_ROUND == 300
    general = {"cut", "flip", "zero", "rename"}
    assert set(ways) == general | {way.__name__ for _, way in MAKERS[name].harms}
