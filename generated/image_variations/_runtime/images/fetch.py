# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The image of one item of a response, whole."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

from attrs import field, frozen

from ..client import BaseClient
from ..errors import ResponseError
from ..tasks import MIN_THREAD_SIZE
from .base64_stream import Base64Decoder, Base64Error, decode, decode_in_slices, is_data_url
from .download import Downloader

_OK = 200
"""The status of a response of which only the model is known; it was a success."""


@frozen
class HeldImage:
    """An image that an item holds itself, as text."""

    text: str = field(repr=False)
    is_link: bool

    @classmethod
    def of(cls, payload: str | None, link: str | None) -> "HeldImage | None":
        """Return the image of an item that holds one: base64, or a `data:` URL in place of a link."""
        if payload:
            return cls(payload, is_link=False)
        return cls(link, is_link=True) if link and is_data_url(link) else None

    async def whole(self) -> bytes:
        """Decode it, off the event loop if it is long.

        Raises:
            ResponseError: It cannot be decoded, or is empty.
        """
        with self._reading():
            is_long = len(self.text) > MIN_THREAD_SIZE
            image = await asyncio.to_thread(decode, *self._source) if is_long else decode(*self._source)
        if not image:
            raise self._empty()
        return image

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Decode it a slice at a time.

        Raises:
            ResponseError: It cannot be decoded, or is empty.
        """
        is_empty = True
        with self._reading():
            for piece in decode_in_slices(*self._source):
                is_empty = is_empty and not piece
                yield piece
        if is_empty:
            raise self._empty()

    @property
    def _source(self) -> tuple[str, Base64Decoder]:
        return self.text, Base64Decoder(takes_plain=self.is_link)

    @contextmanager
    def _reading(self) -> Generator[None]:
        try:
            yield
        except Base64Error as error:
            raise self._error(str(error)) from error

    def _empty(self) -> ResponseError:
        return self._error("is a data: URL that holds nothing" if self.is_link else "is empty")

    def _error(self, reason: str) -> ResponseError:
        kind = "link" if self.is_link else "base64 text"
        return ResponseError(f"the response's {kind} {reason}", status_code=_OK)


async def fetch(client: BaseClient, payload: str | None, link: str | None) -> bytes:
    """An image's bytes: decoded if the item holds it, else downloaded.

    Raises:
        ImageVariationsError: There is neither, or it cannot be had.
    """
    if held := HeldImage.of(payload, link):
        return await held.whole()
    if link:
        return await Downloader.of(client).whole(link)
    raise no_image()


def no_image() -> ResponseError:
    """The error for an item that is none."""
    return ResponseError("the item has neither base64 nor a link", status_code=_OK)
