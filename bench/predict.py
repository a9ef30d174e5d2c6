"""Files to masks: pictures per second of `twinseg predict` against the bare network and decoding.

Ours reads JPEG, shrinks, asks the network, stretches, cuts, writes PNG, overlay, row and page. Bare
is the forward pass of the same network on ready tensors of as many pictures at once: the limit. For
pictures of 6 megapixels decoding alone stands beside it. Two lines each, name ours bare ratio:
pictures a second, and processor milliseconds a picture, which other work on the machine hardly
touches (with OMP_NUM_THREADS=1: threads that wait spin). Medians over turns, turn by turn.

    python bench/predict.py --pictures 96 --turns 3
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from twinseg.core.sealed import write_sealed
from twinseg.core.store import facts_of
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.records.input_spec import InputSpec
from twinseg.study.open_model import load_model
from twinseg.study.predict import predict_files
from twinseg.training.network import build_network


def write_run(folder: Path, encoder: str, size: int) -> Path:
    """Write a run folder of a network that nobody trained: it costs the same."""
    folder.mkdir(parents=True)
    save_file(build_network(encoder, seed=0).state_dict(), folder / "model.safetensors")
    facts = {"run": folder.name, "encoder": encoder, "init": "random", "seed": 0, "fraction": 1.0}
    spec = InputSpec(size, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    write_sealed(folder / "model.json", facts | {"input": spec.as_facts()})
    digest = facts_of(folder / "model.safetensors").sha256
    write_sealed(folder / "manifest.json", {"sha256": {"model.safetensors": digest}})
    return folder


def write_pictures(folder: Path, count: int, width: int, height: int) -> Path:
    """Write JPEG of smooth colours and some noise, as photographs compress."""
    folder.mkdir()
    for number in range(count):
        rng = np.random.default_rng(number)
        small = rng.integers(60, 220, (9, 12, 3), dtype=np.uint8)
        smooth = np.asarray(
            Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        )
        noisy = smooth + rng.normal(0, 6, smooth.shape)
        picture = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
        picture.save(folder / f"p{number:04d}.jpg", quality=90)
    return folder


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long it takes, and how long processors are busy with it."""
    started_s, busy_s = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started_s, time.process_time() - busy_s


def medians(measured: Sequence[tuple[float, float]], count: int) -> tuple[float, float]:
    """Return pictures a second, and processor milliseconds a picture."""
    took_s, busy_s = (statistics.median(values) for values in zip(*measured, strict=True))
    return count / took_s, 1000 * busy_s / count


def bare(run: Path, size: int, count: int) -> Callable[[], None]:
    """Return the forward pass on ready tensors."""
    network = load_model(run).runs[0].network
    images = torch.rand(IMAGES_AT_ONCE, 3, size, size).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def work() -> None:
        for _ in range(-(-count // IMAGES_AT_ONCE)):
            network(images)

    return work


def decode(pictures: Path) -> None:
    """Decode all pictures, one after another."""
    for file in sorted(pictures.iterdir()):
        with Image.open(file) as image:
            image.convert("RGB").load()


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--encoder", default="mobilenet_v2")
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        small = write_pictures(folder / "small", asked.pictures, 400, 300)
        large = write_pictures(folder / "large", asked.pictures // 4, 3000, 2000)
        for size, pictures, beside in ((128, small, True), (256, small, True), (128, large, False)):
            count, run = len(list(pictures.iterdir())), folder / f"run-{size}"
            run = run if run.exists() else write_run(run, asked.encoder, size)
            limit = bare(run, size, count) if beside else partial(decode, pictures)
            limit()
            ours_s, bare_s = [], []
            for turn in range(asked.turns):
                out = folder / f"out-{size}-{pictures.name}-{turn}"
                ours_s.append(seconds(partial(predict_files, run, pictures, out)))
                bare_s.append(seconds(limit))
            (ours, ours_ms), (best, best_ms) = (medians(s, count) for s in (ours_s, bare_s))
            what = "bare network" if beside else "decoding alone"
            name = f"{size} px, {pictures.name} JPEG, pictures a second, {what}"
            print(f"{name} {ours:.1f} {best:.1f} {ours / best:.2f}")
            name = f"{size} px, {pictures.name} JPEG, processor ms a picture, {what}"
            print(f"{name} {ours_ms:.1f} {best_ms:.1f} {best_ms / ours_ms:.2f}", flush=True)


if __name__ == "__main__":
    main()
