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


# Of the standard (PS3.16 annex L, PS3.3 C.7.3.1.1.1), the usual ones. What else stands in their
# place may be anything, and is not shared.
_CODES = """
ABDOMEN ABDOMENPELVIS ANKLE ARM BLADDER BONE BRAIN BREAST CHEST CHESTABDOMEN CHESTABDPELVIS COLON
CSPINE ELBOW ESOPHAGUS EXTREMITY EYE FEMUR FOOT HAND HEAD HEADNECK HEART HIP KIDNEY KNEE LEG LIVER
LSPINE LUNG NECK PANCREAS PELVIS PROSTATE RECTUM SHOULDER SKIN SKULL SPINE SPLEEN STOMACH THIGH
THORAX THYROID TSPINE UTERUS WHOLEBODY WRIST
CR CT DX ES MG MR NM OCT OP OT PT RF RTDOSE RTIMAGE SEG SM US XA XC
"""
USUAL_CODES = frozenset(_CODES.split())
