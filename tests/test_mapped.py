"""Mapped arrays that are read from end to end do not fill the memory."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from twinseg.core import mapped as mapped_module
from twinseg.core.mapped import let_go, read_some


def resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_was_read_goes_and_can_be_read_again(tmp_path: Path) -> None:
    np.save(tmp_path / "values.npy", np.arange(16_000_000))  # 128 MB
    mapped = np.load(tmp_path / "values.npy", mmap_mode="r")
    total, full = int(mapped.sum()), resident_bytes()
    let_go(mapped)
    assert full - resident_bytes() > 100e6
    assert int(mapped.sum()) == total
    let_go(mapped[5:9])  # a part of it is mapped as well
    assert mapped[7] == 7


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_loop_keeps_no_more_than_it_holds_at_once(tmp_path: Path) -> None:
    np.save(tmp_path / "values.npy", np.arange(16_000_000).reshape(1000, -1))  # 128 MB
    mapped = np.load(tmp_path / "values.npy", mmap_mode="r")
    before, most = resident_bytes(), 0
    for start in range(0, 1000, 50):
        some = read_some(mapped, np.arange(start, start + 50))
        assert some[1, 2] == (start + 1) * 16_000 + 2
        most = max(most, resident_bytes() - before)
    assert most < 30e6  # fifty are 6.4 MB


def test_all_pixels_of_a_dataset_are_read_so() -> None:
    direct = re.compile(r"(data|self)\.(pictures|masks)\[")
    package = Path(mapped_module.__file__).parents[1]
    found = [path.name for path in package.rglob("*.py") if direct.search(path.read_text())]
    assert found == []


def test_an_array_in_memory_stays() -> None:
    values = np.ones(3)
    let_go(values)
    assert values.tolist() == [1, 1, 1]
