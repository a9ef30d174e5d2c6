"""A prepared dataset: facts and pixels at training size, beside the references on their grid."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinseg.core.arrays import Mask, MaskStack, Picture, Pictures
from twinseg.core.errors import DataError, StoreError
from twinseg.core.store import read_json, write_json
from twinseg.core.tables import read_table, write_table
from twinseg.data.case import Case, Dataset, Layer, LeftOut, Origin
from twinseg.data.kinds import KINDS
from twinseg.data.parts import Stored, packed_bytes
from twinseg.data.shrink import stretch_picture

FORMAT = 2


@dataclass(frozen=True)
class PreparedDataset:
    """A dataset and its pixels, case by case in the same order."""

    dataset: Dataset
    pictures: Pictures  # stretched to size x size; memory-mapped
    masks: MaskStack
    folder: Path

    @property
    def size(self) -> int:
        """Side of the square that a network sees, in pixels."""
        return int(self.pictures.shape[1])

    @cached_property
    def _begins(self) -> np.ndarray:
        counts = [packed_bytes(case.height_px, case.width_px) for case in self.dataset.cases]
        return np.concatenate([[0], np.cumsum(counts)])

    def reference(self, position: int) -> Mask:
        """Return the reference mask of a case on its source grid."""
        case = self.dataset.cases[position]
        begin, end = (int(self._begins[place]) for place in (position, position + 1))
        with (self.folder / "references.bin").open("rb") as file:
            file.seek(begin)
            bits = np.frombuffer(file.read(end - begin), dtype=np.uint8)
        mask = np.unpackbits(bits, count=case.height_px * case.width_px).astype(bool)
        return mask.reshape(case.height_px, case.width_px)

    def picture(self, position: int) -> Picture:
        """Return the untouched picture of a case on its source grid.

        Where the dataset may not point at the original, because its path would name a patient,
        the picture at training size is stretched back.

        Raises:
            DataError: If the original is gone, or was changed since it was prepared.
        """
        case = self.dataset.cases[position]
        if case.origin is None:
            return stretch_picture(self.pictures[position], case.height_px, case.width_px)
        kind = KINDS[self.dataset.facts["kind"]]
        source = Path(self.dataset.facts["source"])
        try:
            picture = kind.picture(source, case.origin)
        except DataError as error:
            name = case.origin.file
            reason = str(error) if name in str(error) else f"{name}: {error}"
            raise DataError(f"{reason}; it was in {source} when it was prepared") from error
        if picture.shape[:2] != (case.height_px, case.width_px):
            raise DataError(f"{case.origin.file} changed its size since it was prepared")
        return picture

    def first_missing(self) -> Path | None:
        """Return the first original that is not where it was; None if all are there."""
        source = Path(self.dataset.facts.get("source", ""))
        root = source.parent if source.is_file() else source
        files = dict.fromkeys(case.origin.file for case in self.dataset.cases if case.origin)
        return next((root / file for file in files if not (root / file).exists()), None)


def is_prepared(folder: Path) -> bool:
    """Tell whether ``folder`` was written by `write_prepared`."""
    return (folder / "dataset.json").exists() and (folder / "references.bin").exists()


def write_prepared(folder: Path, dataset: Dataset, stored: Sequence[Stored], size: int) -> None:
    """Write all files of a dataset; ``dataset.json`` comes last.

    Args:
        folder: An existing folder, not yet looked at by anyone.
        dataset: Its cases in the order of ``stored``.
        stored: Where the pixels of each case lie.
        size: Side of the training grid, in pixels.
    """
    count = len(stored)
    with (
        (folder / "pictures.npy").open("wb") as pictures,
        (folder / "masks.npy").open("wb") as masks,
        (folder / "references.bin").open("wb") as references,
    ):
        # Through plain writes: a full disk under a memory map would kill the process.
        for file, kind, shape in (
            (pictures, "|u1", (count, size, size, 3)),
            (masks, "|b1", (count, size, size)),
        ):
            header = {"descr": kind, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
        for case in stored:
            picture, mask, reference = case.pixels(size)
            pictures.write(picture)
            masks.write(mask)
            references.write(reference)
    table = dataset.table()
    origins = [case.origin for case in dataset.cases]
    table["file"] = [origin.file if origin else None for origin in origins]
    table["place"] = [json.dumps(origin.place) if origin else None for origin in origins]
    write_table(folder / "cases.parquet", table)
    write_json(folder / "dataset.json", describe(dataset) | {"format": FORMAT, "size": size})


def describe(dataset: Dataset) -> dict[str, Any]:
    """Everything about a dataset but its cases, for ``dataset.json``."""
    return {
        "name": dataset.name,
        "cases": len(dataset.cases),
        "groups": len(dataset.groups),
        "empty_masks": dataset.empty_masks,
        "fingerprint": dataset.fingerprint,
        "notes": list(dataset.notes),
        "left_out": [asdict(item) for item in dataset.left_out],
        "facts": dict(dataset.facts),
    }


def open_prepared(folder: Path) -> PreparedDataset:
    """Open a dataset written by `write_prepared`.

    Raises:
        StoreError: If files are missing, damaged or do not belong together.
    """
    described = read_json(folder / "dataset.json")
    if described.get("format") != FORMAT:
        raise StoreError(f"{folder} is of another version of twinseg; prepare it again")
    table = read_table(folder / "cases.parquet")
    dataset = Dataset(
        name=described["name"],
        cases=tuple(_case(row) for row in table.to_dict("records")),
        left_out=tuple(LeftOut(**item) for item in described["left_out"]),
        notes=tuple(described["notes"]),
        facts=described["facts"],
    )
    try:
        pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        masks = np.load(folder / "masks.npy", mmap_mode="r")
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot open {folder}: {error}; prepare it again") from error
    if dataset.fingerprint != described["fingerprint"] or len(pictures) != len(dataset.cases):
        raise StoreError(f"the files of {folder} do not belong together; prepare it again")
    return PreparedDataset(dataset, pictures, masks, folder)


def _case(row: dict[Any, Any]) -> Case:
    spacing = row["row_spacing_mm"], row["column_spacing_mm"]
    known = isinstance(row["file"], str)
    return Case(
        id=str(row["case"]),
        group=str(row["group"]),
        origin=Origin(row["file"], tuple(json.loads(row["place"]))) if known else None,
        height_px=int(row["height_px"]),
        width_px=int(row["width_px"]),
        foreground_px=int(row["foreground_px"]),
        spacing_mm=None if pd.isna(spacing[0]) else (float(spacing[0]), float(spacing[1])),
        digest=row["digest"],
        layer=Layer(row["stack"], row["height_mm"]) if isinstance(row["stack"], str) else None,
    )
