"""Which file each pseudonym among answers stands for, and which picture of the tables it became."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from twinseg.images.tree import root_of
from twinseg.study.new_pictures.items import FoundItems, Item, slices_of_series
from twinseg.study.new_pictures.journal import Done
from twinseg.study.new_pictures.others import Other

COLUMNS = ("shown", "stack", "slice", "picture", "file", "reason")
Row = tuple[str, str, int | str, str, str, str]


def true_names(
    source: Path, found: FoundItems, done: Sequence[Done], others: Sequence[Other]
) -> Iterator[Row]:
    """Yield a row for each picture of a hidden source, and for each file that is none.

    Args:
        source: Of the pictures.
        found: What was found in it.
        done: Of each item, in their order.
        others: Files that are no pictures, by their real names.
    """
    root = root_of(source)
    for item, one in zip(found.items, done, strict=False):  # slides may be said of once more
        reasons = dict(one.left_out)
        for number, picture, file in _pictures(item, one):
            name = str(file.relative_to(root)) if file.is_relative_to(root) else file.name
            shown, stack = found.shown(name), str(one.volume.get("stack", ""))
            yield shown, stack, number, picture, str(file.resolve()), reasons.get(shown, "")
    for here, truly in zip(found.left_out, found.withheld, strict=True):
        yield here.file, "", "", "", truly.file, truly.reason
    for other in others:
        yield found.shown(other.file), "", "", "", other.file, other.reason or other.what


def _pictures(item: Item, done: Done) -> Iterator[tuple[int | str, str, Path]]:
    """Yield number in the stack, id and file of each picture; "" for what could not be read."""
    known = {int(row["slice"]): str(row["picture"]) for row in done.rows}
    slices = list(slices_of_series(item.units))
    for number, one in enumerate(slices):
        yield number, known.get(number, ""), one.slice.stored.path
    if not slices:
        for number, picture in (known or {-1: ""}).items():
            yield (number if item.is_stack else ""), picture, item.units[0].files[0]
