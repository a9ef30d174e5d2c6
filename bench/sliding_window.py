"""A piece of a slide by overlapping tiles: ours against MONAI's sliding window, tiles per second.

The same network, side, overlap of half a tile and as many tiles at once. Ours begins with the file;
MONAI is given the picture as a ready tensor, so that its turn is the network and the blending
alone. Bare is the network as it was trained, on as many ready tiles. One line a figure: name ours
rival ratio; medians over turns, turn by turn.

    python bench/sliding_window.py --side 1536 --turns 3
"""

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import tifffile
import torch
from monai.inferers import sliding_window_inference
from scipy.ndimage import gaussian_filter
from torch import nn

from twinseg.images.slides.opening import open_slide
from twinseg.prediction.slide_tiles import SlideTiles, slide_tiles
from twinseg.prediction.stitched import TILES_AT_ONCE_ON_CPU, Network, network_of, stitched_bands
from twinseg.records.input_spec import InputSpec
from twinseg.training.network import build_network
from twinseg.training.trained_model import TrainedModel

TILE_PX = 256
SPEC = InputSpec(TILE_PX, (0.0,) * 3, (1.0,) * 3, kind="slides", mpp=0.5, tile_px=TILE_PX)


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--side", type=int, default=1536, help="of the piece, in pixels")
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    network = build_network("mobilenet_v2", seed=0).eval()
    network = network.to(memory_format=torch.channels_last)
    answering = network_of([TrainedModel("bench", "random", 0, 1.0, SPEC, network)])
    picture = tissue(asked.side)
    with tempfile.TemporaryDirectory() as folder:
        slide = write_slide(Path(folder) / "piece.tif", picture)
        with closing(open_slide(slide)) as opened:
            tiles = slide_tiles(opened, SPEC)
        count, spent = int(tiles.taken.sum()), {"ours": [], "monai": [], "bare": []}
        for _ in range(asked.turns):
            spent["ours"].append(ours(slide, tiles, answering))
            spent["monai"].append(monai(picture, network))
            spent["bare"].append(bare(count, network))
    rate = {name: count / statistics.median(times) for name, times in spent.items()}
    for rival in ("monai", "bare"):
        ratio = rate["ours"] / rate[rival]
        print(f"tiles_per_second_against_{rival} {rate['ours']:.2f} {rate[rival]:.2f} {ratio:.2f}")


@torch.no_grad()
def ours(slide: Path, tiles: SlideTiles, network: Network) -> float:
    """Return the seconds from the file of a slide to its probabilities."""
    start = time.perf_counter()
    with closing(stitched_bands(slide, tiles, network)) as bands:
        if sum(band.shape[1] for band in bands) != tiles.height_px:
            raise SystemExit("bands do not add up to the slide")
    return time.perf_counter() - start


def as_tensor(pictures: np.ndarray) -> torch.Tensor:
    """Return bytes (picture, y, x, 3) as images in [0, 1], channels last in memory."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def monai(picture: np.ndarray, network: nn.Module) -> float:
    """Return the seconds from a ready tensor to its probabilities."""
    ready = as_tensor(picture[None])
    start = time.perf_counter()
    logits = sliding_window_inference(
        ready, TILE_PX, TILES_AT_ONCE_ON_CPU, network, overlap=0.5, mode="gaussian"
    )
    logits.sigmoid().numpy()
    return time.perf_counter() - start


@torch.no_grad()
def bare(count: int, network: nn.Module) -> float:
    """Return the seconds of the network alone, on as many ready tiles."""
    images = torch.rand(TILES_AT_ONCE_ON_CPU, 3, TILE_PX, TILE_PX)
    images = images.to(memory_format=torch.channels_last)
    start = time.perf_counter()
    for begin in range(0, count, TILES_AT_ONCE_ON_CPU):
        network(images[: count - begin])
    return time.perf_counter() - start


def tissue(side: int) -> np.ndarray:
    """Return pink tissue without glass, so that every tile is taken, uint8 (y, x, 3)."""
    noise = gaussian_filter(np.random.default_rng(0).normal(size=(side, side)), 3)
    pink = np.array([200, 120, 170]) + (noise / noise.std() * 15)[..., None]
    return np.clip(pink, 0, 255).astype(np.uint8)


def write_slide(path: Path, picture: np.ndarray) -> Path:
    """Write a tiled TIFF in JPEG at the resolution of the network."""
    tifffile.imwrite(
        path,
        picture,
        tile=(256, 256),
        photometric="rgb",
        compression="jpeg",
        resolution=(1e4 / 0.5, 1e4 / 0.5),
        resolutionunit=3,
    )
    return path


if __name__ == "__main__":
    main()
