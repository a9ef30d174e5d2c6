"""Text of others, such as names of files, made harmless where it is printed or put into a table."""

import re
import unicodedata

# Control, formatting (direction overrides, zero width), surrogates, line and paragraph ends.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Spreadsheets take these for the begin of a formula, the wide ones in East Asian versions; and
# where they part cells at semicolons or tabs, a cell may begin in the middle of a text.
_BEGIN = r"(?<![^;\t\r\n])"
_FORMULA = r"(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
_TO_QUOTE, _QUOTED = re.compile(_BEGIN + _FORMULA), re.compile(f"{_BEGIN}'{_FORMULA}")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def visible(text: str) -> str:
    r"""Return ``text`` with everything that cannot be seen written out, such as ``\x1b``.

    Escape sequences of terminals, line ends, marks that reverse the direction of writing and
    characters of no width: a file called with one of them cannot forge what is said.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        ascii(character)[1:-1] if unicodedata.category(character) in UNSEEN else character
        for character in text
    )


def to_cell(value: object) -> object:
    """Return ``value`` for a CSV file: text that a spreadsheet would run gets a quote before it.

    Numbers, and text that is nothing but a number, stay as they are. `from_cell` takes the quote
    away again.
    """
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return _TO_QUOTE.sub("'", value)
    return value


def from_cell(text: str) -> str:
    """Return the text that `to_cell` was given."""
    return _QUOTED.sub("", text)
