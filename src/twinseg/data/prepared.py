"""A prepared dataset: facts and pixels at training size, beside the references on their grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinseg.core.arrays import Mask, MaskStack, Picture, Pictures
from twinseg.core.errors import DataError, StoreError
from twinseg.core.mapped import read_some
from twinseg.core.store import FileFacts
from twinseg.core.tables import read_table
from twinseg.data.case import Case, Dataset
from twinseg.data.dataset_files import AGAIN, fault_of, faults_of, files_of, read_facts
from twinseg.data.originals import ORIGINALS, originals_of, read_originals
from twinseg.data.own_folder import PIXELS, is_prepared
from twinseg.data.parts import packed_bytes
from twinseg.data.shrink import stretch_picture
from twinseg.images.formats import picture_at
from twinseg.images.picture import Layer, Origin
from twinseg.images.unit import LeftOut


@dataclass(frozen=True)
class PreparedDataset:
    """A dataset and its pixels, case by case in the same order."""

    dataset: Dataset
    pictures: Pictures  # stretched to size x size; memory-mapped
    masks: MaskStack
    folder: Path
    files: Mapping[str, FileFacts] = field(repr=False)  # by name, as they were written
    source: Path | None = None  # of the originals; None if nobody says where they are

    @property
    def size(self) -> int:
        """Side of the square that a network sees, in pixels."""
        return int(self.pictures.shape[1])

    @cached_property
    def _begins(self) -> np.ndarray:
        counts = [packed_bytes(case.height_px, case.width_px) for case in self.dataset.cases]
        return np.concatenate([[0], np.cumsum(counts)])

    def reference(self, position: int) -> Mask:
        """Return the reference mask of a case on its source grid.

        Raises:
            StoreError: If the file is gone or was cut since the dataset was opened.
        """
        case = self.dataset.cases[position]
        begin, end = (int(self._begins[place]) for place in (position, position + 1))
        try:
            with (self.folder / "references.bin").open("rb") as file:
                file.seek(begin)
                bits = np.frombuffer(file.read(end - begin), dtype=np.uint8)
        except OSError as error:
            raise StoreError(f"cannot read references.bin of {self.folder}: {error}") from error
        if len(bits) < end - begin:  # NumPy would go on into memory that is not the file's
            raise StoreError(f"references.bin of {self.folder} is cut off; {AGAIN}")
        mask = np.unpackbits(bits, count=case.height_px * case.width_px).astype(bool)
        return mask.reshape(case.height_px, case.width_px)

    def picture(self, position: int) -> Picture:
        """Return the untouched picture of a case on its source grid.

        Where nobody says where it is, as a note of the dataset says then, the picture at training
        size is stretched back.

        Raises:
            DataError: If the original is gone, or was changed since it was prepared.
        """
        case = self.dataset.cases[position]
        if case.origin is None or self.source is None:
            return self.kept_picture(position)
        try:
            picture = picture_at(self.source, case.origin)
        except DataError as error:
            raise self._of_original(position, str(error)) from error
        if picture.shape[:2] != (case.height_px, case.width_px):
            raise self._of_original(position, "changed its size")
        return picture

    def kept_picture(self, position: int) -> Picture:
        """Return the picture at training size, stretched back to the source grid."""
        case = self.dataset.cases[position]
        return stretch_picture(read_some(self.pictures, position), case.height_px, case.width_px)

    @property
    def is_hidden(self) -> bool:
        """Whether no file of the source may be named."""
        return bool(self.dataset.facts.get("paths_hidden"))

    def _of_original(self, position: int, reason: str) -> DataError:
        """Return what is said of an original that is gone or changed."""
        case = self.dataset.cases[position]
        if self.is_hidden or case.origin is None:
            return DataError(
                f"the original of case {case.id} is gone or was changed since it was prepared "
                f"(its name is in {ORIGINALS} beside the dataset)"
            )
        name = case.origin.file
        if name not in reason:
            reason = f"{name} {reason}" if reason.startswith("changed") else f"{name}: {reason}"
        return DataError(f"{reason}; it was in {self.source} when it was prepared")

    def require_whole(self) -> None:
        """Compare the digests of the pixels with those that were written.

        To be called once before a dataset is put to use. It reads every byte once, at about
        1 GB/s where the files are in memory: a quarter of a second for 858 pictures at 256
        pixels with their references (230 MB). That is nothing beside training, which reads the
        same bytes, and too much for what only asks for a size or an id.

        Raises:
            StoreError: If a file is damaged.
        """
        for name in PIXELS:
            if fault := fault_of(self.folder / name, self.files[name], by_digest=True):
                raise StoreError(f"{name} of {self.folder} {fault}; {AGAIN}")

    def first_missing(self) -> str | None:
        """Return what to call the first original that is gone; None if all are there."""
        if self.source is None:
            return None
        root = self.source.parent if self.source.is_file() else self.source
        checked: set[str] = set()
        for case in self.dataset.cases:
            if case.origin is None or case.origin.file in checked:
                continue
            checked.add(case.origin.file)
            if not (root / case.origin.file).exists():
                if not self.is_hidden:
                    return str(root / case.origin.file)
                return f"the original of case {case.id} (named in {originals_of(self.folder)})"
        return None


def open_prepared(folder: Path) -> PreparedDataset:
    """Open a dataset written by `write_prepared`.

    Checked is all that costs nothing: the lengths of all files, and the digest of the table. See
    `PreparedDataset.require_whole` for the digests of the pixels.

    Raises:
        StoreError: If files are missing, damaged or do not belong together.
    """
    described = read_facts(folder)
    files = files_of(described)
    for name in (*PIXELS, "cases.parquet"):
        if fault := fault_of(folder / name, files[name], by_digest=name not in PIXELS):
            raise StoreError(f"{name} of {folder} {fault}; {AGAIN}")
    table = read_table(folder / "cases.parquet")
    originals = read_originals(folder, str(described.get("fingerprint")))
    origins = originals.origins if originals else {}
    try:
        dataset = Dataset(
            name=described["name"],
            cases=tuple(_case(row, origins) for row in table.to_dict("records")),
            left_out=tuple(LeftOut(**item) for item in described["left_out"]),
            notes=(*described["notes"], *([] if originals else [_without(folder, described)])),
            facts=described["facts"],
        )
        pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        masks = np.load(folder / "masks.npy", mmap_mode="r")
        fits = dataset.fingerprint == described["fingerprint"]
        fits &= _fit(dataset, pictures, masks, described["size"], files["references.bin"].bytes)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"cannot open {folder}: {error!r}; {AGAIN}") from error
    if not fits:
        raise StoreError(f"the files of {folder} do not belong together; {AGAIN}")
    source = originals.source if originals else None
    return PreparedDataset(dataset, pictures, masks, folder, files, source)


def _without(folder: Path, described: Mapping[str, Any]) -> str:
    return (
        f"{originals_of(folder).name} is not beside the dataset: pictures are shown at training "
        f"size ({described['size']} px), stretched back"
    )


def whole_dataset(folder: Path) -> PreparedDataset | None:
    """Open a dataset of which every byte is as it was written; None if there is none."""
    if not is_prepared(folder):
        return None
    try:
        data = open_prepared(folder)
        damaged = any(faults_of(folder).values())
    except StoreError:
        return None
    return None if damaged else data


def _fit(
    dataset: Dataset, pictures: np.ndarray, masks: np.ndarray, size: int, references: int
) -> bool:
    """Tell whether the pixels are as many as the cases need; ``references`` is in bytes."""
    shape = (len(dataset.cases), size, size)
    packed = sum(packed_bytes(case.height_px, case.width_px) for case in dataset.cases)
    return (
        pictures.shape == (*shape, 3)
        and masks.shape == shape
        and pictures.dtype == np.uint8
        and masks.dtype == bool
        and references == packed
    )


def _case(row: dict[Any, Any], origins: Mapping[str, Origin]) -> Case:
    spacing = row["row_spacing_mm"], row["column_spacing_mm"]
    return Case(
        id=str(row["case"]),
        group=str(row["group"]),
        origin=origins.get(str(row["case"])),
        height_px=int(row["height_px"]),
        width_px=int(row["width_px"]),
        foreground_px=int(row["foreground_px"]),
        spacing_mm=None if pd.isna(spacing[0]) else (float(spacing[0]), float(spacing[1])),
        digest=row["digest"],
        layer=Layer(row["stack"], row["height_mm"]) if isinstance(row["stack"], str) else None,
    )
