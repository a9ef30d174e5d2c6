"""Draw the picture of docs/stress.md: phantoms under every corruption.

python bench/stress_picture.py docs/pictures/stress.jpg
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from twinseg.core.seeds import stream
from twinseg.data.corruptions import REGISTRY, Seen, SlicesNear, about
from twinseg.data.phantoms import write_phantoms
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.records.source_settings import make_source_settings

SHOWN = {
    "skin": ("blur", "noise", "jpeg", "brightness", "colour", "hair", "ruler"),
    "histology": ("stain",),
    "ct": ("hu-shift", "hu-noise", "slice-thickness"),
}
STRENGTHS = (0, 1, 3, 5)
SIDE_PX = 128


def phantoms(kind: str, folder: Path) -> PreparedDataset:
    """Prepare a few phantoms of a kind."""
    write_phantoms(kind, folder / kind, cases=10, size_px=256, seed=4)
    return prepare(folder / kind, folder / f"{kind}-set", make_source_settings(size=SIDE_PX))


def tiles(data: PreparedDataset, name: str, case: int) -> list[np.ndarray]:
    """Return one phantom as it is and at some strengths."""
    near, width_hu = SlicesNear(data), about(data).width_hu
    picture = np.asarray(data.pictures[case])
    seen = Seen(picture, width_hu, lambda steps: near.around(case, steps))
    change = REGISTRY[name].change
    return [change(seen, s, stream(1, name)) if s else picture for s in STRENGTHS]


def main() -> None:
    """Draw one row a corruption, in two columns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--case", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            (name, tiles(data, name, asked.case))
            for kind, names in SHOWN.items()
            for data in [phantoms(kind, Path(folder))]
            for name in names
        ]
    height = -(-len(rows) // 2)
    figure, axes = plt.subplots(height, 9, figsize=(9.4, 1.12 * height), layout="constrained",
                                width_ratios=[1] * 4 + [0.25] + [1] * 4)  # fmt: skip
    for axis in axes.ravel():
        axis.set_axis_off()
    for place, (name, shown) in enumerate(rows):
        column, row = divmod(place, height)
        for axis, strength, picture in zip(axes[row, 5 * column :], STRENGTHS, shown, strict=False):
            axis.imshow(picture)
            axis.set_title(f"{name} {strength}" if strength else "as it is", fontsize=7, pad=2)
    figure.savefig(asked.picture, dpi=100, pil_kwargs={"quality": 85})


if __name__ == "__main__":
    main()
