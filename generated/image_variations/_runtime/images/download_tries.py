# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What one try of a download leaves for the next: how much of it came, and whether that was all."""

import hashlib

from ..connection.exchange import BrokenBodyError
from ..connection.messages import Head
from ..errors import ResponseError
from .formats import EndFinder


class Body:
    """The body of one try, as far as it came.

    Attributes:
        size: Its bytes so far.
    """

    def __init__(self, head: Head, limit: int) -> None:
        self.size = 0
        self._limit = limit
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

    @property
    def is_whole(self) -> bool:
        """Whether its length, or the end of its format, says that this is all."""
        return self._has_length or self._end.is_found

    @property
    def digest(self) -> bytes:
        """The hash of a body without a length."""
        return self._hash.digest()


class Tries:
    """What was seen of one download so far. No bytes are kept, only their hashes."""

    def __init__(self) -> None:
        self._without_end: set[bytes] = set()
        self._given_size = 0
        self._given = hashlib.sha256()
        self._to_skip = 0
        self._skipped = hashlib.sha256()

    def check(self, body: Body) -> None:
        """See that a body which has ended is whole: by its length, by its format, or because it came so before.

        Raises:
            BrokenBodyError: It is not, as far as can be known.
        """
        if not body.is_whole and body.digest not in self._without_end:
            self._without_end.add(body.digest)
            raise BrokenBodyError(f"it ends after {body.size} bytes, without a length and without its format's end")

    def begin(self) -> None:
        """Begin another try. What was handed on is skipped in it."""
        self._to_skip = self._given_size
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
            if not self._to_skip and self._skipped.digest() != self._given.digest():
                raise self._another()
        self._given_size += len(new)
        self._given.update(new)
        return new

    def finish(self) -> None:
        """End a try that came whole.

        Raises:
            ResponseError: It is shorter than what was handed on.
        """
        if self._to_skip:
            raise self._another()

    def _another(self) -> ResponseError:
        reason = f"the image broke off after {self._given_size} bytes, and the next download begins with other bytes"
        return ResponseError(reason, status_code=200)
