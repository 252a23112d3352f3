"""Names of files as people may see them."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""What holds emoji together, and letters of some alphabets apart."""


def show_name(name: str) -> str:
    """Return a file's name in one line that can be printed, stored and read.

    Line breaks, control characters, bytes that are no UTF-8, and what turns the direction of writing are escaped.
    """
    return "".join(character if _is_plain(character) else _escape(character) for character in name)


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _JOINERS


def _escape(character: str) -> str:
    """Return a character's escape in Python. What stands for a byte (PEP 383) becomes the escape of the byte."""
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
