# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Base64 (RFC 4648) decoded as it arrives, in memory that does not grow with its length."""

import binascii
from collections.abc import Callable, Iterator

_WHITE_SPACE = b" \t\r\n"
_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_SLICE_SIZE = 256 * 1024
_PREFIX = b"data:"
_LONGEST_PREFIX = 256


class Base64Error(Exception):
    """The text is not base64."""


def _strictly(data: bytes) -> bytes:
    return binascii.a2b_base64(data, strict_mode=True)


def _decoder() -> Callable[[bytes], bytes]:
    """The fastest decoder that is installed; all give the same bytes."""
    try:
        from pybase64 import b64decode
    except ImportError:
        return _strictly

    def decode(data: bytes) -> bytes:
        return b64decode(data, validate=True)

    return decode


_decode = _decoder()


class Base64Decoder:
    """Decodes base64 piece by piece, wherever it is cut.

    Takes what servers send: the URL-safe alphabet, line breaks, missing padding, and a
    `data:` URL in place of the bare text.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._has_begun = False
        self._is_padded = False

    def feed(self, text: bytes) -> bytes:
        """Decode as many whole groups of four as there are.

        Raises:
            Base64Error: The text holds a character that is not of base64.
        """
        text = self._rest + text if self._rest else text
        if not self._has_begun:
            text = self._without_prefix(text)
            if not self._has_begun:
                self._rest = text
                return b""
        end = len(text) - len(text) % 4
        self._rest = text[end:]
        return self._groups(text[:end])

    def finish(self) -> bytes:
        """Decode what is left.

        Raises:
            Base64Error: It is not a whole group, with padding or without.
        """
        rest = _cleaned(self._rest).rstrip(b"=")
        self._rest = b""
        if len(rest) % 4 == 1:
            raise Base64Error("is not base64: its last group has only one character")
        return self._groups(rest + b"=" * (-len(rest) % 4))

    def _without_prefix(self, text: bytes) -> bytes:
        """The text without a `data:` URL's prefix; until it is clear whether there is one, decoding does not begin."""
        start = text.lstrip(_WHITE_SPACE)
        if start.startswith(_PREFIX):
            head, comma, payload = start.partition(b",")
            if not comma and len(head) < _LONGEST_PREFIX:
                return start
            if not comma or not head.endswith(b";base64"):
                raise Base64Error("is a data: URL that is not in base64")
            start = payload
        elif _PREFIX.startswith(start):
            return start
        self._has_begun = True
        return start

    def _groups(self, text: bytes) -> bytes:
        if not text:
            return b""
        if self._is_padded:
            if _cleaned(text + self._rest):
                raise Base64Error("is not base64: more follows after its padding")
            self._rest = b""
            return b""
        try:
            decoded = _decode(text)
        except (binascii.Error, ValueError):
            return self._cleaned_groups(text)
        self._is_padded = text.endswith(b"=")
        return decoded

    def _cleaned_groups(self, text: bytes) -> bytes:
        """Decode groups that hold white space or the URL-safe alphabet; what that leaves over waits."""
        cleaned = _cleaned(text + self._rest)
        end = len(cleaned) - len(cleaned) % 4
        self._rest = cleaned[end:]
        try:
            decoded = _decode(cleaned[:end])
        except (binascii.Error, ValueError) as error:
            raise Base64Error(f"is not base64: {error}") from error
        self._is_padded = cleaned[:end].endswith(b"=")
        return decoded


def _cleaned(text: bytes) -> bytes:
    return text.translate(_STANDARD_ALPHABET, _WHITE_SPACE)


def decode(text: str) -> bytes:
    """Decode a whole text.

    Raises:
        Base64Error: It is not base64.
    """
    return b"".join(decode_in_slices(text))


def decode_in_slices(text: str) -> Iterator[bytes]:
    """Decode a whole text, in slices: a decoder keeps other threads from running while it is at one.

    Raises:
        Base64Error: It is not base64.
    """
    decoder = Base64Decoder()
    for start in range(0, len(text), _SLICE_SIZE):
        try:
            encoded = text[start : start + _SLICE_SIZE].encode("ascii")
        except UnicodeEncodeError as error:
            raise Base64Error("is not base64: it holds a character outside ASCII") from error
        yield decoder.feed(encoded)
    yield decoder.finish()
