"""Where a map looks: how its positive relevance lies to the reference, the errors, the border.

Relevance is the part of a map above 0, on the grid of the masks. A map without any, or a region
without a pixel, has no value: NaN.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage

from twinseg.explanation.shapes import PerImage, Pixels, Plane

TOP_SHARE = 0.1  # of the pixels: those of highest relevance
BORDER_SHARE = 0.05  # of the side: how wide the border of the image is
POINTING_TOLERANCE = 0.02  # of the side: how far beside an object its maximum still hits


@dataclass(frozen=True)
class MapContext:
    """What is known of the images a map was made of.

    Attributes:
        reference: Masks on the grid of the map.
        predicted: The model's own masks on the same grid.
        pixel: Height and width of a pixel of this grid, (image, 2), in mm or px of the source.
        ring: Width of the ring around an object, in the same unit.
    """

    reference: Pixels
    predicted: Pixels
    pixel: np.ndarray
    ring: float


def look(relevance: Plane, place: MapContext) -> dict[str, PerImage]:
    """Measure where relevance lies; the names are those of `measures.MEASURES`.

    Args:
        relevance: At least 0, (image, y, x).
        place: On the same grid.
    """
    outside = _distance_outside(place.reference, place.pixel)
    ring = (outside > 0) & (outside <= place.ring)
    false_positive = place.predicted & ~place.reference
    return {
        "in_reference": share_inside(relevance, place.reference),
        "in_prediction": share_inside(relevance, place.predicted),
        "in_false_positives": share_inside(relevance, false_positive),
        "in_ring": share_inside(relevance, ring),
        "in_border": share_inside(relevance, border(relevance)),
        "area_of_reference": _share_of(place.reference),
        "pointing_hit": pointing_hit(relevance, place.reference),
        "rank_accuracy": rank_accuracy(relevance, place.reference),
        "top_iou": top_iou(relevance, place.reference),
        "centre_distance": centre_distance(relevance, outside),
    }


def share_inside(relevance: Plane, pixels: Pixels) -> PerImage:
    """Share of the relevance that lies on ``pixels``, in [0, 1]; NaN without relevance or pixels.

    Kohlbrenner et al. 2020 (arXiv:1910.09840), eq. 9, on positive relevance.
    """
    inside = (relevance * pixels).flatten(1).sum(dim=1)
    share = inside / relevance.flatten(1).sum(dim=1)
    return torch.where(pixels.flatten(1).any(dim=1), share, torch.nan)


def rank_accuracy(relevance: Plane, pixels: Pixels) -> PerImage:
    """Share of the K most relevant pixels that lie on the K ``pixels``, in [0, 1].

    Arras et al. 2022 (CLEVR-XAI, Information Fusion 81:14), eq. 3. By chance: their share of the
    image. Of equally relevant pixels the first in reading order counts.
    """
    found = [
        _on(pixels[number], _most_relevant(relevance[number], int(pixels[number].sum())))
        for number in range(len(relevance))
    ]
    return _known(torch.tensor(found), relevance, pixels)


def top_iou(relevance: Plane, pixels: Pixels, share: float = TOP_SHARE) -> PerImage:
    """IoU of the most relevant ``share`` of the image with ``pixels``, in [0, 1]."""
    count = max(1, round(share * relevance[0].numel()))
    found = []
    for number, some in enumerate(pixels):
        top = torch.zeros_like(some).flatten()
        top[_most_relevant(relevance[number], count)] = True
        both = top.reshape(some.shape)
        found.append(float((both & some).sum() / (both | some).sum()))
    return _known(torch.tensor(found), relevance, pixels)


def pointing_hit(
    relevance: Plane, pixels: Pixels, tolerance: float = POINTING_TOLERANCE
) -> PerImage:
    """1 if the most relevant pixel lies on ``pixels`` or within ``tolerance`` of the side, else 0.

    Zhang et al. 2018 (Excitation Backprop, IJCV 126:1084), section 4.1, who allow 15 pixels.
    """
    near = _distance_outside(pixels, np.ones((len(pixels), 2))) <= tolerance * pixels.shape[1]
    strongest = relevance.flatten(1).argmax(dim=1, keepdim=True)
    hit = near.flatten(1).gather(1, strongest)[:, 0].float()
    return _known(hit, relevance, pixels)


def centre_distance(relevance: Plane, outside: Plane) -> PerImage:
    """Distance from the centre of relevance to the object: 0 if it lies on it.

    Args:
        relevance: At least 0.
        outside: Distance of each pixel to the object, in mm or px; NaN where there is none.
    """
    total = relevance.flatten(1).sum(dim=1)
    places = []
    for axis in (1, 2):
        line = torch.arange(relevance.shape[axis], device=relevance.device, dtype=torch.float32)
        places.append((relevance.sum(dim=3 - axis) * line).sum(dim=1) / total)
    rows, columns = (place.nan_to_num().round().long() for place in places)
    found = outside[torch.arange(len(outside), device=outside.device), rows, columns]
    return torch.where(total > 0, found, torch.nan)


def border(like: Plane, share: float = BORDER_SHARE) -> Pixels:
    """Pixels within ``share`` of the side from the edge of the image."""
    height, width = like.shape[1:]
    rows, columns = max(1, round(share * height)), max(1, round(share * width))
    edge = torch.ones_like(like, dtype=torch.bool)
    edge[:, rows : height - rows, columns : width - columns] = False
    return edge


def _distance_outside(pixels: Pixels, pixel: np.ndarray) -> Plane:
    """Distance of every pixel to the nearest of ``pixels``; NaN in an image without any."""
    found = [
        ndimage.distance_transform_edt(~mask, sampling=tuple(size))
        if mask.any()
        else np.full(mask.shape, np.nan)
        for mask, size in zip(pixels.cpu().numpy(), pixel, strict=True)
    ]
    return torch.from_numpy(np.stack(found)).float().to(pixels.device)


def _most_relevant(relevance: torch.Tensor, count: int) -> torch.Tensor:
    return relevance.flatten().argsort(descending=True, stable=True)[:count]


def _on(pixels: torch.Tensor, chosen: torch.Tensor) -> float:
    return float(pixels.flatten()[chosen].float().mean()) if len(chosen) else float("nan")


def _share_of(pixels: Pixels) -> PerImage:
    return pixels.flatten(1).float().mean(dim=1)


def _known(values: torch.Tensor, relevance: Plane, pixels: Pixels) -> PerImage:
    known = (relevance.flatten(1).sum(dim=1) > 0) & pixels.flatten(1).any(dim=1)
    return torch.where(known, values.to(relevance.device, torch.float32), torch.nan)
