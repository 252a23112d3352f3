"""The rules of images, judged by their first bytes. Any other value keeps them."""

from attrs import frozen

from .rules import Rule

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PNG_HEADER_SIZE = 24
"""The signature, the first chunk's length and name, then width and height (PNG, section 11.2.1)."""


@frozen
class Png(Rule):
    """`contentMediaType: image/png`: the content begins as a PNG does. The image is not decoded."""

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        if not isinstance(value, bytes):
            return True
        if len(value) < _PNG_HEADER_SIZE or not value.startswith(_PNG_SIGNATURE) or value[12:16] != b"IHDR":
            return False
        return all(0 < int.from_bytes(value[at : at + 4]) < 2**31 for at in (16, 20))  # PNG, section 11.2.1

    def __str__(self) -> str:
        return "must be a PNG file"


@frozen
class Square(Rule):
    """`x-square`: the PNG's width equals its height, by its header."""

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return not isinstance(value, bytes) or not Png().holds(value) or value[16:20] == value[20:24]

    def __str__(self) -> str:
        return "must be square: as wide as it is high"
