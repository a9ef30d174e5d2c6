"""What the panels of a figure of cases show, as pixels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.report.overlays import colour_bar, heat_overlay
from twinseg.report.tiles import SmallPicture, _on_grid_of, errors_drawn, outlined

_STRIPE_PERIOD_PX, _STRIPE_PX = 14, 4
_STRIPE_SHADE = 0.35  # of the colour that is hatched
_GREY = 150


@dataclass(frozen=True)
class MapScale:
    """What the colours of maps stand for; one for all rows and models.

    Attributes:
        label: Of the colour bar, such as "heat, target pixels".
        top: Value of the brightest colour, > 0; NaN if no map has a value above 0.
        unit: Of the values; "" without one.
        is_signed: Whether values down to ``-top`` are drawn, too.
    """

    label: str
    top: float
    unit: str = ""
    is_signed: bool = False


PROBABILITY = MapScale("probability", 1.0)


@dataclass(frozen=True)
class ImagePanel:
    """The picture itself."""


@dataclass(frozen=True)
class OutlinePanel:
    """The picture with the outline of a mask of any grid of the same field of view."""

    mask: Mask


@dataclass(frozen=True)
class ErrorPanel:
    """What was marked by mistake and what was missed; both masks of one shape."""

    predicted: Mask
    reference: Mask


@dataclass(frozen=True)
class MapPanel:
    """A heat map or a probability over the picture in grey; hatched where it holds NaN."""

    values: Plane | Float[np.ndarray, "row column"]
    scale: MapScale


@dataclass(frozen=True)
class NoPanel:
    """Nothing to show, and why in a word or two."""

    why: str


Panel = ImagePanel | OutlinePanel | ErrorPanel | MapPanel | NoPanel


def resized(picture: Picture, height_px: int, width_px: int) -> SmallPicture:
    """Bring a picture to any size above 0, smoothly in both directions."""
    image = Image.fromarray(picture)
    size = (width_px, height_px)
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3))


def panel_drawn(panel: Panel, tile: Picture) -> Picture:
    """Draw a panel on the picture at the size of the figure; `NoPanel` is an even grey."""
    match panel:
        case ImagePanel():
            return tile
        case OutlinePanel(mask):
            return outlined(tile, mask)
        case ErrorPanel(predicted, reference):
            drawn = errors_drawn(tile, predicted, reference)
            predicted, reference = _on_grid_of(tile, predicted), _on_grid_of(tile, reference)
            striped = _striped(drawn, predicted & ~reference, reference & ~predicted)
            return outlined(striped, reference)
        case MapPanel(values, scale):
            return heat_overlay(tile, values, scale.top, signed=scale.is_signed)
        case NoPanel():
            return np.full_like(tile, 235)


def bar_drawn(scale: MapScale, width_px: int, height_px: int) -> Picture:
    """Draw the colours of a scale, lowest at the left."""
    return colour_bar(width_px, height_px, signed=scale.is_signed)


def swatches(panels: list[Panel], width_px: int, height_px: int) -> dict[str, Picture]:
    """Return what the legend needs: words, and a small picture of each colour that panels use."""
    ground = np.full((height_px, width_px, 3), _GREY, np.uint8)
    every, none = np.ones((height_px, width_px), bool), np.zeros((height_px, width_px), bool)
    found: dict[str, Picture] = {}
    if any(isinstance(panel, ErrorPanel) for panel in panels):
        found["marked by mistake (type I)"] = panel_drawn(ErrorPanel(every, none), ground)
        found["missed (type II)"] = panel_drawn(ErrorPanel(none, every), ground)
        found["marked rightly"] = errors_drawn(ground, every, every)
    if any(isinstance(panel, ErrorPanel | OutlinePanel) for panel in panels):
        lower = none.copy()
        lower[height_px // 2 :] = True
        found["outline of the reference"] = outlined(ground, lower)
    if any(isinstance(panel, MapPanel) and np.isnan(panel.values).any() for panel in panels):
        undefined = np.full((height_px, width_px), np.nan, np.float32)
        found["without a value"] = heat_overlay(ground, undefined, 1.0)
    return found


def _striped(
    drawn: Picture, rising: Bool[np.ndarray, "y x"], falling: Bool[np.ndarray, "y x"]
) -> Picture:
    """Hatch two regions in different directions, for readers without colour."""
    rows, columns = np.indices(drawn.shape[:2])
    stripes = rising & ((columns + rows) % _STRIPE_PERIOD_PX < _STRIPE_PX)
    stripes |= falling & ((columns - rows) % _STRIPE_PERIOD_PX < _STRIPE_PX)
    shaded: Picture = np.where(stripes[..., None], drawn * _STRIPE_SHADE, drawn).astype(np.uint8)
    return shaded
