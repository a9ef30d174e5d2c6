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
# Escape sequences of terminals; and a backslash that could be taken for one that we wrote.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\\(?=x[0-9a-f]{2})")
_WRITTEN_OUT = re.compile(r"\\x(0[0-8bcef]|1[0-9a-f]|5c|7f|[89][0-9a-f])")
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
    r"""Return ``value`` for a CSV file: text that a spreadsheet would run gets a quote before it.

    Control characters but tab and line ends are written out, such as ``\x1b``: a terminal that
    shows the file obeys none. Numbers, and text that is nothing but a number, stay as they are.
    `from_cell` gives the text back.
    """
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", _TO_QUOTE.sub("'", value))
    return value


def from_cell(text: str) -> str:
    """Return the text that `to_cell` was given."""
    return _QUOTED.sub("", _WRITTEN_OUT.sub(lambda found: chr(int(found[1], 16)), text))
