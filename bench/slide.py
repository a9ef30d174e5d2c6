"""What a whole slide costs: time, peak memory, and whether a killed run gives the same bytes.

    python bench/slide.py WORK [SLIDE ...]

Makes a slide of 40,000 x 30,000 pixels in WORK (some 150 MB, kept there), marks it with a tiny
network at 0.5 micrometres a pixel, and writes probabilities, OME-TIFF of mask and heat, and
GeoJSON; then the same for each SLIDE. Each run is a process of its own, peak memory is its VmHWM.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from memory import peak_mib

WIDTH_PX, HEIGHT_PX, MPP, TILE_PX = 40_000, 30_000, 0.25, 512
STEPS = (1, 4, 16)  # pixels of level 0 along one of each level


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("slides", type=Path, nargs="*")
    parser.add_argument("--child", choices=["make", "predict"])
    parser.add_argument("--die-after", type=int, default=-1, help="kill itself after that many")
    arguments = parser.parse_args()
    if arguments.child == "make":
        make(arguments.work)
    elif arguments.child == "predict":
        print(json.dumps(predict(arguments.slides[0], arguments.work, arguments.die_after)))
    else:
        arguments.work.mkdir(parents=True, exist_ok=True)
        made = arguments.work / "made.tif"
        if not made.exists():
            run("make", made)
        for slide in (made, *arguments.slides):
            report(slide, arguments.work / f"out-{slide.stem}", kill=slide == made)


def run(child: str, work: Path, *more: object) -> str:
    """Run this file in a process of its own; return what it prints."""
    command = [sys.executable, __file__, str(work), *map(str, more), "--child", child]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


def report(slide: Path, out: Path, *, kill: bool) -> None:
    """Mark a slide and print what it cost."""
    shutil.rmtree(out, ignore_errors=True)
    facts = json.loads(run("predict", out, slide))
    for name, value in facts.items():
        print(f"{slide.name}: {name}: {value}", flush=True)
    if kill:
        before = digests(out)
        shutil.rmtree(out)
        run("predict", out, slide, "--die-after", facts["batches shown"] // 2)
        again = json.loads(run("predict", out, slide))
        print(f"{slide.name}: batches after a kill at half: {again['batches shown']}")
        print(f"{slide.name}: same bytes after a kill: {before == digests(out)}", flush=True)


def digests(out: Path) -> dict[str, str]:
    """Return the SHA-256 of every file but the record of the slide."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file()
    }


def predict(slide: Path, out: Path, die_after: int) -> dict[str, object]:
    """Mark a slide with a tiny network."""
    from twinseg.images.slides.write_geojson import write_geojson
    from twinseg.images.slides.write_pyramid import write_pyramid
    from twinseg.prediction.stitched_store import predict_slide
    from twinseg.records.input_spec import InputSpec

    before_mib = peak_mib()
    spec = InputSpec(256, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), kind="slides", mpp=0.5)
    network = Tiny(die_after)
    times = [time.perf_counter()]
    stored = predict_slide(
        slide, network, spec, out / "stitched", models={"network": "tiny"}, mpp=0.5
    )
    times.append(time.perf_counter())
    tiles = stored.tiles
    size = {"height_px": tiles.height_px, "width_px": tiles.width_px, "mpp": tiles.mpp}
    write_pyramid(out / "mask.ome.tif", (band[0] > 0.5 for band in stored.bands()), **size)
    heat = (np.rint(band[0] * 255).astype(np.uint8) for band in stored.bands())
    write_pyramid(out / "heat.ome.tif", heat, **size)
    times.append(time.perf_counter())
    found = write_geojson(
        out / "mask.geojson",
        (band[0] > 0.5 for band in stored.bands()),
        width_px=tiles.width_px,
        scale=tiles.scale,
        mpp=tiles.mpp,
    )
    times.append(time.perf_counter())
    names = ("probabilities s", "two OME-TIFF s", "GeoJSON s")
    spent = dict(zip(names, np.round(np.diff(times), 1).tolist(), strict=True))
    sizes = {f"{p.name} MB": round(p.stat().st_size / 1e6, 2) for p in sorted(out.glob("*.*"))}
    return {
        "grid of the network": f"{tiles.width_px} x {tiles.height_px}",
        "tiles with tissue": f"{tiles.taken.sum()} of {tiles.taken.size}",
        "batches shown": network.shown,
        **spent,
        "parts": found.parts,
        "pixels marked": found.pixels,
        **sizes,
        "peak memory MiB": f"{peak_mib()}, of which {before_mib} before the slide is opened",
    }


class Tiny:
    """The mean of nine pixels: stained nuclei are dark in red."""

    def __init__(self, die_after: int) -> None:
        self.shown, self._die_after = 0, die_after

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Return logits, float32 (picture, y, x)."""
        from torch.nn import functional

        from twinseg.data.batches import to_images

        if self.shown == self._die_after:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGKILL)
        self.shown += 1
        red = to_images(pictures)[:, :1]
        near = functional.avg_pool2d(red, 3, 1, 1, count_include_pad=False)
        logits: np.ndarray = (30 * (0.68 - near)).squeeze(1).numpy()
        return logits


def make(path: Path) -> None:
    """Write pink tissue with dark nuclei in an ellipse, glass around; JPEG in three levels."""
    import tifffile

    tissue, glass = textured(), np.full((TILE_PX, TILE_PX, 3), 244, np.uint8)
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for step in STEPS:
            file.write(
                tiles_of(tissue[::step, ::step], glass, step),
                shape=(HEIGHT_PX // step, WIDTH_PX // step, 3),
                dtype=np.uint8,
                tile=(TILE_PX, TILE_PX),
                photometric="rgb",
                compression="jpeg",
                compressionargs={"level": 85},
                subfiletype=step != 1,
                resolution=(1e4 / MPP / step, 1e4 / MPP / step),
                resolutionunit=3,
                metadata=None,
                maxworkers=1,
            )


def tiles_of(tissue: np.ndarray, glass: np.ndarray, step: int) -> Iterator[np.ndarray]:
    """Yield tiles of a level, the piece of tissue repeated."""
    side = TILE_PX * step
    for top in range(0, HEIGHT_PX // step * step, side):
        for left in range(0, WIDTH_PX // step * step, side):
            rows, columns = (np.arange(start // step, start // step + TILE_PX)
                             for start in (top, left))  # fmt: skip
            y, x = rows * step / HEIGHT_PX * 2 - 1, columns * step / WIDTH_PX * 2 - 1
            inside = (y[:, None] ** 2 + x**2) < 0.64
            if not inside.any():
                yield glass
                continue
            piece = tissue[rows[:, None] % len(tissue), columns % len(tissue)]
            yield np.where(inside[..., None], piece, glass)


def textured() -> np.ndarray:
    """A piece of 2048 pixels that can be repeated: smooth pink with some 900 dark spots."""
    from scipy.ndimage import gaussian_filter

    rng, side = np.random.default_rng(0), 2048
    noise = gaussian_filter(rng.normal(size=(side, side)), 40, mode="wrap")
    spots = np.zeros((side, side))
    spots[rng.integers(0, side, 900), rng.integers(0, side, 900)] = 1
    spots = gaussian_filter(spots, 9, mode="wrap")
    dark = np.clip(spots / spots.max() * 3, 0, 1)[..., None]
    pink = np.array([225, 150, 190]) + (noise / noise.std() * 8)[..., None]
    return np.clip(pink * (1 - dark) + np.array([90, 60, 140]) * dark, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
