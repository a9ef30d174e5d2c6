"""Can the evidence expose a model that uses a shortcut? Two models, one picture to show it.

One model is trained on phantoms whose faint object is given away by a bright mark beside it, the
other on the same phantoms without the mark. Both are then asked about pictures with the mark.

    python bench/planted.py [PICTURE.jpg]

prints one line a number: name, model trained with the mark, model trained without, ratio.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from twinseg.data.batches import to_images
from twinseg.data.phantoms.shortcut import Planted, draw_planted
from twinseg.explanation import MapKind, Plan, Question, heat_maps
from twinseg.explanation.evidence import area, follow, share_inside
from twinseg.explanation.evidence.deletion_curves import KeptAnswer, blur, scorer
from twinseg.explanation.interpolation import to_grid
from twinseg.explanation.regions import TARGET
from twinseg.findings.heat_maps import scale_top
from twinseg.report.overlays import heat_overlay
from twinseg.training.loss import dice_and_cross_entropy

CASES, STEPS, BATCH = 240, 300, 16
METHODS = ("grad_cam", "hires_cam", "layer_cam")
LAYER = "4"  # halfway: behind it the net still has to look around


class SmallNet(nn.Sequential):
    """Six dilated convolutions that see 41 pixels: enough to find an object by its mark."""

    def __init__(self, features: int = 16) -> None:
        layers: list[nn.Module] = []
        channels = 3
        for dilation in (1, 2, 4, 8, 4, 1):
            layers += [
                nn.Conv2d(channels, features, 3, padding=dilation, dilation=dilation),
                nn.ReLU(),
            ]
            channels = features
        super().__init__(*layers, nn.Conv2d(channels, 1, 1))


@dataclass(frozen=True)
class Found:
    """What the evidence says of one model, means over the test pictures."""

    dice: float
    on_mark: dict[str, float]  # share of positive relevance on the mark over its share of area
    kept_without_mark: float  # share of the answer that stays when the mark is blurred away
    deletion: dict[str, float]
    maps: dict[str, np.ndarray]


def train(*, with_mark: bool, seed: int = 0, cases: int = CASES, steps: int = STEPS) -> nn.Module:
    """Train the small net on phantoms; the same objects, noise and order with and without mark."""
    planted = [
        draw_planted(np.random.default_rng([seed, n]), with_mark=with_mark) for n in range(cases)
    ]
    images, masks = stack(planted)
    torch.manual_seed(seed)
    network = SmallNet()
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    order = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = order.choice(cases, BATCH, replace=False)
        loss = dice_and_cross_entropy(network(images[chosen]), masks[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval()


def stack(planted: list[Planted]) -> tuple[torch.Tensor, torch.Tensor]:
    """Images around 0 and masks as floats (image, 1, y, x)."""
    pictures = to_images(np.stack([one.picture for one in planted])) * 4 - 2
    masks = torch.from_numpy(np.stack([one.mask for one in planted]))[:, None].float()
    return pictures, masks


def ask(network: nn.Module, planted: list[Planted]) -> Found:
    """Collect the evidence on pictures with the mark."""
    images, masks = stack(planted)
    marks = torch.from_numpy(np.stack([one.mark for one in planted]))
    with torch.no_grad():
        predicted = network(images)[:, 0] > 0
    both = (predicted & (masks[:, 0] > 0)).sum(dim=(1, 2))
    dice = 2 * both / (predicted.sum(dim=(1, 2)) + masks[:, 0].sum(dim=(1, 2)))
    plan = Plan(methods=METHODS, layers=(LAYER,), questions=(Question(TARGET),))
    heat = heat_maps(network, images, plan)
    space = tuple(images.shape[2:])
    maps = {name: to_grid(heat[MapKind(name, LAYER, "target")], space) for name in METHODS}
    score = scorer(network, KeptAnswer(predicted, against=False))
    without = torch.where(
        functional.max_pool2d(marks[:, None].float(), 3, 1, 1) > 0, blur(images), images
    )
    size = marks.flatten(1).float().mean(dim=1)
    curves = follow(score, images, maps)
    return Found(
        dice=float(dice.mean()),
        on_mark={
            name: float((share_inside(one.clamp(min=0), marks) / size).nanmean())
            for name, one in maps.items()
        },
        kept_without_mark=float((score(without) / score(images)).nanmean()),
        deletion={name: float(area(lines.deletion).nanmean()) for name, lines in curves.items()},
        maps={name: one.numpy() for name, one in maps.items()},
    )


def main() -> None:
    """Train both models, print the numbers, draw some maps if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", nargs="?", type=Path)
    picture = parser.parse_args().picture
    test = [draw_planted(np.random.default_rng([1, n]), with_mark=True) for n in range(40)]
    user, clean = (ask(train(with_mark=mark), test) for mark in (True, False))
    rows = {"dice": (user.dice, clean.dice)}
    rows["answer_kept_without_mark"] = (user.kept_without_mark, clean.kept_without_mark)
    rows |= {f"relevance_on_mark_{n}": (user.on_mark[n], clean.on_mark[n]) for n in METHODS}
    rows |= {f"deletion_area_{n}": (user.deletion[n], clean.deletion[n]) for n in METHODS}
    for name, (first, second) in rows.items():
        print(f"{name} {first:.3f} {second:.3f} {first / second:.2f}")
    if picture:
        draw(picture, test[:6], user, clean)


def draw(path: Path, test: list[Planted], user: Found, clean: Found) -> None:
    """Draw pictures above the maps of both models, one scale for each model."""
    rows = [[np.asarray(one.picture) for one in test]]
    for found in (user, clean):
        heat = found.maps["hires_cam"]
        top = scale_top([heat], values=heat.size)
        shown = zip(test, heat[: len(test)], strict=True)
        rows.append([heat_overlay(one.picture, h, top) for one, h in shown])
    whole = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    size = (whole.shape[1] * 3, whole.shape[0] * 3)
    Image.fromarray(whole).resize(size, Image.Resampling.NEAREST).save(path, quality=85)


if __name__ == "__main__":
    main()
