"""Undoing `Content-Encoding` a bounded piece at a time, so that a small body cannot become a large one unseen."""

import zlib
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Protocol

PIECE_SIZE = 64 * 1024
"""The most bytes that one step gives."""

_MOST_CODINGS = 5
"""No server applies more on purpose, and each that is to be undone takes memory."""

_GZIP = 16 + zlib.MAX_WBITS

_RAW_DEFLATE = -zlib.MAX_WBITS

_GZIP_MAGIC = b"\x1f\x8b"

_ZLIB_HEADER_SIZE = 2


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
        self._held = b""

    def decode(self, data: bytes) -> Iterator[bytes]:
        # In blocks, for zlib copies what of its input it has not used yet at each step.
        for start in range(0, len(data), PIECE_SIZE):
            yield from self._decode_block(data[start : start + PIECE_SIZE])

    def _decode_block(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        is_full = False  # a full piece may have left something in zlib, also when all input was used
        while data or is_full:
            if self._inflater.eof:
                # Another gzip member may follow the first; what else follows is padding.
                if self._is_gzip and data == _GZIP_MAGIC[:1]:
                    self._held = data
                    return
                if not self._is_gzip or not data.startswith(_GZIP_MAGIC):
                    return
                self._inflater = zlib.decompressobj(_GZIP)
            elif not self._has_begun and len(data) < _ZLIB_HEADER_SIZE:
                self._held = data
                return
            piece = self._step(data)
            self._has_begun = True
            if piece:
                yield piece
            is_full = len(piece) == PIECE_SIZE
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
        has_begun = self._has_begun or bool(self._held)
        if has_begun and not self._inflater.eof:
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

    What was not asked for is left as it is, and what was applied before it: `utf-8`, which
    some servers write there, changes nothing, and of the rest the response's reader says
    that it cannot be read.

    Raises:
        DecodingError: It names more codings than a server has reason to.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > _MOST_CODINGS:
        raise DecodingError(f"the body is encoded {len(codings)} times over")
    asked_for = takewhile(lambda coding: coding in ("gzip", "x-gzip", "deflate"), reversed(codings))
    decoders = [_Inflate(coding) for coding in asked_for]
    return _Chain(decoders) if decoders else _Identity()
