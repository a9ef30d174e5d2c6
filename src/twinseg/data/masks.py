"""One mask file to one mask: what values it holds, and which of them are the target."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.data.classes import NONZERO, Value, choose_values
from twinseg.data.decode import Decoded, decode
from twinseg.data.pictures import PICTURE_SUFFIXES

MASK_SUFFIXES = PICTURE_SUFFIXES - {".dcm"}
_MOST_COLOURS = 65_536
_ROWS_AT_ONCE = 512
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_BY_COLOUR = "masks of black and white with a palette read by colour, not by number"
# JPEG: how far from black or white at least this share of a yes-or-no mask stays.
_RINGING = {16: 0.98, 64: 0.999}
_JPEG_NOTE = "masks are lossy JPEG: grey of 128 and more is the target"


@dataclass(frozen=True)
class MaskFile:
    """A reference mask as read."""

    mask: Mask
    marked: tuple[str, ...]  # with a choice: the names found in it; else the value taken, if any
    note: str = ""  # "" or what was decided, in plain words


def read_mask(path: Path, foreground: tuple[str, ...] = ()) -> MaskFile:
    """Read a reference mask of one bit, grey, 16 bits, a palette or colours.

    A JPEG mask has lost its exact values: it is taken as yes or no, parted at 128, if 98 % of its
    pixels are within 16 of black or white and 99.9 % within 64, and refused otherwise. Lesion and
    gland masks saved at quality 75 and above are, and come out without a wrong pixel.

    Args:
        path: JPEG, PNG, TIFF, BMP or GIF of one page.
        foreground: Names of the target as `classes.check_names` returns them; without any, 0 or
            black is the background and at most one other value the target.

    Raises:
        MaskValuesError: If it does not settle which value is the target; they are listed.
        DataError: If the file cannot be read, or holds no classes.
    """
    decoded = decode(path)
    if decoded.format == "JPEG":
        return _read_lossy(decoded.image, foreground)
    values = _values(decoded)
    target = choose_values(values.shares, foreground)
    mask = values.mask(target)
    if foreground:
        marked = tuple(name for name in foreground if any(v.is_called(name) for v in target))
        notes = (values.note, _note_on_choice(values, target, foreground))
        return MaskFile(mask, marked, "; ".join(filter(None, notes)))
    names = tuple(value.shown for value in target)
    plain = names in ((), ("1",), ("255",))
    note = values.note if plain else f"masks with {names[0]} as the target"
    return MaskFile(mask, names, note)


@dataclass(frozen=True)
class _Values:
    """The pixels of a mask as whole numbers, and what each number that occurs means."""

    codes: np.ndarray  # (y, x)
    meaning: dict[int, Value]
    counts: dict[int, int]  # pixels
    note: str = ""

    @property
    def shares(self) -> dict[Value, float]:
        """Share of the pixels of each value, in [0, 1]."""
        return {self.meaning[code]: n / self.codes.size for code, n in self.counts.items()}

    def mask(self, target: frozenset[Value]) -> Mask:
        """Mark every pixel whose value is in ``target``."""
        chosen = [code for code, value in self.meaning.items() if value in target]
        marked: Mask = self.codes == chosen[0] if len(chosen) == 1 else np.isin(self.codes, chosen)
        return marked


def _note_on_choice(values: _Values, target: frozenset[Value], foreground: tuple[str, ...]) -> str:
    if any(not value.is_called(NONZERO) for value in target):
        return "value 0 (black) of masks is the target, as asked for"
    if not target and any(value.is_called(NONZERO) for value in values.shares):
        return f"some masks hold other values, but none of --foreground {','.join(foreground)}"
    return ""


def _values(decoded: Decoded) -> _Values:
    image = _without_alpha(decoded.image)
    if image.mode in ("RGB", "CMYK"):
        if decoded.bits > 8:
            raise DataError(f"mask has colours of {decoded.bits} bits; save it with 8")
        return _values_of_colours(image.convert("RGB"))
    codes = np.asarray(image)
    if codes.dtype == bool:
        codes = codes.view(np.uint8)
    if codes.ndim != 2 or codes.dtype.kind not in "ui":
        raise DataError(f"mask has mode {image.mode}, expected whole numbers; convert it")
    counts = _count(codes)
    palette = _palette(image) if image.mode == "P" else {}
    colours = {code: palette.get(code) for code in counts}
    if _is_misnumbered(colours):
        meaning = {code: Value(255 if c == _WHITE else 0) for code, c in colours.items()}
        return _Values(codes, meaning, counts, _BY_COLOUR)
    return _Values(codes, {code: Value(code, colours[code]) for code in counts}, counts)


def _is_misnumbered(colours: Mapping[int, tuple[int, int, int] | None]) -> bool:
    """Tell whether a palette of black and white calls black something else than 0."""
    used = set(colours.values())
    if len(used) < len(colours) or not used <= {_BLACK, _WHITE}:
        return False
    return any((code == 0) != (colour == _BLACK) for code, colour in colours.items())


def _values_of_colours(image: Image.Image) -> _Values:
    found = image.getcolors(_MOST_COLOURS)
    if found is None:
        raise DataError(f"mask holds over {_MOST_COLOURS:,} colours; it looks like a picture")
    counts = {np.array(colour, np.uint8).tobytes(): count for count, colour in found}
    if all(len(set(colour)) == 1 for colour in counts):
        grey = np.asarray(image.getchannel(0))
        numbers = {colour[0]: count for colour, count in counts.items()}
        return _Values(grey, {number: Value(number) for number in numbers}, numbers)
    codes = np.asarray(image.convert("RGBA")).view("<u4")[..., 0]
    opaque = {int.from_bytes(colour + b"\xff", "little"): colour for colour in counts}
    meaning = {
        code: Value(red if red == green == blue else None, (red, green, blue))
        for code, (red, green, blue) in opaque.items()
    }
    return _Values(codes, meaning, {code: counts[colour] for code, colour in opaque.items()})


def _without_alpha(image: Image.Image) -> Image.Image:
    """Return the image without its opaque alpha channel."""
    if image.mode not in ("RGBA", "LA", "PA"):
        return image
    if image.getchannel("A").getextrema() != (255, 255):
        raise DataError("mask has transparent pixels, which may be its classes; save it without")
    return image.convert("L" if image.mode == "LA" else "RGB")


def _palette(image: Image.Image) -> dict[int, tuple[int, int, int]]:
    """Colour of each number; {} of a palette that does not tell numbers apart."""
    flat = image.getpalette("RGB") or []
    colours = list(zip(flat[::3], flat[1::3], flat[2::3], strict=False))
    grey = all(colour == (number,) * 3 for number, colour in enumerate(colours))
    return {} if grey or len(set(colours)) == 1 else dict(enumerate(colours))


def _count(codes: np.ndarray) -> dict[int, int]:
    """Pixels of each value that occurs."""
    if codes.dtype == np.uint8:
        black = codes.size - int(np.count_nonzero(codes))
        white = int(np.count_nonzero(codes == 255))
        if black + white == codes.size:  # nearly every mask, in a third of the time
            return {value: n for value, n in ((0, black), (255, white)) if n}
    counts: Counter[int] = Counter()
    # Rows by rows, because NumPy counts in eight bytes a pixel.
    for start in range(0, codes.shape[0], _ROWS_AT_ONCE):
        found, times = _count_block(codes[start : start + _ROWS_AT_ONCE])
        counts.update(dict(zip(found.tolist(), times.tolist(), strict=True)))
    return dict(counts)


def _count_block(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if codes.dtype.itemsize > 2:
        return np.unique(codes, return_counts=True)
    times = np.bincount(codes.ravel())
    found = np.flatnonzero(times)
    return found, times[found]


def _read_lossy(image: Image.Image, foreground: tuple[str, ...]) -> MaskFile:
    if foreground not in ((), ("255",), ("#ffffff",), (NONZERO,)):
        raise DataError("mask is a lossy JPEG, which keeps no classes; save it as PNG")
    grey = image.convert("L")
    counts = np.array(grey.histogram())
    near = {far: (counts[: far + 1].sum() + counts[255 - far :].sum()) for far in _RINGING}
    blurred = any(near[far] < share * counts.sum() for far, share in _RINGING.items())
    if blurred or _is_all_dark(counts) or image.mode == "CMYK":
        raise DataError(
            f"mask is a lossy JPEG with {100 * near[16] / counts.sum():.3g} % of its pixels near "
            "black or white, expected 98 % and some white; save it as PNG from the original"
        )
    mask: Mask = np.asarray(grey) >= 128
    marked = (foreground or ("255",)) if mask.any() else ()
    return MaskFile(mask, marked, _JPEG_NOTE)


def _is_all_dark(counts: np.ndarray) -> bool:
    """Tell 0 and 1 saved as JPEG from an empty mask, whose pixels are exactly 0."""
    return not counts[128:].any() and bool(counts[1:].any())
