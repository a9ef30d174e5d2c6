"""Which of the slices without foreground become cases."""

from collections.abc import Sequence


def kept(empty: Sequence[int], share: float) -> set[int]:
    """Return ``share`` of the places, evenly spaced among them."""
    steps = [int(number * share + 0.5) for number in range(len(empty) + 1)]
    return {place for place, a, b in zip(empty, steps, steps[1:], strict=False) if b > a}
