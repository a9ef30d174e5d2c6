"""Planes of many cases in one array file: written a batch at a time, read by case."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_magic, write_array_header_1_0

from twinseg.core.arrays import Planes
from twinseg.core.errors import StoreError
from twinseg.core.sealed import CHECKSUMS, read_sealed, write_sealed
from twinseg.core.store import write_json

VALUES = "values.npy"


def append_planes(folder: Path, planes: Planes) -> None:
    """Append ``planes`` to ``folder/values.npy``: float32, (case, y, x), to the bit.

    Args:
        folder: Of one kind of plane; made if need be. `finish_planes` makes it readable.
        planes: The next ones, all on one grid.
    """
    folder.mkdir(exist_ok=True)  # not those above: if they were removed, this has to fail
    path = folder / VALUES
    # Plain writes, no memory map: on a full disk a map ends the process without a word.
    with path.open("r+b" if path.exists() else "w+b") as file:
        before = _open_values(path).count if path.stat().st_size else 0
        shape = (before + len(planes), *planes.shape[1:])
        # NumPy leaves room in the header, so that it can tell of more planes without growing.
        write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        file.seek(0, 2)
        file.write(planes.astype("<f4").tobytes())


def finish_planes(folder: Path, case_ids: Sequence[str]) -> None:
    """Write ``folder/checksums.json``: whose planes were appended, in order, with their CRC-32.

    ``cases.json`` beside it says the former alone, for other programs.
    """
    write_json(folder / "cases.json", list(case_ids))
    values = _open_values(folder / VALUES) if (folder / VALUES).exists() else None
    sums = [_checksum(plane) for plane in values.planes(range(values.count))] if values else []
    write_sealed(folder / CHECKSUMS, {"cases": [*case_ids], "crc32": sums})


@dataclass(frozen=True)
class PlaneFile:
    """The planes of many cases, opened once; nothing but what is asked for is read.

    Attributes:
        folder: Of one kind of plane.
        values: All planes, in the order of the cases.
        places: Place of each case, by its id.
        sums: CRC-32 of each plane.
        advice: How to go on if one is damaged; ends the line of the error.
    """

    folder: Path
    values: "PlaneValues"
    places: Mapping[str, int]
    sums: Sequence[int]
    advice: str

    @property
    def case_ids(self) -> list[str]:
        """Ids of the cases in the order of their planes."""
        return list(self.places)

    def read(self, case_ids: Sequence[str]) -> Planes:
        """Read the planes of ``case_ids``, in that order.

        Raises:
            StoreError: If one is damaged, or there is nothing of a case.
        """
        if missing := [case_id for case_id in case_ids if case_id not in self.places]:
            raise StoreError(f"{self.folder} holds nothing of case {', '.join(missing[:5])}")
        wanted = [self.places[case_id] for case_id in case_ids]
        try:
            planes = list(self.values.planes(wanted))
        except (OSError, ValueError) as error:  # gone or cut off since it was opened
            raise _damaged(self.folder / VALUES, self.advice) from error
        for place, plane in zip(wanted, planes, strict=True):
            if _checksum(plane) != self.sums[place]:
                raise _damaged(self.folder / VALUES, self.advice)
        return np.stack(planes) if planes else np.empty((0, *self.values.shape), np.float32)


def open_planes(folder: Path, *, advice: str | None = None) -> PlaneFile:
    """Open all planes of a folder; files that are as they were are not opened again.

    Args:
        folder: Of one kind of plane.
        advice: How to go on if they are damaged; ends the line of the error.

    Raises:
        StoreError: If the files are absent, damaged or do not belong together.
    """
    advice = advice or f"delete the folder {folder} and give the same command again to make it anew"
    stamps = []
    for file in (folder / VALUES, folder / CHECKSUMS):
        try:
            facts = file.stat()
        except OSError as error:
            raise _damaged(file, advice) from error
        stamps.append((facts.st_size, facts.st_mtime_ns, facts.st_ino))
    return _opened(folder, advice, *stamps)


@lru_cache(maxsize=32)  # of some models and kinds of plane, which are read in turn
def _opened(folder: Path, advice: str, *_stamps: tuple[int, int, int]) -> PlaneFile:
    known = read_sealed(folder / CHECKSUMS, advice=advice)
    places = {case_id: place for place, case_id in enumerate(known["cases"])}
    try:
        values = _open_values(folder / VALUES)
    except Exception as error:  # whatever NumPy makes of a damaged header
        raise _damaged(folder / VALUES, advice) from error
    if values.count != len(places):
        raise _damaged(folder / VALUES, advice)
    return PlaneFile(folder, values, places, known["crc32"], advice)


@dataclass(frozen=True)
class PlaneValues:
    """The planes of a file by their place; read, not mapped, so that no memory stays with them."""

    file: Path
    count: int
    shape: tuple[int, int]
    begin: int  # of the first plane, in bytes

    def planes(self, places: Iterable[int]) -> Iterator[np.ndarray]:
        """Yield planes, float32 (y, x).

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is cut off.
        """
        size = 4 * self.shape[0] * self.shape[1]
        with self.file.open("rb") as file:
            for place in places:
                file.seek(self.begin + place * size)
                yield np.frombuffer(file.read(size), "<f4").reshape(self.shape)


def _open_values(path: Path) -> PlaneValues:
    """Read the header of a file of planes.

    Raises:
        ValueError: If it is none, or shorter than it says.
    """
    with path.open("rb") as file:
        read_magic(file)
        shape, is_fortran, kind = read_array_header_1_0(file)
        begin = file.tell()
    if len(shape) != 3 or kind != np.dtype("<f4") or is_fortran:
        raise ValueError(f"{path} holds no planes of float32")
    count, *side = shape
    if path.stat().st_size != begin + 4 * count * side[0] * side[1]:
        raise ValueError(f"{path} is not as long as its header says")
    return PlaneValues(path, count, (side[0], side[1]), begin)


def _checksum(plane: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(plane).data)


def _damaged(path: Path, advice: str) -> StoreError:
    return StoreError(f"cannot read {path}: it is absent or damaged; {advice}")
