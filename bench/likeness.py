"""How many pictures are told to be unlike the training data: a line per figure.

python bench/likeness.py STUDY DATA [--split validation]: STUDY is a finished study of the skin
pictures in DATA/skin; DATA/glands, DATA/prostate and DATA/kidney hold others. Pictures are spoiled
on the source grid (256 or 384 pixels wide) before they are shrunk to the size of the network. The
design was chosen with ``--split validation``; ``docs/likeness.md`` holds the test figures.
"""

import argparse
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter

from twinseg.core.progress import Silent
from twinseg.core.seeds import stream
from twinseg.data.prepared import open_prepared
from twinseg.data.shrink import shrink_picture
from twinseg.prediction.learn_likeness import learn_likeness
from twinseg.prediction.likeness import Likeness, Measure
from twinseg.prediction.looks import SourceGrid, look_at
from twinseg.prediction.verdict import Verdict, judge
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import read_settings
from twinseg.study.open_study import OpenStudy
from twinseg.training.trained_model import TrainedModel

Spoil = Callable[[np.ndarray], np.ndarray]


def blurred(share: float) -> Spoil:
    """Gaussian of a standard deviation that is a share of the longer side."""
    return lambda a: np.asarray(
        Image.fromarray(a).filter(ImageFilter.GaussianBlur(share * max(a.shape)))
    )


def turned_hue(degrees: float) -> Spoil:
    """Every hue turned on the colour wheel."""

    def turn(a: np.ndarray) -> np.ndarray:
        hsv = np.array(Image.fromarray(a).convert("HSV"))
        hsv[..., 0] = (hsv[..., 0].astype(int) + round(degrees / 360 * 256)) % 256
        return np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))

    return turn


def gained(*gains: float) -> Spoil:
    """Each channel times a number, cut off at white."""
    return lambda a: np.clip(np.rint(a * np.array(gains)), 0, 255).astype(np.uint8)


def noisy(sigma: float) -> Spoil:
    """Normal noise of a standard deviation in [0, 1], the same for the same picture."""

    def add(a: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(int(a.sum()))
        return np.clip(np.rint(a + rng.normal(0, 255 * sigma, a.shape)), 0, 255).astype(np.uint8)

    return add


def resized(factor: float) -> Spoil:
    """Of another number of pixels a side."""
    return lambda a: np.asarray(
        Image.fromarray(a).resize(
            [round(factor * side) for side in a.shape[1::-1]], Image.Resampling.BICUBIC
        )
    )


def compressed(quality: int) -> Spoil:
    """Saved as JPEG and read again."""

    def save(a: np.ndarray) -> np.ndarray:
        file = io.BytesIO()
        Image.fromarray(a).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file).convert("RGB"))

    return save


def grey(a: np.ndarray) -> np.ndarray:
    """Without colour."""
    return np.repeat(np.asarray(Image.fromarray(a).convert("L"))[..., None], 3, axis=2)


SPOILED: dict[str, Spoil] = {
    "as they are": lambda a: a,
    "mirrored": lambda a: a[:, ::-1],
    "upside down": lambda a: a[::-1],
    **{f"{f:g} times the side": resized(f) for f in (4, 0.5, 0.25, 0.125)},
    "inverted": lambda a: 255 - a,
    "shown grey": grey,
    "red and blue swapped": lambda a: a[..., ::-1],
    **{f"blurred, sigma {100 * s:.2g} % of side": blurred(s) for s in (0.0025, 0.005, 0.01, 0.02)},
    **{f"hue turned by {d} degrees": turned_hue(d) for d in (10, 20, 40, 60, 90, 180)},
    **{f"red times {g:g}, blue over {g:g}": gained(g, 1, 1 / g) for g in (1.2, 1.35, 1.5)},
    **{f"green times {g:g}": gained(1, g, 1) for g in (1.2, 1.35, 1.5)},
    **{f"blue times {g:g}, red over {g:g}": gained(1 / g, 1, g) for g in (1.2, 1.35, 1.5)},
    **{f"noise of {s:g}": noisy(s) for s in (0.05, 0.1, 0.2)},
    **{f"JPEG of quality {q}": compressed(q) for q in (30, 10)},
    **{f"brightness times {g:g}": gained(g, g, g) for g in (0.7, 0.5, 0.3)},
}  # fmt: skip


def pictures_of(folder: Path, ids: Sequence[str] | None = None) -> list[np.ndarray]:
    """Read the images of a folder, all or those named."""
    files = {file.stem: file for file in sorted((folder / "images").iterdir())}
    return [np.asarray(Image.open(files[i]).convert("RGB")) for i in ids or files]


def judged(
    trained: TrainedModel, likeness: Likeness, pictures: Sequence[np.ndarray], *, as_theirs: bool
) -> tuple[tuple[Verdict, ...], np.ndarray]:
    """Verdicts and scores; ``as_theirs``: as if their source had the size of training pictures."""
    side = int(likeness.grids.high[0])
    grids = [SourceGrid(*((side, side) if as_theirs else p.shape[:2])) for p in pictures]
    small = [shrink_picture(np.ascontiguousarray(p), trained.size) for p in pictures]
    looks = look_at(trained, np.stack(small), grids)
    return judge(likeness, looks), likeness.scores(looks)


def say(run: str, what: str, verdicts: Sequence[Verdict], scores: np.ndarray) -> None:
    """Print the share flagged, by which measures, and the first ways of one picture."""
    flagged = [v for v in verdicts if v.is_unlike]
    by = " ".join(f"{m.name.lower()} {100 * (scores[:, m] > 1).mean():.0f}" for m in Measure)
    ways = "; ".join(flagged[len(flagged) // 2].ways[:2]) if flagged else ""
    share = 100 * len(flagged) / len(verdicts)
    print(f"{run} | {what} | {len(verdicts)} | {share:.1f} % | {by} | {ways}", flush=True)


def main() -> None:
    """Learn the likeness of each run and show it pictures."""
    asked = argparse.ArgumentParser()
    asked.add_argument("study", type=Path)
    asked.add_argument("data", type=Path)
    asked.add_argument("--split", default="test")
    asked = asked.parse_args()
    torch.set_num_threads(1)
    folder = StudyFolder(asked.study)
    study = OpenStudy(folder, read_settings(folder.settings), folder.dataset)
    data = open_prepared(folder.dataset)
    ids = [data.dataset.cases[p].id for p in study.positions(asked.split)]
    for run in study.settings.contrast.runs:
        trained, started_s = study.trained(run), time.monotonic()
        parts = study.positions("train"), study.positions("validation")
        likeness = learn_likeness(trained, data, *parts, stream(0, "likeness"), Silent())
        print(
            f"{run.id} | learnt in {time.monotonic() - started_s:.1f} s, limit {likeness.limit:.2f}"
        )
        own = pictures_of(asked.data / "skin", ids)
        for what, spoil in SPOILED.items():
            spoiled = [spoil(picture) for picture in own]
            say(run.id, what, *judged(trained, likeness, spoiled, as_theirs=False))
        for other in ("glands", "prostate", "kidney"):
            shown = pictures_of(asked.data / other)
            for as_theirs in (False, True):
                what = f"{other}{', sizes aside' if as_theirs else ''}"
                say(run.id, what, *judged(trained, likeness, shown, as_theirs=as_theirs))


if __name__ == "__main__":
    main()
