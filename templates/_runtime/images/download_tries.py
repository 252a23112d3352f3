"""What one try of a download leaves for the next: how much of it came, and whether that was all. No bytes are kept."""

import hashlib

from ..connection.exchange import BrokenBodyError
from ..connection.messages import Head
from ..errors import ResponseError
from .formats import EndFinder


class Tries:
    """The tries of one download, as far as they tell whether an image is whole.

    Attributes:
        retries: How many tries there were before this one.
        size: The bytes of this one so far.
    """

    def __init__(self, limit: int) -> None:
        self.retries = 0
        self.size = 0
        self._limit = limit
        self._without_end: set[bytes] = set()

    def begin(self, head: Head) -> None:
        """Begin a try."""
        self.size = 0
        self._status_code = head.status_code
        # A body without both ends where its connection does (RFC 9112, section 6.3), also if that breaks.
        is_chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
        self._has_length = is_chunked or "content-length" in head.headers
        self._end = EndFinder()
        self._hash = hashlib.sha256()

    def feed(self, piece: bytes) -> None:
        """Note a piece.

        Raises:
            ResponseError: The body is longer than the limit.
        """
        self.size += len(piece)
        if self.size > self._limit:
            reason = f"the image is longer than max_response_bytes ({self._limit})"
            raise ResponseError(reason, status_code=self._status_code)
        if not self._has_length:
            self._end.feed(piece)
            self._hash.update(piece)

    def finish(self) -> None:
        """See that a body which has ended is whole: by its length, by its format, or because it came so before.

        Raises:
            BrokenBodyError: It is not, as far as can be known.
        """
        if self._has_length or self._end.is_found:
            return
        digest = self._hash.digest()
        if digest not in self._without_end:
            self._without_end.add(digest)
            raise BrokenBodyError(f"it ends after {self.size} bytes, without a length and without its format's end")


class Continuation:
    """What was handed on of a download, so that another try goes on behind it."""

    def __init__(self) -> None:
        self._size = 0
        self._hash = hashlib.sha256()
        self.begin()

    def begin(self) -> None:
        """Begin a try."""
        self._to_skip = self._size
        self._skipped = hashlib.sha256()

    def rest_of(self, piece: bytes) -> bytes:
        """Return the part of a piece that was not handed on yet.

        Raises:
            ResponseError: What was handed on is not the beginning of this try.
        """
        old, new = piece[: self._to_skip], piece[self._to_skip :]
        if old:
            self._to_skip -= len(old)
            self._skipped.update(old)
            if not self._to_skip and self._skipped.digest() != self._hash.digest():
                raise self._another()
        self._size += len(new)
        self._hash.update(new)
        return new

    def finish(self) -> None:
        """End a try that came whole.

        Raises:
            ResponseError: It is shorter than what was handed on.
        """
        if self._to_skip:
            raise self._another()

    def _another(self) -> ResponseError:
        reason = f"the image broke off after {self._size} bytes, and the next download begins with other bytes"
        return ResponseError(reason, status_code=200)
