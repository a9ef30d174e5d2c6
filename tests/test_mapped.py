"""Mapped arrays that are read from end to end do not fill the memory."""

import sys
from pathlib import Path

import numpy as np
import pytest

from twinseg.core.mapped import let_go


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


def test_an_array_in_memory_stays() -> None:
    values = np.ones(3)
    let_go(values)
    assert values.tolist() == [1, 1, 1]
