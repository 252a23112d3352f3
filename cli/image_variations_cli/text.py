"""Texts of others as people may see them: names of files, and what a system or a server says."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""What holds emoji together, and letters of some alphabets apart."""


def show_text(text: str) -> str:
    """Return a text in one line that can be printed, stored and read.

    Line breaks, control characters, bytes that are no UTF-8, and what turns the direction of writing are escaped.
    """
    if text.isascii() and text.isprintable():  # most are, and there is one for each row
        return text
    return "".join(character if _is_plain(character) else _escape(character) for character in text)


def describe_system_error(error: Exception) -> str:
    """Return what the system says of an error, without the path."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _JOINERS


def _escape(character: str) -> str:
    """Return a character's escape in Python. What stands for a byte (PEP 383) becomes the escape of the byte."""
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
