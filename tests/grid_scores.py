"""Tables of scores as a grid has them, made from numbers that are known."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd

from twinseg.records.run_spec import Contrast, RunSpec

Dice = Callable[[RunSpec, int], float]  # of a run and the number of a case


def grid_scores(
    dice: Dice,
    *,
    inits: Sequence[str] = ("imagenet", "random"),
    designs: Sequence[str] = ("random",),
    fractions: Sequence[float] = (1.0,),
    seeds: Sequence[int] = (0,),
    cases: int = 8,
    cases_per_group: int = 1,
    rules: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Return the runs of the grid, and rules that are so much above the second twin."""
    rows = []
    for design, fraction, seed in product(designs, fractions, seeds):
        runs = [RunSpec(init, design, fraction, seed) for init in inits]
        for run, case in product(runs, range(cases)):
            rows.append(_row(run, case, cases_per_group) | {"dice": dice(run, case)})
        contrast = Contrast(*runs[:2]).id if len(runs) > 1 else ""
        for (rule, above), case in product((rules or {}).items(), range(cases)):
            about = {"kind": "rule", "model": rule, "rule": rule, "init": "", "contrast": contrast}
            value = dice(runs[1], case) + above
            rows.append(_row(runs[1], case, cases_per_group) | about | {"dice": value})
    table = pd.DataFrame(rows)
    return table.assign(fold=pd.array([pd.NA] * len(table), dtype="Int64"))


def _row(run: RunSpec, case: int, cases_per_group: int) -> dict[str, object]:
    about = {"dataset": "d", "model": run.id, "kind": "run", "init": run.init, "rule": ""}
    point = {"design": run.design, "fraction": run.fraction, "seed": run.seed, "contrast": ""}
    names = {"case": f"c{case:03}", "group": f"g{case // cases_per_group:03}", "split": "test"}
    rates = {"type1_rate": 0.1, "type2_rate": 0.2, "train_cases": round(100 * run.fraction)}
    return about | point | names | rates


def noise(*key: object) -> float:
    """Return a standard normal number, always the same for a key."""
    text = "/".join(map(str, key)).encode()
    return float(np.random.default_rng(list(text)).normal())
