"""What one try of a download leaves for the next: how much of it came, and whether that was all. No bytes are kept."""

import hashlib

from ..connection.exchange import BrokenBodyError
from ..connection.messages import Head
from ..errors import ResponseError
from .formats import EndFinder


class Tries:
    """The tries of one download.

    Args:
        limit: The most bytes that an image may have.
        goes_on: Whether each try goes on behind what was handed on by those before it.

    Attributes:
        retries: How many tries there were before this one.
        size: The bytes of this one so far.
    """

    def __init__(self, limit: int, *, goes_on: bool = False) -> None:
        self.retries = 0
        self.size = 0
        self._limit, self._goes_on = limit, goes_on
        self._hash = hashlib.sha256()
        self._given, self._digest_of_given = 0, b""
        self._without_end: set[bytes] = set()

    def begin(self, head: Head) -> None:
        """Begin a try."""
        if self._goes_on and self.size > self._given:
            self._given, self._digest_of_given = self.size, self._hash.digest()
        self.size = 0
        self._status_code = head.status_code
        # A body without both ends where its connection does (RFC 9112, section 6.3), also if that breaks.
        is_chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
        self._has_length = is_chunked or "content-length" in head.headers
        self._end = EndFinder()
        self._hash = hashlib.sha256()

    def feed(self, piece: bytes) -> bytes:
        """Note a piece, and return the part of it that is to be handed on.

        Raises:
            ResponseError: The body is longer than the limit, or does not begin with what was handed on.
        """
        old = piece[: max(0, self._given - self.size)]
        new = piece[len(old) :]
        self.size += len(piece)
        if self.size > self._limit:
            raise self._error(f"the image is longer than max_response_bytes ({self._limit})")
        if old:
            self._hash.update(old)
            if self.size >= self._given and self._hash.digest() != self._digest_of_given:
                raise self._error_for_another()
        if self._goes_on or not self._has_length:
            self._hash.update(new)
        if not self._has_length:
            self._end.feed(piece)
        return new

    def finish(self) -> None:
        """See that a body which has ended is whole: by its length, by its format, or because it came so before.

        Raises:
            BrokenBodyError: It is not, as far as can be known.
            ResponseError: It is shorter than what was handed on.
        """
        digest = self._hash.digest()
        if not self._has_length and not self._end.is_found and digest not in self._without_end:
            self._without_end.add(digest)
            raise BrokenBodyError(f"it ends after {self.size} bytes, without a length and without its format's end")
        if self.size < self._given:
            raise self._error_for_another()

    def _error_for_another(self) -> ResponseError:
        return self._error(
            f"the image broke off after {self._given} bytes, and the next download begins with other bytes"
        )

    def _error(self, reason: str) -> ResponseError:
        return ResponseError(reason, status_code=self._status_code)
