"""The values that a mask file holds, as whole numbers, and what each of them means."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.classes import Value, least_of
from twinseg.images.files.decode import MOST_PIXELS, Decoded

_MOST_COLOURS = 65_536
_ROWS_AT_ONCE = 512
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_BY_COLOUR = "masks of black and white with a palette read by colour, not by number"
_OF_IMAGEJ = "masks of ImageJ that show 0 as white: their numbers count as stored"
_BY_ALPHA = "masks drawn in black on nothing: what is opaque is the target"
_ON_BLACK = "transparent pixels of masks are background"
_FEWEST_IN_RAMP = 17  # colours of a palette that is taken for an inverting one
_WHOLE = 1e-3  # how far labels may be from whole numbers
ROUNDED = f"labels within {_WHOLE:g} of whole numbers rounded"


@dataclass(frozen=True)
class Values:
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


def values_of(decoded: Decoded, foreground: tuple[str, ...]) -> Values:
    """Return the values of a decoded mask.

    TIFF that stores white as 0, and palettes of that kind, say one thing to the eye and another
    by number. In TIFF of ImageJ, which marks objects by 255 and shows them black, the numbers
    count. Of all others (PNG of ImageJ marks what is black, some of ISIC what is white) the user
    says by ``foreground`` whether what is shown white or black is meant.

    Raises:
        MaskValuesError: If that is not said.
        DataError: If the mask holds no classes.
    """
    image, note = _without_alpha(decoded)
    if image.mode in ("RGB", "CMYK"):
        if decoded.bits > 8:
            raise DataError(f"mask has colours of {decoded.bits} bits; save it with 8")
        return _with_note(_values_of_colours(image.convert("RGB")), note)
    codes = np.asarray(image)
    if decoded.white_is_zero:
        codes, note = _of_white_as_0(codes, decoded, foreground), _OF_IMAGEJ
        note = note if decoded.of_imagej else ""
    palette = _palette(image) if image.mode == "P" else {}
    if _is_inverting(palette):
        _require_colour(foreground, "has a palette from white for 0 to black for 255")
    found = values_of_numbers(codes, foreground)
    colours = {code: palette.get(code) for code in found.counts}
    if _is_misnumbered(colours):
        meaning = {code: Value(255 if c == _WHITE else 0) for code, c in colours.items()}
        return Values(found.codes, meaning, found.counts, _BY_COLOUR)
    if palette:
        found = replace(found, meaning={code: Value(code, colours[code]) for code in found.counts})
    return _with_note(found, note)


def read_array(path: Path) -> np.ndarray:
    """Read a mask of NumPy, (y, x), or (y, x, 3) of colours; axes of length 1 are left out.

    Raises:
        DataError: If it is damaged, too large or of another shape.
    """
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # whatever a damaged header makes of NumPy's parser
        raise DataError("cannot be read as an array of NumPy (.npy)") from error
    shape = stored.shape if isinstance(stored, np.ndarray) else ()
    if not isinstance(stored, np.ndarray) or stored.size > MOST_PIXELS * 3:
        raise DataError(f"holds no single array of at most {MOST_PIXELS:,} pixels")
    array = np.array(stored).squeeze()
    colours = array.ndim == 3 and array.shape[2] == 3 and array.dtype == np.uint8
    if (array.ndim != 2 and not colours) or array.dtype.kind not in "buif":
        raise DataError(f"holds {array.dtype} of shape {shape}, expected numbers (y, x)")
    return array


def values_of_array(array: np.ndarray, foreground: tuple[str, ...]) -> Values:
    """Return the values of an array of `read_array`; see `values_of`."""
    if array.ndim == 3:
        return _values_of_colours(Image.fromarray(array))
    return values_of_numbers(array, foreground)


def values_of_numbers(codes: np.ndarray, foreground: tuple[str, ...]) -> Values:
    """Return the values of numbers (y, x), whole ones or within 0.001 of them.

    Raises:
        MaskValuesError: If there are fractions, and ``foreground`` names no least value.
    """
    note = ""
    if codes.dtype == bool:
        codes = codes.view(np.uint8)
    if codes.ndim != 2 or codes.dtype.kind not in "uif":
        raise DataError(f"mask holds {codes.dtype}, expected whole numbers; convert it")
    require_numbers(codes, "mask")
    if codes.dtype.kind == "f":
        if (whole := whole_numbers(codes)) is None:
            return _parted(codes, foreground)
        note = "" if (whole == codes).all() else ROUNDED
        codes = whole
    require_none_below_0(codes, "mask", foreground)
    counts = _count(codes)
    return Values(codes, {code: Value(code) for code in counts}, counts, note)


def require_numbers(values: np.ndarray, what: str) -> None:
    """Raise DataError if ``values`` of ``what`` hold NaN or are infinite."""
    if values.dtype.kind != "f" or not values.size:
        return
    if not (np.isfinite(values.min()) and np.isfinite(values.max())):
        raise DataError(f"{what} holds values that are no numbers (NaN or infinite)".lstrip())


def require_none_below_0(values: np.ndarray, what: str, foreground: tuple[str, ...]) -> None:
    """Raise DataError if whole numbers of ``what`` are below 0, unless they are parted (``>0.5``).

    Such are numbers above 127 that were stored as signed ones, or marks of what does not count:
    neither background nor target.
    """
    parted = bool(foreground) and all(name.startswith(">") for name in foreground)
    if not parted and (least := values.min(initial=0)) < 0:
        raise DataError(
            f"{what} holds values below 0 (the least is {least:g}), expected labels such as 0, 1, "
            "2; save it with unsigned numbers and 0 as background".lstrip()
        )


def whole_numbers(values: np.ndarray) -> np.ndarray | None:
    """Return floats as whole numbers if all are within 0.001 of them; else None."""
    nearest = np.rint(values)
    if not np.isfinite(values).all() or (np.abs(values - nearest) > _WHOLE).any():
        return None
    whole: np.ndarray = nearest.astype(np.int64)
    return whole


def _parted(values: np.ndarray, foreground: tuple[str, ...]) -> Values:
    """Yes or no of fractions, which is above one of the least values asked for."""
    least = [least_of(name) for name in foreground if name.startswith(">")]
    if len(least) < max(1, len(foreground)):
        low, high = float(values.min()), float(values.max())
        raise MaskValuesError(fractions_question(low, high))
    codes = (values > min(least)).view(np.uint8)
    # A number for yes that every name means, and 0 for no.
    yes = int(min(least)) + 1
    return Values(codes, {0: Value(0), 1: Value(yes)}, _count(codes), "")


def fractions_question(low: float, high: float) -> str:
    """Say that values of a mask are fractions, and how to part them."""
    return (
        f"mask holds fractions from {low:.3g} to {high:.3g}, expected whole numbers; part them, "
        f'such as by --foreground ">{(low + high) / 2:.2g}"'
    )


def _with_note(values: Values, note: str) -> Values:
    return replace(values, note="; ".join(filter(None, (note, values.note))))


def _of_white_as_0(shown: np.ndarray, decoded: Decoded, foreground: tuple[str, ...]) -> np.ndarray:
    """Return numbers as stored if ImageJ wrote them, else as shown if colours were asked for."""
    if shown.dtype == bool:
        shown = shown.astype(np.uint8) * np.uint8(255)
    if decoded.of_imagej:
        return shown if decoded.bits > 8 else 255 - shown  # Pillow inverts up to 8 bits
    if decoded.bits > 8:
        raise DataError(f"mask stores white as 0 in {decoded.bits} bits; save it with black as 0")
    _require_colour(foreground, "stores white as 0 (TIFF, WhiteIsZero)")
    return shown


def _require_colour(foreground: tuple[str, ...], what: str) -> None:
    """Ask for a colour where numbers and what is shown say the opposite."""
    if not foreground or not all(name.startswith("#") for name in foreground):
        raise MaskValuesError(
            f"mask {what}, so that white or black may be the target; "
            'choose what is shown white, --foreground "#ffffff", or black, --foreground "#000000"'
        )


def _is_inverting(palette: Mapping[int, tuple[int, int, int]]) -> bool:
    """Tell a palette from white for 0 to black for 255, as ImageJ's is."""
    ramp = all(colour == (255 - code,) * 3 for code, colour in palette.items())
    return ramp and len(palette) >= _FEWEST_IN_RAMP


