"""Arrays that are mapped from files, read from end to end."""

import mmap

import numpy as np


def let_go(array: np.ndarray) -> None:
    """Give what was read of a mapped array back to the system; its values stay readable.

    Until then every page that was read counts as memory of this process. An array in memory is
    left as it is, as is one on a system that knows no such thing.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mapped, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
