# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The image of one item of a response, whole."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

from attrs import field, frozen

from ..client import BaseClient
from ..errors import ResponseError
from ..tasks import MIN_THREAD_SIZE
from .base64_stream import Base64Error, decode_in_slices, is_data_url
from .download import Downloader

_OK = 200
"""The status of a response that only the model is left of; it was a success."""


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
        """Decode it, in a thread if it is long.

        Raises:
            ResponseError: It cannot be decoded, or is empty.
        """
        is_long = len(self.text) > MIN_THREAD_SIZE
        return await asyncio.to_thread(b"".join, self._slices()) if is_long else b"".join(self._slices())

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Decode it a slice at a time.

        Raises:
            ResponseError: It cannot be decoded, or is empty.
        """
        for piece in self._slices():
            yield piece

    def _slices(self) -> Iterator[bytes]:
        try:
            yield from decode_in_slices(self.text, takes_plain=self.is_link)
        except Base64Error as error:
            kind = "link" if self.is_link else "base64 text"
            raise ResponseError(f"the response's {kind} {error}", status_code=_OK) from error


async def fetch(client: BaseClient, payload: str | None, link: str | None) -> bytes:
    """Return an image's bytes: decoded if the item holds it, else downloaded.

    Raises:
        ImageVariationsError: There is neither, or it cannot be had.
    """
    if held := HeldImage.of(payload, link):
        return await held.whole()
    if link:
        return await Downloader.of(client).whole(link)
    raise no_image()


def no_image() -> ResponseError:
    """Return the error for an item that is none."""
    return ResponseError("the item has neither base64 nor a link", status_code=_OK)
