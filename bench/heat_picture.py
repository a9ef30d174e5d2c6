"""Draw the picture of docs/explanations.md: heat maps of one phantom by some methods and layers.

python bench/heat_picture.py STUDY/runs/imagenet-f100-s0 docs/pictures/heat-maps.jpg
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from twinseg.core.seeds import stream
from twinseg.data.batches import to_images
from twinseg.data.phantoms.skin import draw_skin
from twinseg.explanation import explain
from twinseg.findings.heat_maps import scale_top
from twinseg.report.overlays import heat_overlay
from twinseg.training.trained_model import TrainedModel, load_trained

METHODS = ("grad_cam", "hires_cam", "layer_cam")
LAYERS = ("bottleneck", "decoder")
REGIONS = ("target", "non-target")


def draw(trained: TrainedModel, path: Path, seed: int) -> None:
    """Draw one row per question and layer, one column per method, each on a scale of its own."""
    rngs = {name: stream(seed, name) for name in ("lesion", "photograph")}
    phantom = draw_skin(trained.size, lesion_rng=rngs["lesion"], photograph_rng=rngs["photograph"])
    picture = np.asarray(phantom.picture)
    images = to_images(picture[None])
    rows = [(region, layer) for region in REGIONS for layer in LAYERS]
    figure, axes = plt.subplots(
        len(rows), len(METHODS) + 1, figsize=(8, 8.6), layout="constrained", squeeze=False
    )
    for (region, layer), tiles in zip(rows, axes, strict=True):
        tiles[0].imshow(picture)
        tiles[0].contour(phantom.mask, [0.5], colors="white", linewidths=0.8)
        tiles[0].set_ylabel(f"{region}, {layer}")
        for method, tile in zip(METHODS, tiles[1:], strict=True):
            heat = explain(trained, images, region=region, layer=layer, method=method).values
            top = scale_top([heat], values=heat.size)
            tile.imshow(heat_overlay(picture, heat[0], top))
            tile.set_title(f"{method}, up to {top:.2g}", fontsize=8)
    for tile in axes.ravel():
        tile.set_xticks([])
        tile.set_yticks([])
    figure.savefig(path, dpi=110, pil_kwargs={"quality": 85})


def main() -> None:
    """Draw for one trained model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a trained model")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw(load_trained(asked.run), asked.picture, asked.seed)


if __name__ == "__main__":
    main()
