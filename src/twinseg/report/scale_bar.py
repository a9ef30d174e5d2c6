"""How long a scale bar is, and what stands beside it."""

from dataclasses import dataclass
from math import floor, log10

_LARGEST_SHARE = 0.3  # of the width of a picture
_STEPS = (5, 2, 1)
_UM_BELOW_MM = 0.1
_UM_IN_MM = 1000


@dataclass(frozen=True)
class ScaleBar:
    """A bar beneath which its length stands.

    Attributes:
        length_px: Of the picture's own pixels, along its columns.
        text: Such as "10 mm".
    """

    length_px: float
    text: str


def scale_bar(width_px: int, spacing_mm: tuple[float, float] | None) -> ScaleBar:
    """Choose the longest bar of 1, 2 or 5 times a power of ten within 30 % of a picture's width.

    Args:
        width_px: Columns of the picture, > 0.
        spacing_mm: Of rows and of columns, > 0; without it the bar is of whole pixels, of one at
            least.
    """
    if spacing_mm is None:
        pixels = max(1.0, _nice(_LARGEST_SHARE * width_px))
        return ScaleBar(pixels, f"{pixels:.0f} px")
    long_mm = _nice(_LARGEST_SHARE * width_px * spacing_mm[1])
    text = f"{_plain(long_mm)} mm"
    if long_mm < _UM_BELOW_MM:
        text = f"{_plain(long_mm * _UM_IN_MM)} µm"
    return ScaleBar(long_mm / spacing_mm[1], text)


def _plain(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _nice(longest: float) -> float:
    power = 10.0 ** floor(log10(longest) + 1e-9)
    lengths = [step * power for step in _STEPS if step * power <= longest * (1 + 1e-9)]
    return float(f"{lengths[0]:.3g}")
