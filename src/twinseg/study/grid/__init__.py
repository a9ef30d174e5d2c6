"""A grid of runs: the same stages as of a pair, worked off by many processes."""
