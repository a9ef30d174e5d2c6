"""Dice of training recipes on folds of real data that were kept back, case by case.

Each trial is one training on one fold of one set: through the real loop, or by the plain script of
`plain_recipe.py`, with the same first weights, cases and number of steps. What is done is not done
again; what was stopped goes on. Dice is measured on the grid of the source images.

    python bench/recipe.py --quick                     # one line of docs/training.md
    python bench/recipe.py --sets skin glands --recipes plain default --epochs 8 24
    python bench/recipe.py --table                     # of all that was tried so far
"""

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file
from torch import nn

from plain_recipe import train_plainly
from twinseg.comparison import estimate_mean
from twinseg.core.arrays import Indices, MaskStack, Pictures, SquarePlane
from twinseg.core.progress import Silent
from twinseg.core.seeds import stream
from twinseg.data.augmentation import strength_for
from twinseg.data.batches import TrainingBatches, to_images
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.data.split import Split, folds_by_group
from twinseg.metrics.counts import count
from twinseg.metrics.overlap import dice
from twinseg.prediction.source_grid import to_source_grid
from twinseg.records.settings import Hardware, make_settings
from twinseg.records.source_settings import make_source_settings
from twinseg.training.loop import Course, train_loop
from twinseg.training.normalisation import IMAGENET, Normalisation
from twinseg.training.weights import FirstWeights, find_first_weights, start_network
from variants import LETTERBOX, VARIANTS, Letterbox, letterboxed

SHARED = Path(os.environ.get("TWINSEG_SHARED", "../shared"))
SETS = ("skin", "glands", "kidney", "prostate")
SIZE_PX, CASES_A_STEP, FOLDS, VALIDATION = 128, 16, 3, 0.1

# By name: what differs from the defaults.
EARLIER = {"dice": "batch", "warp": 1.0, "colour": 1.0, "keep": "best", "learning_rate": 1e-3}
RECIPES: dict[str, dict[str, Any]] = {
    "default": {},
    "earlier": EARLIER,
    "dice of a batch": {"dice": "batch"},
    "best on validation": {"keep": "best"},
    "half augmented": {"warp": 0.5, "colour": 0.5},
    "fully augmented": {"warp": 1.0, "colour": 1.0},
    "flips only": {"colour": 0.0},
    "colour": {"colour": 1.0},
    "warp": {"warp": 1.0},
    "rate 1e-3": {"learning_rate": 1e-3},
    "rate 1.4e-3": {"learning_rate": 1.4e-3},
    "rate 2e-3": {"learning_rate": 2e-3},
    "bfloat16": {"precision": "bf16-mixed"},
    LETTERBOX: {},
} | {name: {} for name in VARIANTS}
PLAIN = "plain"


@dataclass(frozen=True)
class Trial:
    """One training on one fold."""

    dataset: str
    recipe: str
    encoder: str
    init: str
    epochs: int
    cases: int  # about so many of the dataset, in whole groups
    seed: int
    fold: int

    @property
    def id(self) -> str:
        """Name of its files."""
        return "_".join(str(value).replace(" ", "-") for value in vars(self).values())


