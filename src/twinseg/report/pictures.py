"""Pictures that lie beside a page, by names that say nothing of a patient."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Picture
from twinseg.core.errors import StoreError
from twinseg.core.store import cannot_write, whole_file

_QUALITY = 86  # of JPEG


class Pictures:
    """The folder of the pictures of one page; what lay there before is gone."""

    def __init__(self, folder: Path) -> None:
        """Empty the folder.

        Raises:
            StoreError: If it holds anything but pictures.
            CannotWriteError: If it cannot be written.
        """
        self._folder, self._count = folder, 0
        if not folder.exists():
            return
        if others := sorted(path for path in folder.iterdir() if path.suffix != ".jpg"):
            raise StoreError(
                f"{folder} holds files that are not of twinseg, such as {others[0].name}; move "
                "them elsewhere and give the same command again"
            )
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise cannot_write(folder, error) from error

    def save(self, picture: Picture) -> str:
        """Write a picture as JPEG with full colour; return its address on the page."""
        self._count += 1
        return self._write(picture, f"{self._count:03d}.jpg")

    def save_beside(self, addresses: Sequence[str], name: str) -> None:
        """Write pictures that were saved beside each other as one, under a name of its own."""
        tiles = []
        for address in addresses:
            with Image.open(self._folder / Path(address).name) as tile:
                tiles.append(np.asarray(tile))
        self._write(np.hstack(tiles), name)

    def _write(self, picture: Picture, name: str) -> str:
        file = self._folder / name
        with whole_file(file, flush=False) as scratch:
            Image.fromarray(picture).save(
                scratch, "JPEG", quality=_QUALITY, subsampling=0, optimize=True
            )
        return f"{self._folder.name}/{file.name}"
