"""Milliseconds for all metrics of one case against single metrics of two libraries.

    python bench/metrics.py [--cases 1000] [--cores 2]

prints one line a figure: name ours rival ratio (how many times as long the rival takes). MONAI
computes the 95 % Hausdorff distance alone, surface-distance the Hausdorff distance and the surface
Dice, on compact objects and on broad ones that reach across the image. The contestants take turns
of 20 cases, each free to use the cores given; medians over cases. Fails if values that both define
alike are not the same.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable

import cv2
import numpy as np
import surface_distance
import torch
from monai.metrics import compute_hausdorff_distance
from scipy import ndimage

from twinseg.metrics import score_case

SIDE_PX, TURN = 512, 20


def compact(rng: np.random.Generator) -> np.ndarray:
    """A mask of one to a few smooth objects near the middle; they fill 2 to 30 % of the image."""
    rows, columns = (np.indices((8, 8)) - 3.5) / rng.uniform(1.5, 3)
    coarse = rng.normal(size=(8, 8)) + 4 * np.exp(-(rows**2) - columns**2)
    smooth = ndimage.zoom(coarse, SIDE_PX / 8, order=3)
    return smooth > np.quantile(smooth, 1 - rng.uniform(0.02, 0.3))


def broad(rng: np.random.Generator) -> np.ndarray:
    """A mask of smooth objects anywhere, cut by the border; they fill 10 to 50 % of the image."""
    smooth = ndimage.zoom(rng.normal(size=(8, 8)), SIDE_PX / 8, order=3)
    return smooth > np.quantile(smooth, 1 - rng.uniform(0.1, 0.5))


def disturbed(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same objects, moved a little, with another outline."""
    wave = ndimage.zoom(rng.normal(size=(24, 24)), SIDE_PX / 24, order=1)
    away = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    moved = np.roll(away + 6 * wave, rng.integers(-6, 7, 2), axis=(0, 1))
    return moved > 0


def monai(predicted: np.ndarray, reference: np.ndarray) -> float:
    """95 % Hausdorff distance."""
    masks = (torch.from_numpy(mask)[None, None] for mask in (predicted, reference))
    return float(compute_hausdorff_distance(*masks, include_background=True, percentile=95))


def deepmind(predicted: np.ndarray, reference: np.ndarray) -> float:
    """Hausdorff distance and surface Dice."""
    distances = surface_distance.compute_surface_distances(reference, predicted, (1.0, 1.0))
    surface_distance.compute_surface_dice_at_tolerance(distances, 2.0)
    return float(surface_distance.compute_robust_hausdorff(distances, 100))


def ours(predicted: np.ndarray, reference: np.ndarray) -> float:
    """Everything."""
    return float(score_case(predicted, reference, spacing_mm=None)["hausdorff95"])


def timed(run: Callable, pair: tuple[np.ndarray, np.ndarray], times: list[float]) -> float:
    """Run once and note the milliseconds."""
    begin = time.perf_counter()
    value: float = run(*pair)
    times.append(1000 * (time.perf_counter() - begin))
    return value


def main() -> None:
    """Measure both kinds of objects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    if len(os.sched_getaffinity(0)) < given.cores:
        raise SystemExit(f"this machine has fewer than {given.cores} cores")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    torch.set_num_threads(given.cores)
    cv2.setNumThreads(given.cores)
    warnings.simplefilter("ignore", DeprecationWarning)  # of surface-distance, about SciPy
    for draw in (compact, broad):
        measure(draw, given.cases)


def measure(draw: Callable[[np.random.Generator], np.ndarray], cases: int) -> None:
    """Take turns, and print medians."""
    contestants: dict[str, Callable] = {"ours": ours, "monai": monai, "surface-distance": deepmind}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    rng = np.random.default_rng(0)
    for _ in range(cases // TURN):
        drawn = [draw(rng) for _ in range(TURN)]
        pairs = [(disturbed(reference, rng), reference) for reference in drawn]
        found = {}
        for name, run in contestants.items():
            found[name] = np.array([timed(run, pair, times[name]) for pair in pairs])
        # MONAI's is of float32.
        np.testing.assert_allclose(found["ours"], found["monai"], rtol=1e-4)
    median = {name: float(np.median(values)) for name, values in times.items()}
    for name, about in (
        ("monai", "hausdorff95"),
        ("surface-distance", "hausdorff_and_surface_dice"),
    ):
        ratio = median[name] / median["ours"]
        figure = f"all_metrics_ms_{draw.__name__}_{name}_{about}"
        print(f"{figure} {median['ours']:.2f} {median[name]:.2f} {ratio:.1f}")


if __name__ == "__main__":
    main()
