"""Unpack a zip file that comes from elsewhere: nothing outside, nothing half."""

import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError, StoreError
from twinseg.core.progress import Progress
from twinseg.core.store import whole_folder

MOST_BYTES = 64 * 2**30
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, RuntimeError, ValueError),  # other packings, pass words, bad names
)


def unpack(archive: Path, folder: Path, *, progress: Progress) -> None:
    """Unpack ``archive`` as ``folder``, which must not exist; whole or absent.

    Raises:
        DataError: If the archive is damaged, leads out of the folder or holds more than
            `MOST_BYTES`; nothing is unpacked then.
        StoreError: If ``folder`` exists or the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            _require_harmless(archive.name, members)
            _require_room(archive, members)
            with (
                whole_folder(folder) as scratch,
                progress.task(f"unpacking {archive.name}", len(members), unit="files") as task,
            ):
                for member in members:
                    packed.extract(member, scratch)
                    task.advance()
    except _DAMAGED as error:
        raise DataError(
            f"{archive.name} cannot be unpacked ({error}); delete it and give the same command"
        ) from error


def _require_harmless(name: str, members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        link = stat.S_ISLNK(member.external_attr >> 16)
        drive = ":" in "".join(path.parts[:1])
        if path.is_absolute() or ".." in path.parts or drive or link:
            raise DataError(
                f"{name} holds {member.filename!r}, which leads out of its folder; it was not "
                "unpacked, do not trust it"
            )


def _require_room(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    size = sum(member.file_size for member in members)
    if size > MOST_BYTES:
        raise DataError(
            f"{archive.name} holds {size / 2**30:.0f} GiB, expected at most "
            f"{MOST_BYTES / 2**30:.0f}; unpack it by hand if that is right and give --from FOLDER"
        )
    free = shutil.disk_usage(archive.parent).free
    if size > free:
        raise StoreError(
            f"{archive.name} needs {size / 2**30:.1f} GiB unpacked, {free / 2**30:.1f} are free in "
            f"{archive.parent}; make room or choose another folder"
        )
