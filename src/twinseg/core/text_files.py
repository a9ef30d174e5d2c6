"""Read a text file of others: never one without end, and never more than fits."""

import os
import stat
from pathlib import Path

from twinseg.core.errors import DataError

MOST_BYTES = 2**28  # of a table or a description, all of which are kept in memory


def read_text_file(path: Path, *, encoding: str = "utf-8") -> str:
    r"""Return what ``path`` holds, with ``\n`` at the ends of lines.

    Raises:
        DataError: If it is a pipe, a device or a link to one, or larger than `MOST_BYTES`.
        OSError: If it cannot be read.
        UnicodeDecodeError: If it is of another encoding.
    """
    # A pipe is opened without waiting for someone who writes into it.
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise DataError(f"{path} is no regular file")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"{path} has more than {MOST_BYTES // 2**20} MiB")
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
