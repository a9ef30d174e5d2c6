"""The one call for people: a model, images and a question to heat maps."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation.foreground import OURS, reading_named
from twinseg.explanation.heat import Plan, heat_maps, with_reading
from twinseg.explanation.maps import HeatMaps
from twinseg.explanation.methods import METHODS
from twinseg.explanation.question import Question
from twinseg.explanation.region_text import region_named
from twinseg.explanation.regions import Region, Seen
from twinseg.explanation.shapes import Pixels
from twinseg.explanation.tiles import tiled_heat_maps
from twinseg.training.trained_model import TrainedModel

IMAGES_AT_ONCE = 16


def explain(
    model: nn.Module | TrainedModel,
    images: Tensor | np.ndarray,
    *,
    region: str | Region = "target",
    layer: str = "bottleneck",
    method: str = "grad_cam",
    score: str = "mean",
    reference: Tensor | np.ndarray | None = None,
    channel: int | None = None,
    output: str | None = None,
    reshape: str | None = None,
    tile_px: int | None = None,
    images_at_once: int = IMAGES_AT_ONCE,
) -> HeatMaps:
    """Ask a segmentation model what speaks for its answer in a region, and where.

        maps = twinseg.explain(model, images, region="false-positives", reference=masks)

    Args:
        model: A trained model of ours, or any network that maps images to logits; it is given
            back as it was.
        images: Floats (image, channel, *space). For a model of ours in [0, 1] with 3 channels: they
            are normalised here. Any other network gets them as they are: bring what it expects.
        region: `target`, `non-target`, `reference`, `false-positives`, `false-negatives`,
            `box:10,20,60,80`, `point:30,40`, `lesion:1`, `boundary:3`, or a `Region`.
        layer: By role or name, see `places_of`; `input` for attributions to pixels.
        method: One of `METHODS`.
        score: `mean` or `sum` of the logits in the region.
        reference: Masks, bool (image, y, x), on the grid of the images.
        channel: Of the foreground, where the network has several, see `answer_of`.
        output: How to read what the network returns, where that cannot be told: `logit` or
            `probability`; the name or number of a part, such as `aux`; or both, `aux:logit`.
        reshape: How the layer lies on the picture, where that cannot be told: channels `first` or
            `last`, or the grid of tokens: `14x14`, `1+14x14` behind one that is no place,
            `14x14+1`.
        tile_px: Side of the tiles that large images are explained by, see `tiled_heat_maps`; the
            maps then lie on the grid of the images.
        images_at_once: How many go through the model together.

    Raises:
        ConfigError: If a name is unknown, or the model does not fit.
        DataError: If images or masks do not fit.
    """
    _require_network(model)
    asked = region if isinstance(region, Region) else region_named(region)
    pixels: list[np.ndarray] = []  # of the region, batch by batch
    question = Question(_noted(asked, pixels), score)
    reading = reading_named(output, channel)
    if isinstance(model, TrainedModel) and reading.scale is None:
        reading = replace(reading, scale=OURS.scale)
    plan = Plan(
        methods=(method,),
        layers=(layer,),
        questions=(question,),
        reading=reading,
        reshape=reshape,
    )
    stack = torch.as_tensor(images)
    masks = None if reference is None else torch.as_tensor(reference)
    _require_fit(model, stack, masks)
    network = model.network if isinstance(model, TrainedModel) else model
    found = []
    step = 1 if tile_px else images_at_once
    for first in range(0, len(stack), step):
        part = stack[first : first + step]
        if isinstance(model, TrainedModel):
            part = model.normalise(part)
        if not tile_px:
            plan = with_reading(network, part, plan)
        known = None if masks is None else masks[first : first + step]
        if tile_px:
            maps = tiled_heat_maps(
                network, part, plan, tile_px=tile_px, reference=known, first=first
            )
        else:
            maps = heat_maps(network, part, plan, reference=known, first=first)
        found += [heat.cpu().numpy() for heat in maps.values()]
    return HeatMaps(
        values=np.concatenate(found),
        unit=METHODS[method].unit,
        method=method,
        layer=layer,
        region=asked.name,
        score=score,
        against=asked.against,
        space=tuple(stack.shape[2:]),
        asked=np.concatenate(pixels),
    )


def _noted(region: Region, pixels: list[np.ndarray]) -> Region:
    """Return the region, which adds its pixels to ``pixels`` when they are found."""

    def found(seen: Seen) -> Pixels:
        of_batch = region.pixels(seen)
        pixels.append(of_batch.cpu().numpy())
        return of_batch

    return replace(region, pixels=found)


def _require_network(model: object) -> None:
    if not isinstance(model, nn.Module | TrainedModel):
        raise ConfigError(
            f"the model must be a torch network or what load_trained returns, got "
            f"{type(model).__name__}; load a run folder by twinseg.load_trained(folder)"
        )


def _require_fit(model: nn.Module | TrainedModel, images: Tensor, masks: Tensor | None) -> None:
    """Say what is wrong with the images or masks, if anything is."""
    if images.ndim < 3 or not len(images) or not images.is_floating_point():
        raise DataError(
            f"images must be floats (image, channel, y, x), got {images.dtype} of shape "
            f"{tuple(images.shape)}; add the missing axes, or divide bytes by 255"
        )
    if isinstance(model, TrainedModel):
        if images.ndim != 4 or images.shape[1] != 3:
            raise DataError(
                f"images for {model.id} must be (image, 3, y, x), got {tuple(images.shape)}; a "
                "single image needs an axis in front, channels come second"
            )
        lowest, highest = (float(value) for value in images.aminmax())
        if lowest < 0 or highest > 1:
            raise DataError(
                f"images for {model.id} must lie in [0, 1], got {lowest:g} to {highest:g}; "
                "divide by 255, or leave out your own normalisation"
            )
    if masks is not None and (masks.dtype != torch.bool or len(masks) != len(images)):
        raise DataError(
            f"reference must be one bool mask per image, got {masks.dtype} of shape "
            f"{tuple(masks.shape)} for {len(images)} images; write masks > 0, say"
        )
