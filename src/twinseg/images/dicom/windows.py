"""Through which window a dataset is shown: one for all CT, one for each series of another kind."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from twinseg.core.errors import DataError
from twinseg.images.dicom.series import Stack
from twinseg.images.dicom.values import read_values
from twinseg.images.window import Window, window_named
from twinseg.records.source_settings import SourceSettings

# A lung window keeps the border of a tumour to air; soft tissue next to it remains visible.
_LUNG = {"CHEST", "LUNG", "THORAX"}
_PERCENTILES = (0.5, 99.5)


def ct_window(stacks: Sequence[Stack], settings: SourceSettings) -> tuple[Window, str]:
    """Return the window of all CT series, and in plain words which one and why."""
    parts = Counter(stack.body_part for stack in stacks if stack.modality == "CT")
    said = ", ".join(sorted(part for part in parts if part)) or "not said"
    if settings.window:
        name, why = settings.window, "as asked for"
    else:
        name = "lung" if parts and set(parts) <= _LUNG else "abdomen"
        why = f"window {name}; body part: {said}; --window changes it"
    window = window_named(name)
    return window, f"CT shown from {window.low:g} to {window.high:g} HU ({why})"


def series_window(stack: Stack, settings: SourceSettings) -> tuple[Window, str]:
    """Return the window of a series without Hounsfield units, and in plain words why.

    It is fixed for the whole series: asked for, else the file's own one of the middle slice, else
    from percentiles of the middle slice. MONOCHROME1 is shown as it asks for: high values dark.

    Raises:
        DataError: If the middle slice cannot be read and nothing else says.
    """
    middle = stack.slices[len(stack.slices) // 2]
    if settings.window:
        asked = window_named(settings.window)
        (low, high), why = (asked.low, asked.high), "as asked for"
    elif middle.window:
        (low, high), why = middle.window, "the file's own window of the middle slice"
    else:
        values = read_values(middle.stored, middle.scale)
        low, high = (float(value) for value in np.percentile(values, _PERCENTILES))
        why = f"percentiles {_PERCENTILES[0]:g} and {_PERCENTILES[1]:g} of the middle slice"
        if not low < high:
            raise DataError("its middle slice shows nothing; give --window LO,HI")
    way = ", high values dark" if stack.inverted else ""
    how = f"{stack.modality or 'pictures'} shown from {low:g} to {high:g} ({why}{way})"
    return Window(low, high, stack.inverted), how