def _is_misnumbered(colours: Mapping[int, tuple[int, int, int] | None]) -> bool:
    """Tell whether a palette of black and white calls black something else than 0."""
    used = set(colours.values())
    if len(used) < len(colours) or not used <= {_BLACK, _WHITE}:
        return False
    return any((code == 0) != (colour == _BLACK) for code, colour in colours.items())


def _values_of_colours(image: Image.Image) -> Values:
    found = image.getcolors(_MOST_COLOURS)
    if found is None:
        raise DataError(f"mask holds over {_MOST_COLOURS:,} colours; it looks like a picture")
    counts = {np.array(colour, np.uint8).tobytes(): count for count, colour in found}
    if all(len(set(colour)) == 1 for colour in counts):
        grey = np.asarray(image.getchannel(0))
        numbers = {colour[0]: count for colour, count in counts.items()}
        return Values(grey, {number: Value(number) for number in numbers}, numbers)
    codes = np.asarray(image.convert("RGBA")).view("<u4")[..., 0]
    opaque = {int.from_bytes(colour + b"\xff", "little"): colour for colour in counts}
    meaning = {
        code: Value(red if red == green == blue else None, (red, green, blue))
        for code, (red, green, blue) in opaque.items()
    }
    return Values(codes, meaning, {code: counts[colour] for code, colour in opaque.items()})


def _without_alpha(decoded: Decoded) -> tuple[Image.Image, str]:
    """Return the image laid on black if it is transparent, and what was decided."""
    image = decoded.image
    if image.mode not in ("RGBA", "LA", "PA"):
        return image, ""
    if decoded.bits > 8:
        raise DataError(f"mask has colours of {decoded.bits} bits; save it with 8")
    opacity = np.asarray(image.getchannel("A"))
    if opacity.min(initial=255) == 255:
        return image.convert("L" if image.mode == "LA" else "RGB"), ""
    colours = np.asarray(image.convert("RGBA"))[..., :3]
    if opacity.any() and not colours[opacity > 0].any():
        return Image.fromarray(opacity), _BY_ALPHA
    laid = np.rint(colours * (opacity[..., None] / 255)).astype(np.uint8)
    return Image.fromarray(laid), _ON_BLACK


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
    if codes.dtype.itemsize > 2 or codes.dtype.kind == "i":  # bincount takes none below 0
        return np.unique(codes, return_counts=True)
    times = np.bincount(codes.ravel())
    found = np.flatnonzero(times)
    return found, times[found]
