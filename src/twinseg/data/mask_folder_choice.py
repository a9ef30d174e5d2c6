"""Folders of masks of which one has to be chosen: the target is never guessed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from twinseg.data.names import BREAK, Named, mask_word


def rivals_of(
    pairs: list[tuple[Named, list[Named]]],
    contested: list[tuple[Named, list[Named]]],
    images: list[Named],
    lost: list[Named],
) -> tuple[str, ...]:
    """Folders (or endings of names) that may all hold the target; () if there is no doubt.

    One odd file is left out and listed; two and more are how a publisher tells things apart.
    """
    if len(contested) > 1 or (contested and not pairs):
        return _told(mask for _image, found in contested for mask in found)
    called = {mask_word(mask.path.parent): mask for _image, found in pairs for mask in found}
    called.pop("", None)  # beside their images, and told by their own names
    if len(called) > 1:  # a field of view of one part beside vessels of another
        return _told(called.values())
    used = {mask.path.parent for _image, found in pairs for mask in found}
    with_images = {image.path.parent for image, _found in pairs}
    stems = {image.path.stem for image, _found in pairs}
    waiting: dict[PurePosixPath, list[Named]] = defaultdict(list)
    for mask in lost:
        beside = any(mask.path.parent.parent == folder.parent for folder in used)
        if beside and mask.path.parent not in used | with_images:
            waiting[mask.path.parent].append(mask)
    paired = {image for image, _found in pairs}
    for image in images:
        alone = image not in paired and image.path.parent not in with_images | used
        if alone and image.path.stem in stems:
            waiting[image.path.parent].append(image)
    others = [files[0] for files in waiting.values() if len(files) > 1]
    endings = Counter(
        image.path.stem[len(stem) :]
        for image in images
        if image not in paired and image.path.parent in with_images
        for stem in [_longest_start(image.path.stem, stems)]
        if stem
    )
    ends = [ending.strip(" _.-") for ending, count in endings.items() if count > 1]
    if not others and not ends:
        return ()
    mine = _told([pairs[0][1][0], *others])
    return (*mine, *sorted(ends))


def _longest_start(stem: str, stems: set[str]) -> str:
    """The longest of ``stems`` that ``stem`` begins with, up to a break; "" if none."""
    cuts = [cut.start() for cut in re.finditer(BREAK, stem)]
    return next((stem[:cut] for cut in reversed(cuts) if stem[:cut] in stems), "")


def _told(masks: Iterable[Named]) -> tuple[str, ...]:
    """Folders of the masks; how the names end where all lie in one."""
    files = list(masks)
    folders = {mask.path.parent for mask in files}
    if len(folders) > 1:
        names = Counter(folder.name for folder in folders)
        return tuple(sorted(f.name if names[f.name] == 1 else str(f) for f in folders))
    ends = {re.split(BREAK, mask.path.stem)[-1] for mask in files}
    return tuple(sorted(ends))
