"""Annotations of QuPath and others: GeoJSON, also as a bare list of features, also gzipped."""

import ast
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from twinseg.core.errors import DataError
from twinseg.data.slides.outlined_areas import (
    NO_CLASS,
    NOT_AREAS,
    Annotation,
    Area,
    outline,
    sound_rings,
)

MOST_BYTES = 64_000_000  # in memory, lists take up to twenty times of what they do in the file
_MOST_NESTED = 20
_MOST_TEXT = 2000  # characters of a class given as text
_MOST_ASKED = 100  # features that are asked for what QuPath writes
_OF_QUPATH = {"objectType", "object_type", "isLocked"}
QUPATH = "QuPath"
_Names = tuple[str, ...]


def read_geojson(path: Path) -> Annotation:
    """Read polygons and multi-polygons with the classes that QuPath gives them.

    Raises:
        DataError: If it is no GeoJSON, damaged or too large.
    """
    try:
        content = json.loads(_bytes(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"is no sound JSON: {str(error)[:200]}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read: {str(error)[:200]}") from error
    oddities: Counter[str] = Counter()
    shapes = tuple(_shapes(content, (NO_CLASS,), oddities, 0))
    if not shapes and not oddities:
        raise DataError("holds no polygon; export annotations as GeoJSON")
    return Annotation(shapes, oddities, program=QUPATH if _is_of_qupath(content) else "")


def _is_of_qupath(content: object) -> bool:
    """Tell by what QuPath alone writes into its features."""
    features = content.get("features") if isinstance(content, dict) else content
    items = features if isinstance(features, list) else [content]
    said = [one.get("properties") for one in items[:_MOST_ASKED] if isinstance(one, dict)]
    return any(isinstance(one, dict) and _OF_QUPATH & one.keys() for one in said)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"has more than {MOST_BYTES // 10**6} MB; export fewer objects")
    return content


def _shapes(item: object, names: _Names, oddities: Counter[str], depth: int) -> Iterator[Area]:
    """Walk through collections, features and geometries."""
    if depth > _MOST_NESTED:
        raise DataError(f"nests collections more than {_MOST_NESTED} deep")
    if isinstance(item, list):
        for part in item:
            yield from _shapes(part, names, oddities, depth + 1)
        return
    if not isinstance(item, dict):
        raise DataError(f"holds {str(item)[:40]!r} where a feature was expected")
    _require_full_size(item)
    kind = item.get("type")
    if kind == "FeatureCollection":
        yield from _shapes(item.get("features") or [], names, oddities, depth + 1)
    elif kind == "Feature":
        if geometry := item.get("geometry"):
            yield from _shapes(geometry, _class_of(item), oddities, depth + 1)
    elif kind == "GeometryCollection":
        yield from _shapes(item.get("geometries") or [], names, oddities, depth + 1)
    elif kind in ("Polygon", "MultiPolygon"):
        coordinates = item.get("coordinates")
        for polygon in [coordinates] if kind == "Polygon" else _list(coordinates):
            if rings := sound_rings([_ring(ring) for ring in _list(polygon)], oddities):
                yield Area(names, rings)
    elif kind in ("Point", "MultiPoint", "LineString", "MultiLineString"):
        oddities[NOT_AREAS] += 1
    else:
        raise DataError(f"holds type {str(kind)[:40]!r}, expected GeoJSON")


def _require_full_size(item: dict[str, object]) -> None:
    """Refuse corners that count pixels of a smaller level, where the file says so."""
    properties = item.get("properties")
    for said in (item, properties if isinstance(properties, dict) else {}):
        if said.get("downsample", 1) not in (1, None):
            raise DataError(
                f"counts in pixels of downsample {str(said['downsample'])[:20]}; export it in "
                "pixels of the full size"
            )


def _class_of(feature: dict[str, object]) -> _Names:
    """Name and colour of the class; QuPath 0.5 writes derived classes as a list of names."""
    properties = feature.get("properties")
    said = properties.get("classification") if isinstance(properties, dict) else None
    if isinstance(said, str):
        said = _from_text(said.strip())
    if isinstance(said, str):
        return (said or NO_CLASS,)
    if not isinstance(said, dict):
        return (NO_CLASS,)
    parts = said.get("names")
    name = ": ".join(map(str, parts)) if isinstance(parts, list) else str(said.get("name") or "")
    return (name.strip() or NO_CLASS, *_colour(said))


def _from_text(said: str) -> object:
    """Read a class that tables (geopandas, pandas) made a text of: JSON, or as Python prints it."""
    if said[:1] not in ("{", '"') or len(said) > _MOST_TEXT:
        return said
    for read in (json.loads, ast.literal_eval):
        try:
            return read(said)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return said


def _colour(said: dict[str, object]) -> Iterator[str]:
    colour = said.get("color")
    if isinstance(colour, list) and len(colour) >= 3:
        if all(isinstance(part, int) and 0 <= part <= 255 for part in colour[:3]):
            yield "#" + "".join(f"{part:02x}" for part in colour[:3])
    elif isinstance(packed := said.get("colorRGB"), int):
        yield f"#{packed & 0xFFFFFF:06x}"


def _ring(corners: object) -> np.ndarray:
    try:
        return outline([(float(corner[0]), float(corner[1])) for corner in _list(corners)])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise DataError("holds a corner that is not two numbers") from error


def _list(item: object) -> list:
    if not isinstance(item, list):
        raise DataError(f"holds {str(item)[:40]!r} where a list of corners was expected")
    return item
