"""A study of seconds: a tiny network on ten discs of 40 px."""

from pathlib import Path

import twinseg
from twinseg.core.progress import Progress, Silent

TOY = {
    "encoder": "tu-test_efficientnet",
    "size": 32,
    "epochs": 1,
    "batch_size": 4,
    "evidence_cases": 1,
    "init": ("random:1", "random:2"),
}
RUNS = ("random1-f100-s0", "random2-f100-s0")


class Heard:
    """Everything that was said; opens no tasks of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tasks: list[str] = []
        self._silent = Silent()

    def say(self, line: str) -> None:
        self.lines.append(line)

    def task(self, title: str, total: int, *, done: int = 0, unit: str = ""):
        self.tasks.append(title)
        return self._silent.task(title, total, done=done, unit=unit)


def run_toy(source: Path, out: Path, progress: Progress | None = None, **other) -> twinseg.Study:
    return twinseg.run(source, out, progress=progress, **TOY | other)


def results(out: Path) -> dict[str, bytes]:
    """Every file but the manifests, which tell how long it took."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
