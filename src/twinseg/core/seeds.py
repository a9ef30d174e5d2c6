"""One seed, many independent streams: each use names its own, so that none can shift another."""

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random generator of the use called ``names``, the same for the same arguments."""
    return np.random.default_rng(stream_seed(seed, *names))


def stream_seed(seed: int, *names: str | int) -> int:
    """Return a 63-bit seed for libraries that take a number, from ``seed`` and the use's name."""
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
