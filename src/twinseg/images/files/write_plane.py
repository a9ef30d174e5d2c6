"""Write one value a pixel as a picture file that keeps it to the bit."""

from pathlib import Path

import tifffile

from twinseg.core.arrays import Plane
from twinseg.core.store import whole_file


def write_plane(file: Path, plane: Plane) -> None:
    """Write a plane as TIFF of float32; whole or absent.

    Raises:
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    with whole_file(file, flush=False) as scratch:
        tifffile.imwrite(scratch, plane, compression="zlib", photometric="minisblack")
