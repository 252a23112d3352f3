# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Base64 (RFC 4648) and `data:` URLs (RFC 2397) decoded as they arrive, in memory that does not grow with them."""

import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

_WHITE_SPACE = b" \t\r\n"

_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")

_SLICE_SIZE = 256 * 1024

_PREFIX = b"data:"

_MAX_PREFIX = 1024

_IN_BASE64 = re.compile(rb";\s*base64\s*\Z", re.IGNORECASE)


class Base64Error(Exception):
    """The text is neither base64 nor a `data:` URL that is asked for. The message goes on after "the text"."""


def is_data_url(link: str | None) -> bool:
    """Return whether a link is a `data:` URL, which holds what others lead to."""
    return link is not None and link[:_MAX_PREFIX].lstrip()[: len(_PREFIX)].lower() == _PREFIX.decode()


def _decode_strictly(data: bytes) -> bytes:
    return binascii.a2b_base64(data, strict_mode=True)


def _decoder() -> Callable[[bytes], bytes]:
    """Return the fastest decoder that is installed. All give the same bytes."""
    try:
        from pybase64 import b64decode
    except ImportError:
        return _decode_strictly

    def decode(data: bytes) -> bytes:
        return b64decode(data, validate=True)

    return decode


_decode = _decoder()


class Base64Decoder:
    """Decodes base64 piece by piece, wherever it is cut.

    Takes what servers send: the URL-safe alphabet, line breaks, missing padding, and a
    `data:` URL in place of the bare text.

    Args:
        takes_plain: Whether a `data:` URL may also hold its bytes without base64.
    """

    def __init__(self, *, takes_plain: bool = False) -> None:
        self._takes_plain = takes_plain
        self._rest = b""
        self._has_begun = False
        self._is_url = False
        self._is_plain = False
        self._escape = b""
        self._is_padded = False
        self._is_empty = True

    def feed(self, text: bytes) -> bytes:
        """Decode as many whole groups of four as there are.

        Raises:
            Base64Error: The text holds a character that is not of base64.
        """
        if not self._has_begun:
            text, self._rest = self._without_prefix(self._rest + text), b""
        if not self._has_begun:
            self._rest = text
            return b""
        if self._is_url:
            text = self._unescape(text)
        decoded = text if self._is_plain else self._decode(text)
        self._is_empty = self._is_empty and not decoded
        return decoded

    def finish(self) -> bytes:
        """Decode what is left.

        Raises:
            Base64Error: It is not a whole group, with padding or without; or there was nothing at all.
        """
        if not self._has_begun and _is_prefix(self._rest):
            raise Base64Error("is a data: URL without a comma")
        rest = self._escape if self._is_plain else self._decode_last_group()
        if self._is_empty and not rest:
            raise Base64Error("is a data: URL that holds nothing" if self._is_url else "is empty")
        return rest

    def _without_prefix(self, text: bytes) -> bytes:
        """Return the text without a `data:` URL's prefix. Decoding begins once it is clear whether there is one."""
        start = text.lstrip(_WHITE_SPACE)
        if not _is_prefix(start):
            self._has_begun = not _PREFIX.startswith(start.lower())
            return start
        head, comma, payload = start.partition(b",")
        if not comma and len(head) < _MAX_PREFIX:
            return start
        if not comma:
            raise Base64Error("is a data: URL without a comma")
        self._has_begun, self._is_url, self._is_plain = True, True, not _IN_BASE64.search(head)
        if self._is_plain and not self._takes_plain:
            raise Base64Error("is a data: URL that is not in base64")
        return payload

    def _unescape(self, text: bytes) -> bytes:
        """Undo percent-encoding (RFC 3986, section 2.1); an escape that is cut waits."""
        text = self._escape + text
        cut = text.rfind(b"%", max(0, len(text) - 2))
        end = len(text) if cut < 0 else cut
        self._escape = text[end:]
        return unquote_to_bytes(text[:end])

    def _decode(self, text: bytes) -> bytes:
        text = self._rest + text
        try:
            return self._decode_groups(text)
        except ValueError:  # perhaps of white space, or of the URL-safe alphabet
            text = _clean(text)
        try:
            return self._decode_groups(text)
        except ValueError as error:
            raise Base64Error(f"is not base64: {error}") from error

    def _decode_groups(self, text: bytes) -> bytes:
        end = len(text) - len(text) % 4
        if self._is_padded and end:
            raise ValueError("more follows after its padding")
        decoded = _decode(text[:end]) if end else b""
        self._is_padded = self._is_padded or text.endswith(b"=", 0, end)
        self._rest = text[end:]
        return decoded

    def _decode_last_group(self) -> bytes:
        rest, self._rest = _clean(self._rest + self._escape).rstrip(b"="), b""
        if len(rest) % 4 == 1:
            raise Base64Error("is not base64: its last group has only one character")
        return self._decode(rest + b"=" * (-len(rest) % 4))


def _clean(text: bytes) -> bytes:
    return text.translate(_STANDARD_ALPHABET, _WHITE_SPACE)


def _is_prefix(text: bytes) -> bool:
    return text[: len(_PREFIX)].lower() == _PREFIX


def decode_in_slices(text: str, *, takes_plain: bool = False) -> Iterator[bytes]:
    """Decode a whole text, in slices: a decoder keeps other threads from running while it is at one.

    Args:
        text: Base64, or a `data:` URL.
        takes_plain: As with `Base64Decoder`.

    Raises:
        Base64Error: It is not base64.
    """
    decoder = Base64Decoder(takes_plain=takes_plain)
    for start in range(0, len(text), _SLICE_SIZE):
        # What is not ASCII is not base64, and the decoder says so.
        yield decoder.feed(text[start : start + _SLICE_SIZE].encode(errors="replace"))
    yield decoder.finish()
