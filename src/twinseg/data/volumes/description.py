"""``dataset.json`` of the Medical Segmentation Decathlon and of nnU-Net: names of the labels."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twinseg.core.errors import DataError
from twinseg.core.text_files import read_text_file


@dataclass(frozen=True)
class Description:
    """What a dataset says of its volumes."""

    values: dict[str, tuple[int, ...]] = field(default_factory=dict)  # by name, in lower case
    is_ct: bool | None = None  # None: it does not say

    def resolve(self, foreground: tuple[str, ...]) -> tuple[str, ...]:
        """Put values in the place of names of labels; what is no name stays."""
        return tuple(
            str(value)
            for name in foreground
            for value in self.values.get(name.strip().lower(), (name,))
        )

    @property
    def listed(self) -> str:
        """The labels but the background, such as ``1 liver, 2 cancer``."""
        return ", ".join(
            f"{'+'.join(map(str, values))} {name}"
            for name, values in self.values.items()
            if values != (0,)
        )


def read_description(folder: Path) -> Description:
    """Read ``folder/dataset.json``; what is absent or makes no sense says nothing."""
    try:
        content = json.loads(read_text_file(folder / "dataset.json"))
    except (OSError, ValueError, RecursionError, DataError):
        return Description()
    if not isinstance(content, dict):
        return Description()
    channels = content.get("channel_names") or content.get("modality")  # nnU-Net or MSD
    is_ct = None
    if isinstance(channels, dict) and channels:
        is_ct = {str(name).strip().upper() for name in channels.values()} == {"CT"}
    return Description(_values(content.get("labels")), is_ct)


def _values(labels: Any) -> dict[str, tuple[int, ...]]:
    """Read MSD's value -> name and nnU-Net's name -> value or values."""
    values: dict[str, tuple[int, ...]] = {}
    for key, given in labels.items() if isinstance(labels, dict) else ():
        name, numbers = (given, key) if str(key).isdigit() else (key, given)
        several = numbers if isinstance(numbers, list) else [numbers]
        if all(str(number).isdigit() for number in several):
            values[str(name).strip().lower()] = tuple(int(number) for number in several)
    return values
