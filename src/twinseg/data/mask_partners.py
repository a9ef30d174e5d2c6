"""Images that a mask may belong to: by name first, then by the nearest folders."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePosixPath

from twinseg.data.names import BARE_MASK, Named

_ENDING = re.compile(r".+?((?:[ _.\-]+)(?:[0-9]*[A-Za-z][A-Za-z0-9]*|0000))")


class Partners:
    """Images by what their masks may be called."""

    def __init__(self, images: list[Named], masks: list[Named]) -> None:
        self._exact: dict[str, list[Named]] = defaultdict(list)
        self._loose: dict[str, list[Named]] = defaultdict(list)
        self._in: dict[PurePosixPath, list[Named]] = defaultdict(list)
        self._short = _without_common_ending([*images, *masks])
        for image in images:
            self._in[image.path.parent].append(image)
            for key in filter(None, (image.path.stem, image.image_of)):
                self._exact[key].append(image)
            loose = (image.path.stem, image.image_of, self._short.get(image, ""))
            for key in dict.fromkeys(_plain(one) for one in loose if one):
                self._loose[key].append(image)

    def images_of(self, mask: Named) -> list[Named]:
        """Images that the mask may belong to: same key first, then the nearest folders."""
        for key in filter(None, (mask.path.stem, mask.mask_of)):
            for near in _NEARNESS:
                if found := [image for image in self._exact.get(key, ()) if near(image, mask)]:
                    return [image for image in found if image.path.stem == key] or found
        for key in filter(None, (mask.path.stem, mask.mask_of, self._short.get(mask, ""))):
            for near in _NEARNESS:
                loose = self._loose.get(_plain(key), ())
                if found := [image for image in loose if near(image, mask)]:
                    exact = [one for one in found if _plain(one.path.stem) == _plain(key)]
                    return exact or found
        return []

    def only_image_beside(self, mask: Named) -> Named | None:
        """The image of a mask whose name names none, in a folder of its own."""
        folder = mask.path.parent
        beside = self._in.get(folder, [])
        if mask.in_mask_folder:
            if folder.parent == PurePosixPath():
                return None
            beside = [
                image
                for place, images in self._in.items()
                if place.parent == folder.parent or place == folder.parent
                for image in images
            ]
        elif not BARE_MASK.fullmatch(mask.path.stem):
            return None
        return beside[0] if len(beside) == 1 else None


_NEARNESS: tuple[Callable[[Named, Named], bool], ...] = (
    lambda image, mask: image.path.parent == mask.path.parent,
    lambda image, mask: image.around == mask.around,
    lambda image, mask: _holds(image.around, mask.around) or _holds(mask.around, image.around),
    lambda image, mask: image.path.parent.parent == mask.path.parent.parent,
)


def _without_common_ending(files: list[Named]) -> dict[Named, str]:
    """Stems of folders whose files all end alike (``21_manual1``, ``22_manual1``), without it."""
    by_folder: dict[PurePosixPath, list[Named]] = defaultdict(list)
    for file in files:
        by_folder[file.path.parent].append(file)
    short: dict[Named, str] = {}
    for beside in by_folder.values():
        by_ending: dict[str, list[Named]] = defaultdict(list)
        for file in beside:
            if found := _ENDING.fullmatch(file.path.stem):
                by_ending[found[1]].append(file)
        for ending, alike in by_ending.items():
            if len(alike) > 1:
                short |= {file: file.path.stem[: -len(ending)] for file in alike}
    return short


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _holds(long: tuple[str, ...], short: tuple[str, ...]) -> bool:
    """Tell whether ``short`` is ``long`` with some folders left out."""
    rest = iter(long)
    return all(folder in rest for folder in short)
