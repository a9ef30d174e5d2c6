"""Text files of anyone: which encoding they are in, told by their first bytes and by what fits."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from pathlib import Path

from twinseg.core.errors import DataError

GUESSED = "Windows-1252"  # what is taken where the file is not UTF-8 and has no mark
# The longer mark first: that of UTF-16 is the beginning of one of UTF-32.
_MARKS = {
    BOM_UTF32_LE: "utf-32",
    BOM_UTF32_BE: "utf-32",
    BOM_UTF16_LE: "utf-16",
    BOM_UTF16_BE: "utf-16",
    BOM_UTF8: "utf-8-sig",
}
_CONTROLS = set(range(32)) - {9, 10, 13, 26}  # 26 ends texts of DOS


def read_text(path: Path) -> tuple[str, str]:
    """Read a text file and tell its encoding.

    UTF-8, UTF-16 and UTF-32 by the mark at the beginning; without a mark UTF-8, UTF-16 where every
    second byte is zero, else Windows-1252, of which ISO Latin-1 is a part.

    Returns:
        The text, with line ends as they stand, and the name of the encoding; ``GUESSED`` if it
        was none of those that tell themselves.

    Raises:
        DataError: If it cannot be read or is no text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if encoding is None and len(content) > 1 and 0 in content[:2]:
        encoding = "utf-16-be" if content[0] == 0 else "utf-16-le"
    found = ""
    for name in [encoding] if encoding else ["utf-8", "cp1252", "latin-1"]:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        odd = next((at for at, one in enumerate(text[:100_000]) if ord(one) in _CONTROLS), None)
        if odd is None:
            return text, GUESSED if name in ("cp1252", "latin-1") else name
        found = f" (character 0x{ord(text[odd]):02x} in line {text.count(chr(10), 0, odd) + 1})"
        break
    raise DataError(f"{path} is not text, or is damaged{found}; save the table as CSV in UTF-8")
