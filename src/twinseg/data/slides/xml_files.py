"""Annotations of Aperio ImageScope and of ASAP: both are XML with one element per corner."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException, ElementTree

from twinseg.core.arrays import Outline
from twinseg.core.errors import DataError
from twinseg.data.slides.outlined_areas import (
    NO_CLASS,
    NOT_AREAS,
    Annotation,
    Area,
    outline,
    sound_rings,
)

_APERIO_ROOT, _ASAP_ROOT = "Annotations", "ASAP_Annotations"
# ImageScope: 0 freehand, 1 rectangle, 2 ellipse; the others are rulers and arrows.
_APERIO_OUTLINE, _APERIO_RECTANGLE, _APERIO_ELLIPSE = "0", "1", "2"
_ASAP_AREAS = {"polygon", "rectangle", "spline"}
_Corners = dict[Element, Outline]  # of every element that held some, before it was emptied
_MOST_NESTED = 32  # both programs nest five deep; what is looked for is looked for at each depth
_MOST_BYTES = 2**29
ASAP, IMAGESCOPE = "ASAP", "ImageScope"
_ELLIPSE = "ellipses skipped: draw them as outlines"


def read_xml(path: Path) -> Annotation:
    """Read an annotation of ImageScope or of ASAP.

    Raises:
        DataError: If it is neither, or damaged.
    """
    try:
        root, corners = _parse(path)
        if root.tag == _ASAP_ROOT:
            return _asap(root, corners)
        if root.tag == _APERIO_ROOT:
            return _aperio(root, corners)
    except (ElementTree.ParseError, DefusedXmlException, UnicodeDecodeError, LookupError) as error:
        raise DataError(f"is no sound XML: {' '.join(str(error).split())[:200]}") from error
    except ValueError as error:
        raise DataError(f"holds a corner that is no number: {error}") from error
    raise DataError(f"has the root <{root.tag[:40]}>, expected that of ImageScope or ASAP")


def _parse(path: Path) -> tuple[Element, _Corners]:
    """Parse without keeping an element for every corner: they take ten times the file."""
    if (size := path.stat().st_size) > _MOST_BYTES:
        raise DataError(f"has {size // 2**20} MiB, at most {_MOST_BYTES // 2**20} are read")
    corners: _Corners = {}
    root, depth = Element(""), 0
    for event, item in ElementTree.iterparse(path, events=("start", "end"), forbid_dtd=True):
        root = root if root.tag else item
        depth += 1 if event == "start" else -1
        if depth > _MOST_NESTED:
            raise DataError(f"nests elements more than {_MOST_NESTED} deep")
        if event == "end" and item.tag in ("Vertices", "Coordinates"):
            corners[item] = outline(
                [
                    (float(one.attrib["X"]), float(one.attrib["Y"]))
                    for one in sorted(item, key=lambda one: float(one.get("Order", 0)))
                ]
            )
            item.clear()
    return root, corners


def _aperio(root: Element, corners_of: _Corners) -> Annotation:
    """Layers (<Annotation>) of regions; a region with NegativeROA is cut out of its slide."""
    oddities: Counter[str] = Counter()
    shapes = []
    for layer in root.iter("Annotation"):
        names = _aperio_names(layer)
        for region in layer.iter("Region"):
            kind = region.get("Type", _APERIO_OUTLINE)
            corners = _of(region, corners_of)
            if kind == _APERIO_ELLIPSE:
                oddities[_ELLIPSE] += 1
                continue
            if kind not in (_APERIO_OUTLINE, _APERIO_RECTANGLE):
                oddities[NOT_AREAS] += 1
                continue
            if kind == _APERIO_RECTANGLE and len(corners) == 2:
                (left, top), (right, bottom) = corners
                corners = outline([(left, top), (right, top), (right, bottom), (left, bottom)])
            if rings := sound_rings([corners], oddities):
                shapes.append(Area(names, rings, region.get("NegativeROA", "0") == "1"))
    said = root.get("MicronsPerPixel", "")
    return Annotation(tuple(shapes), oddities, float(said) if said else None, IMAGESCOPE)


def _aperio_names(layer: Element) -> tuple[str, ...]:
    """Name of a layer, else what its attributes say, else its line colour."""
    colour = int(layer.get("LineColor", "0")) & 0xFFFFFF  # Windows: blue, green, red
    said = [layer.get("Name", "")]
    for attribute in layer.iterfind("Attributes/Attribute"):
        key, value = attribute.get("Name", ""), attribute.get("Value", "")
        said += [value, "" if key == "Description" else key]
    red, green, blue = colour & 255, colour >> 8 & 255, colour >> 16
    return (*[name.strip() for name in said if name.strip()], f"#{red:02x}{green:02x}{blue:02x}")


def _asap(root: Element, corners_of: _Corners) -> Annotation:
    """Areas that belong to a group, which may belong to another one."""
    above = {
        group.get("Name", ""): group.get("PartOfGroup", "None") for group in root.iter("Group")
    }
    oddities: Counter[str] = Counter()
    shapes = []
    for area in root.iter("Annotation"):
        kind = area.get("Type", "").lower()
        if kind not in _ASAP_AREAS:
            oddities[NOT_AREAS] += 1
            continue
        if kind == "spline":
            oddities["splines taken as straight lines between their points"] += 1
        if rings := sound_rings([_of(area, corners_of)], oddities):
            groups = tuple(_with_groups_above(area.get("PartOfGroup", "None"), above))
            shapes.append(Area((*(groups or (NO_CLASS,)), area.get("Color", "").lower()), rings))
    return Annotation(tuple(shapes), oddities, program=ASAP)


def _of(area: Element, corners_of: _Corners) -> Outline:
    """Corners of an area, of none if it has none."""
    return next((corners_of[item] for item in area.iter() if item in corners_of), outline([]))


def _with_groups_above(group: str, above: Mapping[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    while group not in seen and group not in ("None", ""):
        if len(seen) == _MOST_NESTED:
            raise DataError(f"nests groups more than {_MOST_NESTED} deep")
        seen.add(group)
        yield group
        group = above.get(group, "None")
