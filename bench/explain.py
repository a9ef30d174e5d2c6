"""Seconds of four heat maps against a bare forward pass and against pytorch-grad-cam.

Grad-CAM of target and non-target pixels at the bottleneck and the last decoder block of a U-Net
with random weights. The rival is asked as its documentation shows, once for each of the four, all
images in one batch, and is given the predicted masks, which ours finds itself. Prints name, ours,
rival, ratio: of the medians, in seconds for each image (a forward pass is timed without gradients),
and fails if the maps differ. With ``--memory``: MiB that the resident set has grown by after many
images written as a study writes them.

    python bench/explain.py --encoder vgg16
    python bench/explain.py --encoder mobilenet_v2 --device cuda
    python bench/explain.py --memory
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import SemanticSegmentationTarget
from torch import Tensor, nn

from twinseg.explanation import Plan, Question, heat_maps
from twinseg.explanation.regions import NON_TARGET, TARGET
from twinseg.explanation.stored import append_heat_maps
from twinseg.training.network import build_network

PLAN = Plan(
    methods=("grad_cam",),
    layers=("bottleneck", "decoder"),
    questions=(Question(TARGET), Question(NON_TARGET)),
)
Maps = list[np.ndarray]


def forward(network: nn.Module, images: Tensor) -> Tensor:
    """Run the network without gradients."""
    with torch.inference_mode():
        return network(images)


def ours(network: nn.Module, images: Tensor) -> Maps:
    """Return the four maps, raw."""
    return [heat.cpu().numpy() for heat in heat_maps(network, images, PLAN).values()]


def rivals(network: nn.Module, images: Tensor, target: np.ndarray) -> Maps:
    """Return the four maps in the order of ours; means as ours, minus the logit for non-target."""
    maps = []
    for layer in (network.encoder.features[-1], network.decoder.blocks[-1]):
        with GradCAM(model=network, target_layers=[layer]) as cam:
            for masks, sign in ((target, 1.0), (~target, -1.0)):
                weights = sign * masks / masks.sum(axis=(1, 2), keepdims=True).clip(1)
                targets = [SemanticSegmentationTarget(0, one.astype(np.float32)) for one in weights]
                maps.append(cam(input_tensor=images, targets=targets))
    return maps


def require_same(own: Maps, theirs: Maps) -> None:
    """Compare after the rival's stretching: positive part, to [0, 1], to the grid of the images."""
    for mine, other in zip(own, theirs, strict=True):
        space = other.shape[1:]
        for heat, seen in zip(torch.from_numpy(mine).relu(), other, strict=True):
            finer = nn.functional.interpolate(heat[None, None], space, mode="bilinear")[0, 0]
            if finer.any() and np.corrcoef(finer.ravel(), seen.ravel())[0, 1] < 0.99:
                raise SystemExit("not the same maps")


def median_s(runs: dict[str, Callable[[], object]], turns: int, device: str) -> dict[str, float]:
    """Return the median seconds of each, taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            started_s = time.perf_counter()
            run()
            if device == "cuda":
                torch.cuda.synchronize()
            taken[name].append(time.perf_counter() - started_s)
    return {name: median(times) for name, times in taken.items()}


def images_of(batch: int, size: int, device: str) -> Tensor:
    """Return images of noise in smooth patches, which a network answers with both classes."""
    drawn = torch.randn(batch, 3, size // 8, size // 8, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(drawn, (size, size), mode="bilinear").to(device)


def balanced(network: nn.Module, images: Tensor) -> nn.Module:
    """Shift the logits so that half of all pixels are target."""
    bias = network.segmentation_head[0].bias
    with torch.no_grad():
        bias -= network(images).median()
    return network


def measure(asked: argparse.Namespace) -> None:
    """Print the two ratios."""
    images = images_of(asked.batch, asked.size, asked.device)
    network = build_network(asked.encoder, seed=0).eval().to(asked.device)
    target = forward(balanced(network, images), images)[:, 0].cpu().numpy() > 0
    require_same(ours(network, images), rivals(network, images, target))
    runs: dict[str, Callable[[], object]] = {
        "forward": lambda: forward(network, images),
        "ours": lambda: ours(network, images),
        "rival": lambda: rivals(network, images, target),
    }
    taken_s = {n: t / asked.batch for n, t in median_s(runs, asked.turns, asked.device).items()}
    for rival in ("forward", "rival"):
        about = {"forward": "bare_forward_pass", "rival": "pytorch_grad_cam"}[rival]
        own_s, other_s = taken_s["ours"], taken_s[rival]
        name = f"four_maps_s_{asked.encoder}_{asked.size}px_{asked.device}_{about}"
        print(f"{name} {own_s:.4f} {other_s:.4f} {other_s / own_s:.2f}")
    print(f"# {taken_s['ours'] / taken_s['forward']:.2f} forward passes per image and four maps")


def resident_bytes() -> int:
    """Return the resident set of this process, as Linux tells it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure_memory(asked: argparse.Namespace) -> None:
    """Print how far the resident set grows after a warm-up; maps go to disk as in a study."""
    network = build_network("mobilenet_v2", seed=0).eval().to(asked.device)
    images = images_of(16, 32, asked.device)
    with tempfile.TemporaryDirectory() as folder:

        def explain(batches: int) -> None:
            for _ in range(batches):
                for kind, heat in heat_maps(network, images, PLAN).items():
                    append_heat_maps(Path(folder) / kind.name, heat.cpu().numpy())

        explain(20)
        before_bytes = resident_bytes()
        explain(asked.images // len(images))
        grown_mib = (resident_bytes() - before_bytes) / 2**20
    print(
        f"memory_growth_mib_{asked.images}_images {grown_mib:.1f} 50 {50 / max(grown_mib, 1):.1f}"
    )


def main() -> None:
    """Measure speed, or memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="vgg16")
    parser.add_argument("--size", type=int, default=256, help="side of the images in px")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--images", type=int, default=10_000, help="for --memory")
    asked = parser.parse_args()
    (measure_memory if asked.memory else measure)(asked)


if __name__ == "__main__":
    main()
