"""Which file is the mask of which image: by names and folders, never by content."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from twinseg.core.words import amount
from twinseg.data.mask_folder_choice import rivals_of
from twinseg.data.mask_partners import Partners
from twinseg.data.names import (
    Named,
    named_files,
    of_one_stem,
    told_apart,
    without_name,
    without_twins,
)
from twinseg.images.unit import LeftOut

_NUMBERED = re.compile(r"((?:.+[ _.\-])?masks?)(?:[ _.\-]?[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Matched:
    """Images with their masks, and what found no partner."""

    pairs: tuple[tuple[PurePosixPath, tuple[PurePosixPath, ...]], ...]  # masks: their union
    images: int
    masks: int
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()  # what was decided, in plain words
    rivals: tuple[str, ...] = ()  # folders or endings of masks, one of which has to be chosen


def match(files: Iterable[PurePosixPath], chosen: tuple[str, ...] = ()) -> Matched:
    """Find the masks of every image among ``files``.

    A file is a mask if a folder above it says so (``masks``, ``labels``, ``GroundTruth``, ...) or
    its own name does (``X_segmentation``, ``X_mask_rgb``, ``mask_X``, ...) and there is an image
    X; or if ``chosen`` names its folder or the end of its name, and then no other. Image and mask
    share the stem, or the stem without such a word, or without what all names of their folder end
    with; where several do, the folders around them decide. Several masks of one image are put
    together if their names differ in a number only (``X_mask``, ``X_mask_1``), if ``chosen`` names
    them, or if they lie in the folder of the only image (one file for each object). What remains
    unclear is left out with the reason, never guessed.
    """
    named, left_out, notes = named_files(files, chosen)
    images, masks = told_apart(named, chosen)
    (images, twin_images), (masks, twin_masks) = map(without_twins, (images, masks))
    for twins in (*twin_images, *twin_masks):
        left_out += [LeftOut(str(file.path), of_one_stem(twins)) for file in twins]
    found_of = Partners(images, masks)
    twins_of = Partners([file for twins in twin_images for file in twins], masks)
    twin_masks_of = {image: files for files in twin_masks for image in found_of.images_of(files[0])}
    masks_of: dict[Named, list[Named]] = defaultdict(list)
    lone: set[Named] = set()
    lost: list[Named] = []
    for mask in masks:
        found = found_of.images_of(mask)
        if not found and (only := found_of.only_image_beside(mask)):
            found = [only]
            lone.add(mask)
        if len(found) == 1:
            masks_of[found[0]].append(mask)
        else:
            lost.append(mask)
            twins = twins_of.images_of(mask)
            reason = f"its image is {of_one_stem(twins)}" if twins else "no image"
            reason = f"{len(found)} images of this name" if found else reason
            left_out.append(LeftOut(str(mask.path), reason))
    pairs = []
    contested: list[tuple[Named, list[Named]]] = []
    for image in images:
        found = _settled(masks_of[image], lone, chosen)
        if found:
            pairs.append((image, found))
        elif found := masks_of[image]:
            contested.append((image, found))
            names = ", ".join(str(mask.path) for mask in found)
            reason = f"{len(found)} masks: {names}; say which by --masks, or keep one"
            left_out.append(LeftOut(str(image.path), reason))
            reason = f"one of {len(found)} masks of {image.path}"
            left_out += [LeftOut(str(mask.path), reason) for mask in found]
        else:
            twins = twin_masks_of.get(image, [])
            reason = f"its mask is {of_one_stem(twins)}" if twins else "no mask"
            left_out.append(LeftOut(str(image.path), reason))
    notes += _said(pairs, masks_of, lone)
    notes += [
        f"{lacking} of {amount(len(pairs), 'image')} without a mask {name}, which counts as not "
        "there"
        for name, lacking in without_name((found for _image, found in pairs), chosen)
        if lacking
    ]
    rivals = () if chosen else rivals_of(pairs, contested, images, lost)
    ordered = tuple(sorted(left_out, key=lambda item: item.file))
    paths = sorted((image.path, tuple(mask.path for mask in found)) for image, found in pairs)
    return Matched(tuple(paths), len(images), len(masks), ordered, tuple(notes), rivals)


def pictures_among(
    files: Iterable[PurePosixPath], chosen: tuple[str, ...] = ()
) -> frozenset[PurePosixPath]:
    """Return the files that are no mask and no drawing by their names.

    What is called a mask counts as a picture where nothing says of which image it is one.
    """
    named, _left_out, _notes = named_files(files, chosen)
    images, masks = told_apart(named, chosen)
    known = {name for image in images for name in (image.path.stem, image.image_of)}
    lone = [
        file
        for file in named
        if not (file.in_mask_folder or file.is_chosen or file.mask_of in known)
        and (file not in masks or file.mask_of)
    ]
    return frozenset(file.path for file in (*images, *lone))


def _settled(found: list[Named], lone: set[Named], chosen: tuple[str, ...]) -> list[Named]:
    """The masks that are put together as that of an image; [] if it is unclear which count."""
    drawn = [mask for mask in found if mask.path.suffix.lower() != ".npy"] or found
    if len(drawn) < 2 or chosen or all(mask in lone and mask.in_mask_folder for mask in drawn):
        return drawn
    names = [(mask.path.parent, _NUMBERED.fullmatch(mask.path.stem)) for mask in drawn]
    called = {(folder, name[1] if name else "") for folder, name in names}
    return drawn if len(called) == 1 and all(name for _folder, name in names) else []


def _said(
    pairs: list[tuple[Named, list[Named]]], masks_of: dict[Named, list[Named]], lone: set[Named]
) -> list[str]:
    several = [found for _image, found in pairs if len(found) > 1]
    unused = sum(len(masks_of[image]) - len(found) for image, found in pairs)
    notes = []
    if several:
        example = ", ".join(mask.path.name for mask in several[0][:3])
        said = f"of {amount(len(several), 'image')} several masks are put together, such as"
        notes.append(f"{said} {example}")
    if lone:
        notes.append("masks that name no image belong to the only image beside them")
    if unused:
        notes.append(f"{amount(unused, 'array')} (.npy) not used: there is a mask picture as well")
    return notes
