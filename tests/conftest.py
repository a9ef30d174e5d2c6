"""Fixtures for all tests."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import jaxtyping
import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

if TYPE_CHECKING:
    import twinseg

WritePairs = Callable[..., Path]

settings.register_profile("patient", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("patient")


@pytest.fixture
def as_users_run_it() -> Iterator[None]:
    """Switch the shape checker off, so that our own checks and messages are what is tested."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data and weights; its absence fails under CI and is said elsewhere."""
    folder = Path(os.environ.get("TWINSEG_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no folder {folder}; set TWINSEG_SHARED")
        pytest.skip(f"no folder {folder} with real data and weights; set TWINSEG_SHARED")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium; its absence fails under CI and is said elsewhere."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: install the package chromium")
        pytest.skip("no Chromium: install the package chromium to look at pages")
    with sync_api.sync_playwright() as playwright:
        # Without a sandbox, as in containers: it is shown nothing but pages of ours.
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten discs; nobody may change them. Modules that need others name their own so."""
    return write_discs(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def calm(source: Path, tmp_path_factory: pytest.TempPathFactory) -> "twinseg.Study":
    """An undisturbed study of ``source``; nobody may change it."""
    from tests.toy_study import run_toy

    return run_toy(source, tmp_path_factory.mktemp("calm") / "study")


@pytest.fixture
def write_pairs(tmp_path: Path) -> WritePairs:
    """Write a folder of bright discs on dark noise, with their masks, and return it."""
    return partial(write_discs, tmp_path)


def write_discs(where: Path, name: str = "pairs", *, cases: int = 10, side_px: int = 40) -> Path:
    """Write ``where/name`` with images and masks of discs."""
    folder = where / name
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    rows, columns = np.indices((side_px, side_px))
    for case in range(cases):
        rng = np.random.default_rng(case)
        row, column = rng.uniform(0.3 * side_px, 0.7 * side_px, 2)
        radius = rng.uniform(0.1, 0.3) * side_px
        mask = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
        noise = rng.integers(0, 60, (side_px, side_px, 3))
        picture = (noise + mask[..., None] * np.array([160, 120, 60])).astype(np.uint8)
        Image.fromarray(picture).save(folder / "images" / f"case{case:02d}.png")
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"case{case:02d}.png")
    return folder
