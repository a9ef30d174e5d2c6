"""Runs an hour of a small grid: one process of one thread against as many processes as cores.

The same four runs of the same pictures, each with what follows of them, in folders of their own.
Prints `name ours rival ratio`: ours is what `twinseg run` chooses, the rival one process.

    python bench/runs_per_hour.py --cases 120 --epochs 6
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of this process, which is the rival

import twinseg
from scaling import write_source
from twinseg.core.executor import Executor, InProcess
from twinseg.core.machine import cores
from twinseg.core.processes import InProcesses

GRID = {"init": ("random", "random:2"), "seed": (0, 1), "encoder": "mobilenet_v2", "size": 128}
RUNS = 4


def main() -> None:
    """Print the line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--epochs", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        write_source(source, asked.cases)
        an_hour = {}
        for name, executor in (("ours", InProcesses(cores(), threads=1)), ("rival", InProcess())):
            an_hour[name] = runs_an_hour(source, Path(scratch) / name, executor, asked.epochs)
    ours, rival = an_hour["ours"], an_hour["rival"]
    print(f"runs an hour, {cores()} cores {ours:.0f} {rival:.0f} {ours / rival:.2f}")


def runs_an_hour(source: Path, out: Path, executor: Executor, epochs: int) -> float:
    """Return how many runs an hour a whole study makes."""
    begun_s = time.perf_counter()
    twinseg.run(source, out, executor=executor, epochs=epochs, **GRID)
    return RUNS * 3600 / (time.perf_counter() - begun_s)


if __name__ == "__main__":
    main()
