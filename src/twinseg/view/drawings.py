"""What is drawn where: each picture that a page can ask for, from the words of its address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twinseg.core.errors import DataError
from twinseg.core.registry import choose
from twinseg.images.slides.slide import MOST_SIDE_PX
from twinseg.view import pictures
from twinseg.view.desk import Opened, checked_number
from twinseg.view.shown import OnSlide
from twinseg.view.slides import OpenSlides, Piece

_MOST_HALVED = 24
_SIDES = ("column", "row")


@dataclass(frozen=True)
class Drawn:
    """A picture as it is sent, with what is said of it in headers."""

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


Draw = Callable[[Opened, Mapping[str, str]], Drawn]


def drawings(slides: OpenSlides) -> Mapping[str, Draw]:
    """Return what draws each kind of picture, by its name; slides are read through ``slides``."""
    return {
        "thumb": _thumb,
        "image": _image,
        "mask": _mask,
        "reference": _reference,
        "masks": _masks,
        "map": _map,
        "probability": _probability,
        "slide": lambda opened, asked: _slide(slides, opened, asked),
        "slide_mask": lambda opened, asked: _slide_mask(slides, opened, asked),
    }


def _thumb(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    drawn = pictures.thumb(opened.shown, opened.place(asked.get("case", "")))
    return Drawn(drawn, "image/jpeg")


def _image(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    place = opened.place(asked.get("case", ""))
    drawn = pictures.image(opened.shown, place, _longest(asked))
    return Drawn(drawn, "image/jpeg")


def _mask(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    place, model = opened.place(asked.get("case", "")), opened.model(asked.get("model", ""))
    drawn = pictures.mask(opened.shown.pixels.mask(place, model), _longest(asked))
    return Drawn(drawn, "image/png")


def _reference(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    reference = opened.shown.pixels.reference(opened.place(asked.get("case", "")))
    if reference is None:
        raise DataError("there is no reference of this case")
    drawn = pictures.mask(reference, _longest(asked))
    return Drawn(drawn, "image/png")


def _masks(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    models = [opened.model(name) for name in asked.get("models", "").split(",") if name]
    place = opened.place(asked.get("case", ""))
    drawn = pictures.masks(opened.shown, place, models, _longest(asked))
    return Drawn(drawn, "image/png")


def _map(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    place, model = opened.place(asked.get("case", "")), opened.model(asked.get("model", ""))
    kind = asked.get("kind", "")
    choose(model.maps, kind, "heat map")
    plane = opened.shown.pixels.heat(place, model, kind)
    drawn, clipped = pictures.heat(plane, choose(opened.shown.scales, kind, "scale"))
    return Drawn(drawn, "image/png", {"x-clipped": f"{clipped:.4f}"})


def _probability(opened: Opened, asked: Mapping[str, str]) -> Drawn:
    place, model = opened.place(asked.get("case", "")), opened.model(asked.get("model", ""))
    drawn = pictures.probability(opened.shown.pixels.probability(place, model))
    return Drawn(drawn, "image/png")


def _slide(slides: OpenSlides, opened: Opened, asked: Mapping[str, str]) -> Drawn:
    file = _on_slide(opened, asked).file
    drawn = pictures.jpeg(slides.picture(file, _piece(asked)))
    return Drawn(drawn, "image/jpeg")


def _slide_mask(slides: OpenSlides, opened: Opened, asked: Mapping[str, str]) -> Drawn:
    place, model = opened.place(asked.get("case", "")), opened.model(asked.get("model", ""))
    file = opened.shown.pixels.slide_mask(place, model)
    if file is None:
        raise DataError("masks here are of parts of slides")
    grid = slides.size(_on_slide(opened, asked).file)
    drawn = pictures.rim(slides.mask(file, grid, _piece(asked)), model.colour)
    return Drawn(drawn, "image/png")


def _on_slide(opened: Opened, asked: Mapping[str, str]) -> OnSlide:
    found = opened.shown.pixels.slide(opened.place(asked.get("case", "")))
    if found is None:
        raise DataError("this case is on no slide")
    return found


def _piece(asked: Mapping[str, str]) -> Piece:
    sides = (checked_number(asked.get(name, ""), name, 0, MOST_SIDE_PX) for name in _SIDES)
    return Piece(checked_number(asked.get("halved", ""), "halved", 0, _MOST_HALVED), *sides)


def _longest(asked: Mapping[str, str]) -> int:
    return checked_number(asked.get("longest", "1600"), "longest", 16, pictures.LARGEST_PX)
