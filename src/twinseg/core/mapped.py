"""Arrays that are mapped from files, read from end to end."""

import mmap

import numpy as np

from twinseg.core.arrays import Indices

Places = int | np.integer | slice | Indices


def read_some(array: np.ndarray, places: Places) -> np.ndarray:
    """Return a copy of what a mapped array holds at ``places``; none of it stays mapped.

    Every loop over the pictures or masks of many cases reads by this: its memory is that of the
    cases it holds at once. Dropping pages costs microseconds, reading them again little more.
    """
    found = np.array(array[places])
    let_go(array)
    return found


def let_go(array: np.ndarray) -> None:
    """Give what was read of a mapped array back to the system; its values stay readable.

    Until then every page that was read counts as memory of this process. An array in memory is
    left as it is, as is one on a system that knows no such thing.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mapped, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
