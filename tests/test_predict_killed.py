"""SIGKILL while `predict` is at work: the same command goes on, and its answers are the same."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.drawn_slides import tissue_picture, write_pyramid
from tests.untrained import SPEC, write_untrained

PATIENCE_S = 300


def start(*given: object) -> subprocess.Popen[bytes]:
    twinseg = Path(sys.executable).parent / "twinseg"
    return subprocess.Popen(
        [str(twinseg), "predict", *map(str, given)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def end(*given: object) -> None:
    running = start(*given)
    _, said = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0, said


def kill_when(is_time: Callable[[], bool], *given: object) -> None:
    """Start it, and kill it as soon as ``is_time``, which must come before its end."""
    running, begun_s = start(*given), time.monotonic()
    while not is_time():
        assert running.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < begun_s + PATIENCE_S
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate()


def answers(out: Path) -> dict[str, bytes]:
    """Everything that people look at, and nothing that an earlier start has left beside it."""
    files = {str(path.relative_to(out)): path for path in sorted(out.rglob("*")) if path.is_file()}
    assert not [name for name in files if name.endswith(".part")]
    return {name: path.read_bytes() for name, path in files.items() if name[0] != "."}


@pytest.mark.slow
def test_five_hundred_pictures_killed_three_times_get_the_same_answers(tmp_path: Path) -> None:
    model, pictures = write_untrained(tmp_path / "random-f100-s0"), tmp_path / "pictures"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    for number in range(500):
        coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((160, 120)).save(pictures / f"p{number:03d}.jpg")
    end(model, pictures, tmp_path / "calm")
    out = tmp_path / "torn"
    for enough in (1, 150, 350):
        kill_when(lambda n=enough: len(list(out.glob("masks/*.png"))) >= n, model, pictures, out)
    assert not (out / "index.html").exists()
    end(model, pictures, out)
    assert len(answers(out)) > 2 * 500
    assert answers(out) == answers(tmp_path / "calm")


@pytest.mark.slow
def test_a_slide_killed_between_its_bands_gets_the_same_answers(tmp_path: Path) -> None:
    tiles = replace(SPEC, kind="slides", mpp=0.5, tile_px=64)
    model, slides = write_untrained(tmp_path / "random-f100-s0", tiles), tmp_path / "slides"
    slides.mkdir()
    write_pyramid(slides / "one.tif", tissue_picture(3072, 2048, left=64, right=1984))
    end(model, slides, tmp_path / "calm")
    out = tmp_path / "torn"
    whole = {path.name for path in (tmp_path / "calm").rglob("*")}

    def has_begun() -> bool:
        return any(path.name not in whole for path in out.rglob("*") if path.is_file())

    kill_when(has_begun, model, slides, out)
    end(model, slides, out)
    assert answers(out) == answers(tmp_path / "calm")
