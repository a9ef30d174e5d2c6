"""The split in numbers: what went into each part."""

import pandas as pd

_ORDER = ("train", "validation", "test", "unused")


def split_counts(cases: pd.DataFrame) -> pd.DataFrame:
    """Count each part that holds a case; ``unused`` is what a fraction left out of training.

    Returns:
        Columns ``split, cases, groups, empty_masks, median_share``, the last one of foreground.
    """
    rows = []
    for name in _ORDER:
        own = cases[cases["split"] == name]
        if len(own):
            rows.append(
                {
                    "split": name,
                    "cases": len(own),
                    "groups": int(own["group"].nunique()),
                    "empty_masks": int((own["foreground_px"] == 0).sum()),
                    "median_share": float(own["foreground_share"].median()),
                }
            )
    return pd.DataFrame(rows)
