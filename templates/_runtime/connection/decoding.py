"""Undoing `Content-Encoding` a bounded piece at a time, so that a small body cannot become a large one unseen."""

import zlib
from collections.abc import Iterator

PIECE_SIZE = 64 * 1024
"""The most bytes that one step gives."""

_CODINGS = ("gzip", "x-gzip", "deflate")
"""What zlib undoes. Only gzip is asked for, but some servers send the other unasked."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class DecodingError(Exception):
    """A body is not what its `Content-Encoding` says."""


class Decoder:
    """Undoes the encoding that was applied last.

    Any other than gzip and deflate is left as it is: `utf-8`, which some servers write there, changes
    nothing, and of the rest the response's reader says that it cannot be read.
    """

    def __init__(self, content_encoding: str) -> None:
        codings = [coding.strip().lower() for coding in content_encoding.split(",")]
        last = [coding for coding in codings if coding not in ("", "identity")][-1:]
        self._coding = last[0] if last and last[0] in _CODINGS else None
        if self._coding:  # it takes 7 KB
            self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._has_begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Give the decoded bytes in pieces of at most `PIECE_SIZE`.

        Raises:
            DecodingError: The data are not so encoded.
        """
        if self._coding is None:
            yield data
            return
        # In blocks, because zlib copies the input that it has not used yet at each step.
        for start in range(0, len(data), PIECE_SIZE):
            yield from self._decode_block(data[start : start + PIECE_SIZE])

    def finish(self) -> None:
        """Say that there is no more data.

        Raises:
            DecodingError: The end of the encoded data is missing.
        """
        if self._has_begun and not self._inflater.eof:
            raise DecodingError(f"the {self._coding} body is cut short")

    def _decode_block(self, block: bytes) -> Iterator[bytes]:
        self._has_begun = True
        is_full = False  # a full piece may have left something in zlib, also when all input was used
        while block or is_full:
            if self._inflater.eof:
                if block[:1] != b"\x1f":  # padding, and not another member of a gzip file
                    return
                self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._inflater.decompress(block, PIECE_SIZE)
            except zlib.error as error:
                raise DecodingError(f"the body is not {self._coding}") from error
            if piece:
                yield piece
            is_full = len(piece) == PIECE_SIZE
            block = self._inflater.unconsumed_tail or self._inflater.unused_data