def run_trial(out: Path, trial: Trial) -> str:
    """Train, predict the fold that was kept back, write a row a case; nothing if it is there."""
    table = out / "trials" / f"{trial.id}.csv"
    if table.exists():
        return trial.id
    torch.set_num_threads(1)
    data = opened(out, trial.dataset)
    split = fold_of(data, trial)
    # Of one normalisation, as twins are: that of the ImageNet weights.
    normalise = first_weights("imagenet", trial.encoder).normalise or IMAGENET
    network = start_network(
        trial.encoder, first_weights(trial.init, trial.encoder), seed=trial.seed
    )
    shown = Shown.of(data, boxed=trial.recipe == LETTERBOX)
    if trial.recipe == PLAIN:
        train_plainly(
            network,
            shown.pictures[split.train],
            shown.masks[split.train],
            mean=normalise.mean,
            std=normalise.std,
            epochs=trial.epochs,
            batch_size=CASES_A_STEP,
            seed=trial.seed,
        )
    else:
        folder = out / "trials" / f".{trial.id}"
        with VARIANTS.get(trial.recipe, nullcontext)() as finish:
            train_ours(network, shown, split, trial, normalise, folder)
            if finish:
                finish(network)
    rows = []
    for position, plane in zip(
        split.test, planes(network, shown, split.test, normalise), strict=True
    ):
        case, reference = data.dataset.cases[position], data.reference(int(position))
        inner = np.ascontiguousarray(shown.boxes[position].inner(plane))
        counts = count(to_source_grid(inner, *reference.shape), reference)
        about = {"case": case.id, "group": case.group, "share": case.foreground_share}
        rows.append(
            about | vars(trial) | {"dice": dice(counts), "marked_px": counts.predicted_pixels}
        )
    part = table.with_suffix(".part")
    pd.DataFrame(rows).to_csv(part, index=False)
    part.rename(table)
    return trial.id


@dataclass(frozen=True)
class Shown:
    """What the network sees of a set, and where in the square each picture lies."""

    pictures: Pictures
    masks: MaskStack
    boxes: list[Letterbox]

    @classmethod
    def of(cls, data: PreparedDataset, *, boxed: bool) -> "Shown":
        """Show each picture stretched to the square, or with its sides as they are."""
        if not boxed:
            whole = Letterbox.of(SIZE_PX, SIZE_PX, SIZE_PX)
            return cls(data.pictures, data.masks, [whole] * len(data.masks))
        shapes = [data.reference(position).shape for position in range(len(data.masks))]
        boxes = [Letterbox.of(*shape, SIZE_PX) for shape in shapes]
        return cls(*letterboxed(data.pictures, data.masks, boxes), boxes)


def train_ours(
    network: nn.Module,
    shown: Shown,
    split: Split,
    trial: Trial,
    normalise: Normalisation,
    folder: Path,
) -> None:
    """Train by the real loop, and leave the weights that it keeps in ``network``."""
    asked = dict(RECIPES[trial.recipe])
    hardware = Hardware(precision=asked.pop("precision", "32-true"))
    settings = make_settings(epochs=trial.epochs, batch_size=CASES_A_STEP, **asked).training
    batches = TrainingBatches(
        shown.pictures,
        shown.masks,
        split.train,
        CASES_A_STEP,
        trial.seed,
        strength_for(settings, shown.pictures, split.train),
    )
    folder.mkdir(exist_ok=True)
    course = Course(settings, hardware, batches, split.validation, normalise, folder)
    train_loop(network, course, title=trial.id, progress=Silent())
    network.load_state_dict(load_file(folder / "kept.safetensors"))


@torch.no_grad()
def planes(
    network: nn.Module, shown: Shown, positions: Indices, normalise: Normalisation
) -> Iterator[SquarePlane]:
    """Yield the probabilities of each case."""
    network.eval()
    for start in range(0, len(positions), 32):
        pictures = np.ascontiguousarray(shown.pictures[positions[start : start + 32]])
        yield from network(normalise(to_images(pictures))).sigmoid()[:, 0].numpy()


def first_weights(init: str, encoder: str) -> FirstWeights:
    """Find the first weights among the shared ones."""
    return find_first_weights(
        init, encoder, weights_dir=SHARED / "weights", partial=False, progress=Silent()
    )


def opened(out: Path, name: str) -> PreparedDataset:
    """Open a prepared set, or prepare it."""
    folder = out / "datasets" / name
    if folder.exists():
        return open_prepared(folder)
    return prepare(SHARED / "data" / name, folder, make_source_settings(size=SIZE_PX))


