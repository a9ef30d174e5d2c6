"""Words in names of files and folders that say "this is a mask"."""

import re

_MASK = re.compile(
    r"(?<![a-z])(masks?|segs?|segmentations?|labels?|labelmaps?|gt|rois?|annotations?)(?![a-z])",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"(?<![a-z])(images?|imgs?|imaging|ct|mr|mri|pet|scans?)(?![a-z])", re.I)


def says_mask(name: str) -> bool:
    """Tell whether a name of a file or folder has a word for masks in it."""
    return bool(_MASK.search(name))


def says_image(name: str) -> bool:
    """Tell whether a name of a file or folder has a word for pictures, and none for masks."""
    return bool(_IMAGE.search(name)) and not says_mask(name)


def bare_stem(name: str) -> str:
    """Return what is left of a file name without endings and words for masks, in lower case."""
    stem = name.split(".")[0]
    return _MASK.sub("", stem).strip("-_ ").lower()
