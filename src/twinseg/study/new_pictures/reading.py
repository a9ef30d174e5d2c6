"""Pictures read ahead of the network: small by then, so that few of them fill no memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from twinseg.core.ahead import map_ahead
from twinseg.core.arrays import SquarePicture
from twinseg.core.errors import DataError
from twinseg.core.machine import cores
from twinseg.ensemble.model import Model
from twinseg.images.picture import SourcePicture
from twinseg.images.unit import LeftOut
from twinseg.report.tiles import SmallPicture, shrink_to_tile
from twinseg.study.new_pictures.items import Item

_PICTURES_AHEAD = 32


@dataclass(frozen=True)
class Ready:
    """A picture as a network is shown it.

    Attributes:
        source: Without its pixels.
        number: Of the slice in its stack, from 0; -1 of a picture alone.
        height_px: Of the source grid.
        width_px: Of the source grid.
        square: What the networks see.
        small: For people, at most some hundred pixels a side.
    """

    source: SourcePicture
    number: int
    height_px: int
    width_px: int
    square: SquarePicture
    small: SmallPicture


@dataclass(frozen=True)
class ReadItem:
    """All pictures of an item."""

    item: Item
    pictures: tuple[Ready, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default=())


def read_items(items: Sequence[Item], model: Model) -> Iterator[ReadItem]:
    """Yield items in their order, read and decoded by other threads meanwhile.

    A volume or a series is read whole, so that some of them are in memory at once, at a byte a
    pixel and what the network sees of each slice.
    """
    whole = any(item.is_stack for item in items)
    ahead = 1 if whole else _PICTURES_AHEAD
    return map_ahead(partial(_read, model), items, threads=cores(), ahead=ahead)


def _read(model: Model, item: Item) -> ReadItem:
    ready: list[Ready] = []
    left_out: list[LeftOut] = []
    number = 0
    for unit in item.units:
        try:
            for picture in unit.read():
                if isinstance(picture, LeftOut):
                    left_out.append(picture)
                else:
                    ready.append(_ready(model, picture, number if item.is_stack else -1))
                number += 1  # what cannot be read has its place in a stack, too
        except DataError as error:
            left_out.append(LeftOut(unit.name, str(error)))
        except OSError as error:
            left_out.append(LeftOut(unit.name, f"cannot be read: {error.strerror or error}"))
    return ReadItem(item, tuple(ready), tuple(left_out))


def _ready(model: Model, picture: SourcePicture, number: int) -> Ready:
    height_px, width_px = picture.pixels.shape[:2]
    return Ready(
        source=picture.without_pixels(),
        number=number,
        height_px=height_px,
        width_px=width_px,
        square=model.as_seen(picture),
        small=shrink_to_tile(picture.pixels),
    )
