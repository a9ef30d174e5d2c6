"""One part of a dataset under way: some units read by one process into two files."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError, StoreError
from twinseg.core.store import FileFacts, facts_of, read_json, whole_file, write_json
from twinseg.data.case import Case
from twinseg.data.case_unit import CaseUnit, ReadCase
from twinseg.data.shrink import shrink_mask, shrink_picture
from twinseg.images.formats import origin_from_text, origin_to_text
from twinseg.images.picture import Layer, SourcePicture
from twinseg.images.unit import LeftOut

_FORMAT = 7  # to be raised when what is read or how it is shrunk changes


@dataclass(frozen=True)
class DatasetPart:
    """Units that one process reads together."""

    units: tuple[CaseUnit, ...]
    size: int  # of the training grid, in pixels
    folder: Path  # where the files of the part go

    @property
    def key(self) -> str:
        """SHA-256 that changes when a unit, or size or time of a file that it reads, does."""
        digest = hashlib.sha256(f"{_FORMAT} {self.size}".encode())
        for unit in self.units:
            digest.update(repr(unit).encode())
            for file in unit.files:
                facts = file.stat() if file.exists() else None
                digest.update(repr(facts and (facts.st_size, facts.st_mtime_ns)).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class StoredCase:
    """A case in a part: its facts, and where its bytes begin."""

    case: Case
    note: str
    marked: tuple[str, ...]
    empty_slices: tuple[int, int]  # kept, found; of a volume, said with one of its cases
    file: Path
    offset: int

    def pixels(self, size: int) -> tuple[bytes, bytes, bytes]:
        """Return picture and mask at training size, and the reference, eight pixels a byte.

        Raises:
            StoreError: If the part was damaged meanwhile.
        """
        bits = packed_bytes(self.case.height_px, self.case.width_px)
        counts = size * size * 3, size * size, bits
        with self.file.open("rb") as file:
            file.seek(self.offset)
            parts = [file.read(count) for count in counts]
        if tuple(map(len, parts)) != counts:
            raise StoreError(f"{self.file} was cut off; give the same command to read it again")
        return parts[0], parts[1], parts[2]


@dataclass(frozen=True)
class PartOutcome:
    """What a part gave."""

    stored: tuple[StoredCase, ...]
    left_out: tuple[LeftOut, ...]


def packed_bytes(height_px: int, width_px: int) -> int:
    """Bytes of a mask at eight pixels a byte."""
    return (height_px * width_px + 7) // 8


def read_part(part: DatasetPart) -> PartOutcome:
    """Read the units of ``part``, or take what an earlier process has left.

    Raises:
        MaskValuesError: If the user has to choose classes.
    """
    described = part.folder / f"{part.key[:32]}.json"
    pixels = described.with_suffix(".bin")
    content = _left_by_an_earlier_process(described, pixels)
    if content is None:
        with whole_file(pixels, flush=False) as scratch, scratch.open("wb") as file:
            rows, left_out = _read_units(part, file)
        listed = [asdict(item) for item in left_out]
        content = {"cases": rows, "left_out": listed, "pixels": asdict(facts_of(pixels))}
        write_json(described, content, for_people=False)
    stored = tuple(
        StoredCase(
            _case_from(row),
            row["note"],
            tuple(row["marked"]),
            (*row["empty_slices"],),
            pixels,
            row["offset"],
        )
        for row in content["cases"]
    )
    return PartOutcome(stored, tuple(LeftOut(**item) for item in content["left_out"]))


def _left_by_an_earlier_process(described: Path, pixels: Path) -> dict[str, Any] | None:
    """Return what is known of a part that was read before; None if there is none, or not whole.

    The pixels are not waited for when they are written, as they can be read again: after a power
    cut they may have their size and hold zeros, which the digest tells.
    """
    try:
        content: dict[str, Any] = read_json(described)
        whole = FileFacts(**content["pixels"]) == facts_of(pixels)
    except (StoreError, OSError, KeyError, TypeError):
        return None
    return content if whole else None


def _read_units(part: DatasetPart, file: BinaryIO) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    rows: list[dict[str, Any]] = []
    left_out: list[LeftOut] = []
    for unit in part.units:
        begin, known, listed = file.tell(), len(rows), len(left_out)
        for outcome in _outcomes(unit):
            if isinstance(outcome, ReadCase):
                rows.append(_write_case(outcome, part.size, file))
            elif isinstance(outcome, LeftOut):
                left_out.append(outcome)
            else:
                del rows[known:], left_out[listed:]
                file.seek(begin)
                file.truncate()
                left_out.append(LeftOut(unit.name, outcome))
    return rows, left_out


def _outcomes(unit: CaseUnit) -> Iterator[ReadCase | LeftOut | str]:
    """Yield what the unit gives; if it cannot be used, last of all why."""
    try:
        yield from unit.read()
    except MaskValuesError as error:
        raise MaskValuesError(f"{unit.name}: {error}") from error
    except DataError as error:
        yield str(error)
    except Exception as error:  # whatever a library makes of a damaged file
        line = str(error).splitlines()[0] if str(error) else "no reason given"
        yield f"cannot be read: {type(error).__name__}: {line[:200]}"


def _write_case(read: ReadCase, size: int, file: BinaryIO) -> dict[str, Any]:
    picture, packed = read.picture, np.packbits(read.mask)
    small = shrink_picture(picture.pixels, size, is_grey=picture.is_grey)
    row = {
        "id": picture.id,
        "group": picture.group,
        "origin": origin_to_text(picture.origin) if picture.origin else None,
        "height_px": read.mask.shape[0],
        "width_px": read.mask.shape[1],
        "foreground_px": int(np.count_nonzero(read.mask)),
        "spacing_mm": list(picture.spacing_mm) if picture.spacing_mm else None,
        "layer": [picture.layer.stack, picture.layer.height_mm] if picture.layer else None,
        "digest": _digest(picture, read.mask, packed),
        "note": read.note,
        "marked": list(read.marked),
        "empty_slices": list(read.empty_slices),
        "offset": file.tell(),
    }
    for pixels in (small, shrink_mask(read.mask, size), packed):
        file.write(np.ascontiguousarray(pixels).data)
    return row


def _digest(picture: SourcePicture, mask: Mask, packed: np.ndarray) -> str:
    digest = hashlib.sha256(repr(mask.shape).encode())
    shown = picture.pixels[..., 0] if picture.is_grey else picture.pixels
    digest.update(np.ascontiguousarray(shown).data)
    digest.update(packed.data)
    return digest.hexdigest()


def _case_from(row: dict[str, Any]) -> Case:
    origin = row["origin"]
    return Case(
        id=row["id"],
        group=row["group"],
        origin=origin_from_text(origin) if origin else None,
        height_px=row["height_px"],
        width_px=row["width_px"],
        foreground_px=row["foreground_px"],
        spacing_mm=tuple(row["spacing_mm"]) if row["spacing_mm"] else None,
        digest=row["digest"],
        layer=Layer(*row["layer"]) if row["layer"] else None,
    )


def parts_of(
    units: Sequence[CaseUnit], size: int, folder: Path, *, processes: int
) -> Iterator[DatasetPart]:
    """Cut ``units`` into parts: enough to keep all processes busy, few enough to cost little."""
    at_once = max(1, min(16, len(units) // (4 * processes)))
    for start in range(0, len(units), at_once):
        yield DatasetPart(tuple(units[start : start + at_once]), size, folder)
