"""Which values of a mask are the target: chosen by the user, or plain; never guessed."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from twinseg.core.errors import DataError, MaskValuesError

NONZERO = "nonzero"  # every value but 0: masks that number their objects
_MOST_LISTED = 8
_ABOVE = re.compile(r"> ?[0-9]+(\.[0-9]+)?")
_FEWEST_GREYS = 100  # the brightest value of a soft mask: below, values number classes
_NEAR = 1 / 16  # of the brightest value: so far a JPEG of low loss strays from black and white
_VOID = (255, (224, 224, 192))  # number and colour of what PASCAL VOC leaves undecided
_PLAIN = {"1", "255"}  # what programs write for yes


@dataclass(frozen=True, order=True)
class Value:
    """One value of a mask as its file holds it."""

    number: int | None  # None: a colour without a number
    colour: tuple[int, int, int] | None = None  # of a palette or of red, green, blue

    def __str__(self) -> str:
        if self.number is None:
            return self.hex
        return f"{self.number} ({self.hex})" if self.colour else str(self.number)

    @property
    def hex(self) -> str:
        """The colour as ``#rrggbb``; of a value without palette its grey, "" above 255."""
        if self.colour:
            return "#{:02x}{:02x}{:02x}".format(*self.colour)
        number = self.number or 0
        return "#" + f"{number:02x}" * 3 if number < 256 else ""

    @property
    def name(self) -> str:
        """What ``--foreground`` calls it."""
        return self.hex if self.number is None else str(self.number)

    @property
    def shown(self) -> str:
        """What the eye sees: the colour if there is one, of white 255, else the number."""
        if self.colour and self.hex != "#ffffff":
            return self.hex
        return "255" if self.colour else self.name

    @property
    def grey(self) -> int | None:
        """How bright it is: the grey of its colour, else its number; None of a real colour."""
        if self.colour is None:
            return self.number
        return self.colour[0] if len(set(self.colour)) == 1 else None

    def is_called(self, name: str) -> bool:
        """Tell whether ``--foreground`` means this value by ``name``."""
        if name.startswith(">"):
            return self.grey is not None and self.grey > least_of(name)
        if name == NONZERO:
            return self.number != 0 and self.hex != "#000000"
        return name == (self.hex if name.startswith("#") else self.name)


def least_of(name: str) -> float:
    """Return the number that values of ``>127`` are above."""
    return float(name[1:])


def check_names(foreground: Iterable[str]) -> tuple[str, ...]:
    """Return names of ``--foreground`` in lower case, ``03`` as ``3``.

    Raises:
        DataError: If one is neither a whole number, nor a colour, nor ``>127``, nor ``nonzero``.
    """
    names = []
    for given in foreground:
        name = given.strip().lower()
        if name.isascii() and name.isdigit():
            name = str(int(name))
        elif _ABOVE.fullmatch(name):
            name = name.replace(" ", "")
        elif name != NONZERO and not re.fullmatch("#[0-9a-f]{6}", name):
            raise DataError(
                f"--foreground {given!r} is no class of a mask file; give values such as 3,4,5, "
                f'colours such as "#ff0000", a least grey such as ">127", or {NONZERO}'
            )
        names.append(name)
    return tuple(names)


def tells_colours_apart(values: Collection[Value]) -> bool:
    """Tell whether every value has a colour of its own, so that the colours are what counts."""
    return len({value.colour for value in values if value.colour}) == len(values)


