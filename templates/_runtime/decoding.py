"""Undoing `Content-Encoding` a bounded piece at a time, so that a small body cannot become a large one unseen."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

PIECE_SIZE = 64 * 1024
"""The most bytes that one step gives."""

ACCEPT_ENCODING = "gzip, deflate"
"""What is asked for: what Python can undo in bounded pieces without another library."""

_GZIP = 16 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"


class DecodingError(Exception):
    """A body is not what its `Content-Encoding` says."""


class Decoder(Protocol):
    """Undoes one encoding."""

    def decode(self, data: bytes, /) -> Iterator[bytes]:
        """Give the decoded bytes in pieces of at most `PIECE_SIZE`.

        Raises:
            DecodingError: The data are not so encoded.
        """
        ...

    def finish(self) -> None:
        """Say that there is no more data.

        Raises:
            DecodingError: The end of the encoded data is missing.
        """
        ...


class _Inflate:
    """gzip (RFC 1952) and deflate (RFC 1950), which some servers send without its zlib header."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._is_gzip = coding != "deflate"
        self._inflater = zlib.decompressobj(_GZIP if self._is_gzip else zlib.MAX_WBITS)
        self._has_begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflater.eof:
                # Another gzip member may follow the first; what else follows is padding.
                if not self._is_gzip or not data.startswith(_GZIP_MAGIC):
                    return
                self._inflater = zlib.decompressobj(_GZIP)
            piece = self._step(data)
            self._has_begun = True
            if piece:
                yield piece
            data = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _step(self, data: bytes) -> bytes:
        try:
            return self._inflater.decompress(data, PIECE_SIZE)
        except zlib.error as error:
            if self._is_gzip or self._has_begun:
                raise DecodingError(f"the body is not {self._coding}") from error
        self._inflater = zlib.decompressobj(_RAW_DEFLATE)
        try:
            return self._inflater.decompress(data, PIECE_SIZE)
        except zlib.error as error:
            raise DecodingError(f"the body is not {self._coding}") from error

    def finish(self) -> None:
        if self._has_begun and not self._inflater.eof:
            raise DecodingError(f"the {self._coding} body is cut short")


class _Identity:
    """No encoding at all."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        pass


class _Chain:
    """Several encodings, undone in the reverse of the order in which they were applied (RFC 9110, section 8.4)."""

    def __init__(self, decoders: Sequence[Decoder]) -> None:
        self._outer, *self._inner = decoders

    def decode(self, data: bytes) -> Iterator[bytes]:
        for piece in self._outer.decode(data):
            if self._inner:
                yield from _Chain(self._inner).decode(piece)
            else:
                yield piece

    def finish(self) -> None:
        for decoder in (self._outer, *self._inner):
            decoder.finish()


def decoder_for(content_encoding: str) -> Decoder:
    """The decoder of a `Content-Encoding`.

    Raises:
        DecodingError: It names a coding that was not asked for.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    decoders: list[Decoder] = []
    for coding in reversed([coding for coding in codings if coding not in ("", "identity")]):
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise DecodingError(f"the body is encoded as {coding[:40]!r}, which was not asked for")
        decoders.append(_Inflate(coding))
    return _Chain(decoders) if decoders else _Identity()
