"""A grid of twelve runs ends the same whatever happens to it: killed drivers, a lost node, no room.

Each way is a study of its own, made by a driver process; the tables must be equal to the bit.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import write_discs
from tests.toy_study import TOY

pytestmark = pytest.mark.slow

_GRID = TOY | {"fraction": (1, 0.5, 0.25), "seed": (0, 1)}
_DRIVER = """
import json, sys, twinseg
from twinseg.core.errors import TwinsegError
from twinseg.core.on_ray import OnRay
from twinseg.core.processes import InProcesses
source, out, settings, ray = sys.argv[1:]
executor = OnRay(ray) if ray else InProcesses(2, threads=1)
try:
    twinseg.run(source, out, executor=executor, **json.loads(settings))
except TwinsegError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
_KILLS, _MARK = 10, "TWINSEG_TEST_MARK"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("source"), cases=24)


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("grid") / "out"
    driver = start(source, out)
    assert driver.wait() == 0, said(out)
    return out


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name what this test starts, to see what is left of it."""
    name = uuid.uuid4().hex
    monkeypatch.setenv(_MARK, name)
    yield name
    limit_s = time.monotonic() + 20
    while left := processes_of(name):
        assert time.monotonic() < limit_s, f"left behind: {left}"
        time.sleep(0.5)


def start(source: Path, out: Path, ray: str = "", **how: object) -> subprocess.Popen[bytes]:
    with said_file(out).open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-c", _DRIVER, str(source), str(out), json.dumps(_GRID), ray],
            stderr=said,
            **how,
        )


def said_file(out: Path) -> Path:
    return out.with_name("said.txt")


def said(out: Path) -> str:
    return said_file(out).read_text()[-2000:]


def processes_of(name: str) -> list[str]:
    """Commands of the processes that were started under a name, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"{_MARK}={name}".encode() in (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if is_ours and int(folder.name) != os.getpid():
            found.append(command)
    return found


def tables(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("tables/*"))
    }


def require_same(out: Path, other: Path) -> None:
    """Require the same tables to the bit, the same files, and none half-written."""
    assert tables(out) == tables(other)

    def names(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}

    assert names(out) == names(other)


def test_a_driver_killed_ten_times(
    source: Path, undisturbed: Path, tmp_path: Path, mark: str
) -> None:
    chance, out = random.Random(0), tmp_path / "out"
    for _ in range(_KILLS):
        driver = start(source, out)
        time.sleep(chance.uniform(2, 20))
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    driver = start(source, out)
    assert driver.wait() == 0, said(out)
    require_same(out, undisturbed)


def test_no_room_once(source: Path, undisturbed: Path, tmp_path: Path, mark: str) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    out = tmp_path / "out"
    driver = start(source, out, preexec_fn=no_room)
    assert driver.wait() == 1
    assert "RunsFailedError" in said(out)
    driver = start(source, out)
    assert driver.wait() == 0, said(out)
    require_same(out, undisturbed)


def test_a_node_of_a_ray_cluster_is_lost(
    source: Path, undisturbed: Path, tmp_path: Path, mark: str
) -> None:
    from ray.cluster_utils import Cluster

    out = tmp_path / "out"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        lost, _ = (cluster.add_node(num_cpus=1) for _ in range(2))
        driver = start(source, out, ray=cluster.address)
        while len([*(out / "runs").glob("[!.]*")]) < 3:
            assert driver.poll() is None, said(out)
            time.sleep(0.2)
        cluster.remove_node(lost, allow_graceful=False)
        assert driver.wait() == 0, said(out)
    finally:
        cluster.shutdown()
    require_same(out, undisturbed)