def fold_of(data: PreparedDataset, trial: Trial) -> Split:
    """Return the trial's fold, of as many groups as give about the number of cases asked for."""
    cases = data.dataset.cases
    folds = folds_by_group(
        cases, FOLDS, validation_fraction=VALIDATION, rng=stream(0, "recipe", "folds")
    )
    groups = sorted({case.group for case in cases})
    order = stream(0, "recipe", "subset").permutation(len(groups))
    share = min(1.0, trial.cases / len(cases))
    kept = {groups[place] for place in order[: round(share * len(groups))]}

    def of(positions: Indices) -> Indices:
        return np.array([at for at in positions if cases[at].group in kept])

    fold = folds[trial.fold]
    return Split(of(fold.train), of(fold.validation), of(fold.test))


def lines_of(out: Path) -> Iterator[str]:
    """Yield the rows of Markdown: each recipe against the plain one, paired by case and seed."""
    found = pd.concat([pd.read_csv(file) for file in sorted((out / "trials").glob("*.csv"))])
    yield "| set | epochs | init | cases | recipe | Dice | minus plain (95 %) | smallest fifth | |"
    yield "|---|---|---|---|---|---|---|---|---|"
    same = ["dataset", "epochs", "init", "encoder", "cases"]
    for (name, epochs, init, _, _), trials in found.groupby(same):
        by_recipe = {
            recipe: rows.set_index(["case", "seed"]) for recipe, rows in trials.groupby("recipe")
        }
        plain = by_recipe.get(PLAIN)
        for recipe, rows in by_recipe.items():
            empty, rows = rows[rows["share"] == 0], rows[rows["share"] > 0]
            wrong = f"{(empty['marked_px'] > 0).mean():.0%} of empty marked" if len(empty) else ""
            start = (
                f"| {name} | {epochs} | {init} | {len(rows)} | {recipe} | {rows['dice'].mean():.4f}"
            )
            yield f"{start} | {_against(rows, plain)} | {wrong} |"


def _against(rows: pd.DataFrame, plain: pd.DataFrame | None) -> str:
    if plain is None:
        return " | "
    both = rows.join(plain["dice"].rename("plain"), how="inner")
    gain = (both["dice"] - both["plain"]).to_numpy(float)
    of_groups = both["group"].astype(str).to_numpy()
    interval = estimate_mean(gain, of_groups, rng=np.random.default_rng(0)).interval
    small = gain[both["share"] <= both["share"].quantile(0.2)].mean()
    return f"{gain.mean():+.4f} ({interval.low:+.3f} to {interval.high:+.3f}) | {small:+.3f}"


def main() -> None:
    """Run the trials that were asked for, two at once, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("recipe_trials"))
    parser.add_argument("--quick", action="store_true", help="plain against default on glands")
    parser.add_argument("--table", action="store_true", help="train nothing")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["skin"])
    parser.add_argument(
        "--recipes", nargs="+", choices=[PLAIN, *RECIPES], default=[PLAIN, "default"]
    )
    parser.add_argument("--epochs", type=int, nargs="+", default=[8])
    parser.add_argument("--init", nargs="+", default=["imagenet"])
    parser.add_argument("--encoder", default="mobilenet_v2")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--folds", type=int, nargs="+", default=[*range(FOLDS)])
    given = parser.parse_args()
    asked = parser.parse_args(["--sets", "glands"]) if given.quick else given
    (given.out / "trials").mkdir(parents=True, exist_ok=True)
    if not given.table:
        trials = [
            Trial(name, recipe, asked.encoder, init, epochs, asked.cases, seed, fold)
            for name in asked.sets
            for recipe in asked.recipes
            for init in asked.init
            for epochs in asked.epochs
            for seed in asked.seeds
            for fold in asked.folds
        ]
        for name in asked.sets:
            opened(given.out, name)
        with ProcessPoolExecutor(2) as pool:
            for done in pool.map(run_trial, [given.out] * len(trials), trials):
                print(done, flush=True)
    print("\n".join(lines_of(given.out)))


if __name__ == "__main__":
    main()
