"""Read and check cases, split them by group, draw training subsets, augment, batch."""
