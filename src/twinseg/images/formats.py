"""Which formats of pictures there are, and how a picture is found again by its origin."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from twinseg.core.arrays import Picture
from twinseg.images.dicom.slice_pictures import DICOM
from twinseg.images.files.picture_files import FILES
from twinseg.images.picture import Origin
from twinseg.images.slides.tile_pictures import SLIDES
from twinseg.images.unit import Format
from twinseg.images.volumes.volume_pictures import VOLUMES

# In the order of asking: what has names of its own first, what takes any picture file last.
FORMATS: dict[str, Format] = {one.name: one for one in (SLIDES, DICOM, VOLUMES, FILES)}


def format_of(source: Path) -> Format | None:
    """Return the format of the pictures in ``source``; None if it holds none."""
    return next((one for one in FORMATS.values() if one.sees(source)), None)


def picture_at(source: Path, origin: Origin) -> Picture:
    """Read the pixels of a picture again, on its source grid.

    Args:
        source: Where it was found: the same folder or file.
        origin: Of the picture.

    Raises:
        DataError: If the file is gone, was changed or is damaged.
    """
    return FORMATS[_name_of(origin)].picture(source, origin)


def origin_to_text(origin: Origin) -> str:
    """Return an origin as one line of JSON that says its format."""
    return json.dumps({"format": _name_of(origin), **asdict(origin)})


def origin_from_text(text: str) -> Origin:
    """Return the origin that `origin_to_text` has written.

    Raises:
        ValueError: If the text is none.
    """
    try:
        fields = json.loads(text)
        origin: Origin = _made(FORMATS[fields.pop("format")].origin, fields)
        return origin
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{text!r} is no origin of a picture") from error


def _name_of(origin: Origin) -> str:
    return next(name for name, one in FORMATS.items() if one.origin is type(origin))


def _made(kind: Any, fields: Mapping[str, Any]) -> Any:
    """Make a dataclass of what `asdict` gave."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in fields.items()})


def _value(hint: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    kinds = (hint, *get_args(hint))  # a class, or a class or None
    return _made(next(kind for kind in kinds if is_dataclass(kind)), value)
