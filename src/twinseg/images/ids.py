"""What a picture is called: its stem, and where stems repeat what its folders say of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import PurePosixPath

MASK_WORDS = (
    "masks?|labels?|segmentations?|segms?|segs?|annotations?|annos?|annotated|gts?"
    "|ground[ _-]?truths?|truths?|manual[0-9]?|targets?"
)
IMAGE_WORDS = "images?|imgs?|inputs?|data|photos?|pictures?|raw|originals?"
_SAYS_NOTHING = "jpe?g|png|tiff?|gif|bmp|npy|class(?:es)?|objects?"  # of VOC and others
_PARTS_OF_NAME = re.compile(r"[ _.\-]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def folder_says(folder: PurePosixPath) -> tuple[bool, bool, tuple[str, ...]]:
    """Whether files of the folder are masks, or images; and the other words of its path."""
    around = []
    is_mask = is_image = False
    for part in folder.parts:  # the deepest word counts
        plain = words_of(part)
        for kind in (IMAGE_WORDS, MASK_WORDS):
            if any(re.fullmatch(kind, word) for word in plain):
                is_mask, is_image = kind == MASK_WORDS, kind == IMAGE_WORDS
        known = f"{IMAGE_WORDS}|{MASK_WORDS}|{_SAYS_NOTHING}"
        around += [word for word in plain if not re.fullmatch(known, word)]
    return is_mask, is_image, tuple(around)


def words_of(folder: str) -> list[str]:
    """Return the words that the name of a folder is made of, in lower case."""
    words = " ".join(_PARTS_OF_NAME.split(folder)).lower()
    return words.replace("ground truth", "groundtruth").split()


def unique_ids(
    images: Iterable[PurePosixPath],
    stem_of: Callable[[PurePosixPath], str] = lambda path: path.stem,
) -> dict[PurePosixPath, str]:
    """Name every image by its stem; where stems repeat, by the folders around it as well."""
    stems = {image: stem_of(image) for image in images}
    names = dict(stems)
    longer: tuple[Callable[[PurePosixPath], tuple[str, ...]], ...] = (
        lambda image: folder_says(image.parent)[2],
        lambda image: image.parent.parts,
        lambda image: (*image.parent.parts, image.suffix[1:]),
    )
    for folders in longer:
        count = Counter(names.values())
        names = {
            image: "-".join([*folders(image), stems[image]]) if count[name] > 1 else name
            for image, name in names.items()
        }
    return names
