"""The image of one item of a response, whole."""

from collections.abc import Iterator

from ..client import BaseClient
from ..errors import ResponseError
from ..tasks import MIN_THREAD_SIZE, in_thread
from .base64_stream import Base64Error, decode_in_slices, is_data_url
from .download import Downloader

_OK = 200
"""The status of a response that only the model is left of; it was a success."""


async def fetch(client: BaseClient, payload: str | None, link: str | None) -> bytes:
    """Return an image's bytes: decoded if the item holds it, in a thread if it is long; else downloaded.

    Raises:
        BaseError: There is neither, or it cannot be had.
    """
    if pieces := held_image(payload, link):
        is_long = len(payload or link or "") > MIN_THREAD_SIZE
        return await in_thread(b"".join, pieces) if is_long else b"".join(pieces)
    if link:
        return await Downloader.of(client).whole(link)
    raise no_image()


def held_image(payload: str | None, link: str | None) -> Iterator[bytes] | None:
    """Return the image of an item that holds one, in slices: base64, or a `data:` URL in place of a link."""
    if payload:
        return _decode(payload, "base64 text")
    return _decode(link, "link") if link and is_data_url(link) else None


def _decode(text: str, kind: str) -> Iterator[bytes]:
    try:
        yield from decode_in_slices(text, takes_plain=kind == "link")
    except Base64Error as error:
        raise ResponseError(f"the response's {kind} {error}", status_code=_OK) from error


def no_image() -> ResponseError:
    """Return the error for an item that is none."""
    return ResponseError("the item has neither base64 nor a link", status_code=_OK)
