"""What a source is called outside: of a hidden one, no name or path is said or shared.

Nothing looks for names: they may be in any script, spelling or date form, in numbers and in UIDs.
All files, cases and groups of a hidden source get pseudonyms instead, whatever they are called.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from twinseg.data.case import Case
from twinseg.data.reasons import shared_reason
from twinseg.images.dicom.elements import DICOM_SUFFIXES, is_dicom
from twinseg.images.picture import Layer
from twinseg.images.tree import root_of, walk
from twinseg.images.unit import LeftOut
from twinseg.records.source_settings import SourceSettings

_DIGITS = 12  # of a pseudonym: 100,000 of them share none, with a chance of 99.998 %
_SAMPLE_BYTES = 4096  # of the begin and of the end of a file
_SHORTEST = 4  # letters of a name that is looked for in a line: 1 is mostly a number
# Words of our own lines, which say what a folder is for and name nobody.
_ROLES = {
    *("image", "images", "mask", "masks", "label", "labels", "slices", "slides", "volumes", "data"),
    *("dicom", "region", "regions", "segment", "segments", "series", "target", "source", "pairs"),
}


def is_hidden(source: Path, kind: str, settings: SourceSettings) -> bool:
    """Tell whether nothing of a source may be named: DICOM is in it, or the user says so."""
    if settings.hide_paths or kind == "dicom":
        return True
    files = (source / path for path in walk(source)) if source.is_dir() else [source]
    return may_hold_dicom(files)


def may_hold_dicom(files: Iterable[Path]) -> bool:
    """Tell whether one of ``files`` is DICOM, or calls itself so and is damaged."""
    return any(
        file.suffix.lower() in DICOM_SUFFIXES or (not file.suffix and is_dicom(file))
        for file in files
    )


def salt_of(root: Path, files: Iterable[Path]) -> bytes:
    """Return what pseudonyms are made with, the same for the same files wherever they lie.

    It stands on the names of all files together, their sizes, and 4 KiB of either end, in which
    the unique ids of DICOM and the times of others are. None of that is in a dataset, so that
    nobody who has one can look up a name by hashing likely ones; and each guess at all of it takes
    about 50 ms.

    Args:
        root: Folder that the files lie in; its own name plays no part.
        files: Those that cases are read from; absent ones are passed over.
    """
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        digest.update(os.fsencode(os.path.relpath(file, root)) + b"\0")
        try:
            with file.open("rb") as opened:
                size = opened.seek(0, os.SEEK_END)
                digest.update(str(size).encode())
                for start in (0, max(0, size - _SAMPLE_BYTES)):
                    opened.seek(start)
                    digest.update(opened.read(_SAMPLE_BYTES))
        except OSError:
            continue
    return hashlib.scrypt(digest.digest(), salt=b"twinseg", n=2**14, r=8, p=1, dklen=32)


@dataclass(frozen=True)
class Pseudonyms:
    """Names for what must not be named."""

    salt: bytes

    def of(self, word: str, name: str) -> str:
        """Return the pseudonym of ``name``, such as ``file-3f2a91c0d4e7``."""
        said = f"{word}\0{name}".encode("utf-8", "surrogateescape")
        return f"{word}-{hmac.new(self.salt, said, hashlib.sha256).hexdigest()[:_DIGITS]}"

    def file(self, name: str) -> str:
        """Return what a file, a folder or a part of one is called outside."""
        return self.of("file", name)

    def left_out(self, items: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
        """Return what was left out with no word in it but ours."""
        return tuple(LeftOut(self.file(item.file), shared_reason(item.reason)) for item in items)

    def case(self, case: Case, *, keep_group: bool) -> Case:
        """Return ``case`` with pseudonyms for its id, its stack and its group."""
        return replace(
            case,
            id=self.of("case", case.id),
            group=case.group if keep_group else self.of("group", case.group),
            layer=case.layer and Layer(self.of("stack", case.layer.stack), case.layer.height_mm),
        )


@dataclass(frozen=True)
class Lines:
    """Takes the names of a source out of lines that are said or kept."""

    source: Path
    names: Pseudonyms

    def cleaned(self, line: str, *, withheld: Sequence[str] = ()) -> str:
        """Return ``line`` with pseudonyms for every file and folder, and without other words.

        Args:
            line: As our readers made it: they write names of files as they are.
            withheld: Words out of the files, such as names of regions, that are not shared.
        """
        for root in sorted({str(self.source), str(self.source.resolve())}, key=len, reverse=True):
            line = line.replace(f"{root}{os.sep}", "").replace(root, "SOURCE")
        for name, path in self._paths:
            if name in line:
                line = re.sub(_alone(name), self.names.file(path), line)
        for word in sorted(filter(None, withheld), key=len, reverse=True):
            line = re.sub(_alone(word), "(withheld)", line)
        return line

    def mentioned(self, line: str) -> list[LeftOut]:
        """Return the files and folders that `cleaned` would hide, as it has them for a reason."""
        paths = dict.fromkeys(p for name, p in self._paths if re.search(_alone(name), line))
        return [LeftOut(path, line) for path in paths]

    @cached_property
    def _paths(self) -> list[tuple[str, str]]:
        """Whatever a line may call a file or folder by, the longest first, and its path.

        A file goes by its path or its name, and in quotes by its stem, which may be an id.
        """
        found: dict[str, str] = {}
        root = root_of(self.source)
        for path in walk(root) if self.source.is_dir() else [PurePosixPath(self.source.name)]:
            for place in (path, *path.parents[:-1]):
                if place.name.lower() not in _ROLES:
                    names = (str(place), place.name, repr(place.stem))
                    found |= dict.fromkeys(names, str(place))
        named = {name: path for name, path in found.items() if len(name) >= _SHORTEST}
        return sorted(named.items(), key=lambda item: (-len(item[0]), item))


def _alone(words: str) -> str:
    return rf"(?<!\w){re.escape(words)}(?!\w)"
