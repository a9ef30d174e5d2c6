"""Download one file: the one door to pooch, which checks hashes; what it lacks is to go on."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twinseg.core.errors import DataError, StoreError
from twinseg.core.progress import Progress, Task

TRIES = 5
_CHUNK_BYTES = 1 << 14  # what is lost where a connection is cut
_TIMEOUT_S = 60.0
_MIB = 2**20


def download(
    url: str,
    path: Path,
    *,
    sha256: str | None,
    progress: Progress,
    pause_s: float = 1.0,
) -> str:
    """Download ``url`` to ``path``; the file is whole or absent, a cut download goes on.

    Args:
        url: HTTP or HTTPS.
        path: File to write; one that is there is only checked.
        sha256: What it must hash to; None if nobody says.
        progress: Where to show how far it is.
        pause_s: Before the second try; doubled with each.

    Returns:
        The SHA-256 of the file.

    Raises:
        DataError: If the server cannot be reached, does not have it, or the hash is another.
        StoreError: If the disk is full or cannot be written.
    """
    import pooch

    if path.exists() and sha256 in (None, pooch.file_hash(path)):
        return str(pooch.file_hash(path))
    pooch.get_logger().setLevel("ERROR")  # what it says is said here
    working = path.with_name(f".{path.name}.download")
    try:
        working.mkdir(parents=True, exist_ok=True)
        found = pooch.retrieve(
            url,
            known_hash=f"sha256:{sha256}" if sha256 else None,
            fname=path.name,
            path=working,
            downloader=Resuming(working, path.name, progress, pause_s),
        )
        digest = str(pooch.file_hash(found))
        Path(found).replace(path)
    except ValueError as error:
        shutil.rmtree(working)
        raise DataError(
            f"{path.name} is not the file that was published: its SHA-256 differs; it was removed, "
            "give the same command to fetch it again"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}; make room") from error
    shutil.rmtree(working)
    return digest


class Resuming:
    """Downloader for pooch that keeps what came and asks for the rest (RFC 9110, 14: Range)."""

    def __init__(self, folder: Path, title: str, progress: Progress, pause_s: float) -> None:
        self.part = folder / "part"
        self.version = folder / "etag"
        self.title = title
        self.progress = progress
        self.pause_s = pause_s

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        """Write what is at ``url`` to ``output_file``.

        Raises:
            DataError: If it cannot be had, after some tries.
        """
        failed = ""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(self.pause_s * 2 ** (attempt - 1))
            failed = self._go_on(url)
            if not failed:
                self.part.replace(output_file)
                return
        raise DataError(f"cannot fetch {url}: {failed}; give the same command to go on")

    def _go_on(self, url: str) -> str:
        """Fetch what is missing; return why that failed, "" if all is there."""
        import requests

        have = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self.version.exists():
                headers["If-Range"] = self.version.read_text()
        try:
            with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
                return self._keep(answer, have)
        except requests.ConnectionError as error:
            return f"the connection failed ({_innermost(error)})"
        except requests.exceptions.ChunkedEncodingError:
            return "the connection was cut"
        except requests.RequestException as error:
            return type(error).__name__

    def _keep(self, answer: Any, have: int) -> str:
        if answer.status_code == 416:  # nothing after what we have: other or longer than theirs
            self.part.unlink(missing_ok=True)
            return "the file changed while it was fetched"
        if answer.status_code >= 500 or answer.status_code == 429:
            return f"the server answers {answer.status_code}"
        if answer.status_code not in (200, 206):
            raise DataError(f"cannot fetch {answer.url}: the server answers {answer.status_code}")
        went_on = answer.status_code == 206 and _begin(answer) == have
        have = have if went_on else 0
        length = answer.headers.get("Content-Length", "")
        rest = int(length) if length.isdigit() else 0
        self._remember(answer)
        self._require_room(rest)
        with self.part.open("ab" if went_on else "wb") as file, self._bar(have, rest) as task:
            for chunk in answer.iter_content(_CHUNK_BYTES):
                before = file.tell()
                file.write(chunk)
                task.advance(file.tell() // _MIB - before // _MIB)
            got = file.tell()
        return "" if not rest or got == have + rest else f"cut off at {got} of {have + rest} bytes"

    def _remember(self, answer: Any) -> None:
        """Keep the name of this version, so that the rest of another one is never joined to it."""
        version = answer.headers.get("ETag", "")
        if version and not version.startswith("W/"):
            self.version.write_text(version)
        else:
            self.version.unlink(missing_ok=True)

    def _require_room(self, size: int) -> None:
        free = shutil.disk_usage(self.part.parent).free
        if size > free:
            raise StoreError(
                f"{self.title} needs {size / 2**30:.1f} GiB, {free / 2**30:.1f} are free in "
                f"{self.part.parent}; make room or choose another folder"
            )

    @contextmanager
    def _bar(self, have: int, rest: int) -> Iterator[Task]:
        total = (have + rest) // _MIB
        with self.progress.task(self.title, total, done=have // _MIB, unit="MiB") as task:
            yield task


def _begin(answer: Any) -> int:
    """First byte of a partial answer; -1 if it does not say."""
    begin = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(begin) if begin.isdigit() else -1


def _innermost(error: BaseException) -> str:
    while error.__context__ or error.__cause__:
        error = error.__cause__ or error.__context__ or error
    return str(error).partition("\n")[0] or type(error).__name__
