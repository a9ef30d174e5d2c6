"""Which kinds of source there are, and which one a folder is."""

from pathlib import Path

from twinseg.core.registry import choose
from twinseg.data.case_unit import Kind
from twinseg.data.sources.dicom import DICOM
from twinseg.data.sources.gleason import GLEASON
from twinseg.data.sources.isic import ISIC
from twinseg.data.sources.kits import KITS
from twinseg.data.sources.nifti import NIFTI
from twinseg.data.sources.pairs import PAIRS
from twinseg.data.sources.slides import SLIDES
from twinseg.images.tree import require_there

# In the order of asking: what has names of its own first, what takes any layout last.
KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (ISIC, GLEASON, KITS, SLIDES, DICOM, NIFTI, PAIRS)
}


def recognise(source: Path, wanted: str | None) -> tuple[Kind, str]:
    """Return the kind of ``source`` and why it is taken for that, in plain words.

    Raises:
        DataError: If the source is absent, may not be read, or is a pipe or a device.
        ConfigError: If the wanted kind is unknown.
    """
    require_there(source)
    if wanted:
        kind = choose(KINDS, wanted, "kind")
        return kind, kind.sees(source) or "as asked for"
    for kind in KINDS.values():
        if why := kind.sees(source):
            return kind, why
    return KINDS["pairs"], "it is nothing else"  # which says best what is missing