def choose_values(shares: Mapping[Value, float], foreground: tuple[str, ...]) -> frozenset[Value]:
    """Return the values that are the target.

    Without ``foreground``, 0 is the background and at most one other value the target. Of
    colours, also of a palette, black is the background whatever its number: programs that save
    palettes number the colours as they please (some ISIC masks have white as 0).

    Args:
        shares: Values of a mask with their share of its pixels.
        foreground: Names as `check_names` returns them; may be empty.

    Raises:
        MaskValuesError: If ``foreground`` is empty and the mask does not settle it.
    """
    if foreground:
        above = [name for name in foreground if name.startswith(">")]
        coloured = [value for value in shares if value.grey is None]
        if above and coloured:
            raise MaskValuesError(
                f"mask holds colours such as {coloured[0].hex}, which {above[0]} does not part; "
                f'choose colours, such as --foreground "{coloured[0].hex}"'
            )
        return frozenset(
            value for value in shares if any(value.is_called(name) for name in foreground)
        )
    if tells_colours_apart(shares):
        background = {value for value in shares if value.hex == "#000000"}
    else:
        background = {value for value in shares if value.number == 0}
    target = shares.keys() - background
    if len(target) > 1:
        raise MaskValuesError(_question(shares))
    return frozenset(target)


def check_marked(marked: Iterable[tuple[str, ...]], foreground: tuple[str, ...]) -> str:
    """Check over all masks of a dataset what each one calls its target.

    Args:
        marked: For each mask, the names of its values that were taken as target.
        foreground: Names that were asked for; may be empty.

    Returns:
        A note on classes that no mask holds; "" if there are none.

    Raises:
        MaskValuesError: If nothing was asked for and masks mark different values: two classes,
            each alone in its mask, would become one.
    """
    found = {name for names in marked for name in names}
    if not foreground:
        kinds = {"1 or 255" if name in _PLAIN else name for name in found}
        if len(kinds) > 1:
            listed = sorted(found)
            raise MaskValuesError(
                f"masks mark different values ({', '.join(listed)}), each alone; choose the "
                f"target, such as --foreground {_quoted(listed)}"
            )
        return ""
    missing = [name for name in foreground if name not in found | {NONZERO}]
    return f"no mask holds {', '.join(missing)} of --foreground" if missing else ""


def _question(shares: Mapping[Value, float]) -> str:
    ordered = sorted(shares, key=lambda value: (-shares[value], value.name))
    listed = ", ".join(
        f"{value} in {100 * shares[value]:.3g} %" for value in ordered[:_MOST_LISTED]
    )
    more = len(ordered) - _MOST_LISTED
    listed += f" and {more} more" if more > 0 else ""
    if middle := _middle_of_soft_edge(shares):
        return (
            f"mask holds {len(ordered)} values: {listed} of its pixels; if grey is a soft edge, "
            f'part it by --foreground ">{middle}"; if values are classes, choose the target, '
            f"such as --foreground {_quoted(_example(ordered)[-1:])}"
        )
    advice = f"choose the target, such as --foreground {_quoted(_example(ordered))}"
    if more > 0:
        advice += f"; if each number is one object, --foreground {NONZERO}"
    return f"mask holds {len(ordered)} values: {listed} of its pixels; {advice}"


def _middle_of_soft_edge(shares: Mapping[Value, float]) -> int | None:
    """Half of the brightest value if greys between it and 0 are few; None: values are classes."""
    greys = {value.grey or 0: share for value, share in shares.items() if value.grey is not None}
    top = max(greys, default=0)
    if len(greys) < max(3, len(shares)) or 0 not in greys or top < _FEWEST_GREYS:
        return None
    near = top * _NEAR if any(top * (1 - _NEAR) < grey < top for grey in greys) else 0
    between = sum(share for grey, share in greys.items() if near < grey < top - near)
    is_soft = between <= greys[top] or (top == 255 and len(greys) > _MOST_LISTED)
    return top // 2 if is_soft else None


def _example(ordered: list[Value]) -> list[str]:
    """All but the background, which is 0, else black, else the largest."""
    background = next(
        (value for value in ordered if value.number == 0 or value.hex == "#000000"), ordered[0]
    )
    rest = [value for value in ordered if value not in (background, Value(*_VOID))]
    return [value.name for value in sorted(rest or ordered, key=_by_number)[:_MOST_LISTED]]


def _by_number(value: Value) -> tuple[int, str]:
    return (-1 if value.number is None else value.number, value.name)


def _quoted(names: list[str]) -> str:
    text = ",".join(names)
    return f'"{text}"' if set(text) & set("#>") else text
