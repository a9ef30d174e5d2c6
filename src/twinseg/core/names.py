"""Ids become names of files: which can, on every system that a study may be copied to."""

import re
import unicodedata

from twinseg.core.plain_text import UNSEEN
from twinseg.core.store import LONGEST_NAME_BYTES

_MOST_BYTES = LONGEST_NAME_BYTES - len(".png")  # of an id: no longer suffix is put behind one
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_NOT_ON_WINDOWS = set('<>:"|?*')


def why_no_file_name(name: str) -> str:
    """Say why a file cannot be called ``name`` and a suffix of four bytes; "" if it can."""
    if not name.strip(" ."):
        return "it is made of dots or blanks" if name else "it is empty"
    if set(name) & set("/\\"):
        return "it has / or \\ in it"
    if any(unicodedata.category(character) in UNSEEN for character in name):
        return "it has characters in it that cannot be seen"
    if _DEVICES.fullmatch(name.rstrip(" .")):
        return "Windows keeps that name for a device"
    if found := [character for character in name if character in _NOT_ON_WINDOWS]:
        return f"it has {found[0]} in it, which Windows forbids"
    if name.startswith("."):
        return "files that begin with a dot are hidden"
    if (size := len(name.encode())) > _MOST_BYTES:
        return f"it has {size} bytes, a name at most {_MOST_BYTES}"
    return ""


def is_text(name: str) -> bool:
    """Tell whether a name is UTF-8; others come from the file system with halves of characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def alike(name: str) -> str:
    """Return what two names share that macOS or Windows would take for one.

    They differ in case, in how accents are written (NFC or NFD), or in dots and blanks at the end.
    """
    decomposed = unicodedata.normalize("NFD", name.strip().rstrip(" ."))
    return unicodedata.normalize("NFD", decomposed.casefold())


def how_alike(name: str, other: str) -> str:
    """Say in what two names differ that `alike` takes for one; "" of equal and of other names."""
    if name == other or alike(name) != alike(other):
        return ""
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other):
        return f"only in how accents are stored, {name!a} and {other!a}"
    if name.casefold() == other.casefold():
        return "only in capital and small letters"
    return f"only in what other systems take for the same, {name!a} and {other!a}"
