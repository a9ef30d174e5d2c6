"""Why a file was left out, in words that may be shared: a closed list, so that nothing slips by.

Reasons in full quote libraries, names of regions, and what damaged files hold in the place of a
number. They are kept apart with the originals; what is shared is the one of these words that they
hold.
"""

import re

# The first that a reason holds is taken: what tells most comes first.
SHARED = (
    "has no mask",
    "no label volume",
    "no volume of this name",
    "no annotation beside it; fine for prediction",
    "annotation without a slide of this name",
    "annotation marks no area",
    "all outlines lie outside the picture",
    "is a copy of another file",
    "is in another frame of reference than the series it refers to",
    "is in a frame of reference that no series here has",
    "refers to none of them",
    "is a mask series of no series here, or of no values",
    "is a whole-slide image; prepare it with --kind slides",
    "is named in the DICOMDIR and missing",
    "is no DICOM file (no DICM at byte 128)",
    "several files have the",
    "and one of that number",
    "has several regions",
    "has several segments",
    "has several label volumes",
    "has no region",
    "has no segment",
    "its masks hold no",
    "the volume lies elsewhere in the patient",
    "has a label volume that covers another part of space",
    "has a label volume of the same shape that lies",
    "does not say where it lies (ImagePositionPatient, ImageOrientationPatient)",
    "does not say how large a pixel is (PixelSpacing)",
    "has rows and columns that are not at right angles",
    "no slice with foreground, and no empty ones are kept",
    "files of one stem",
    "no mask",
    "no image",
    "a second case of this name",
    "only in capital and small letters",
    "only in how accents are stored",
    "only in what other systems take for the same",
    "not a kind of file we read",
    "is not there, although index.csv names it",
    "not in index.csv",
    "its name is no UTF-8 text; rename it",
    "is no regular file but a pipe, a socket or a device",
    "is a link to nothing that is there",
    "cannot be looked into",
    "cannot be the name of a file",
    "does not say its micrometres a pixel",
    "no tile of it has enough tissue",
    "has several frames",
    "keeps its voxels in another file",
    "the library that reads it crashed",
    "holds no pixels",
    "pixels cannot be decoded",
    "cannot be decoded",
    "OpenSlide cannot open it",
    "cannot be read as a volume",
    "cannot be read as TIFF",
    "is no sound XML",
    "is no sound JSON",
    "is compressed with loss",
    "is not the form of the slide",
    "is cut short",
    "is cut off",
    "bytes of pixels",
    "its regions are damaged",
    "is damaged",
    "cannot be read",
    "keep one",
)
_SIZES = re.compile(r"mask is \d+x\d+ pixels, its image \d+x\d+( \(turned as its EXIF says\))?")
OTHERWISE = "cannot be used"


def shared_reason(reason: str) -> str:
    """Return what may be shared of a reason: words of `SHARED`, or that it cannot be used."""
    if sizes := _SIZES.fullmatch(reason):
        return sizes[0]
    return next((words for words in SHARED if words in reason), OTHERWISE)
