"""One request of a row, and what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, cast

from attrs import frozen
from image_variations import (
    Attempt,
    Client,
    File,
    ImagesResponse,
    ImageVariationsError,
    create_image_variation_detailed,
    fetch_image,
)

from ..rows import FieldValue

_KEYWORDS = ("model", "n", "response_format", "size", "user")
"""Fields of the document, which the client checks. Others are sent as they are."""


@frozen
class Fetched:
    """The images of a response, and why some are missing."""

    images: tuple[bytes, ...]
    problem: str | None = None


async def request_variations(
    client: Client,
    before_attempt: Callable[[], Awaitable[None]],
    after_attempt: Callable[[Attempt], object],
    content: bytes,
    fields: Mapping[str, FieldValue],
    key: str,
) -> ImagesResponse:
    """Send one request.

    Args:
        client: The client.
        before_attempt: Awaited before the first byte is sent.
        after_attempt: Called with the request's attempt when it is over, however it ends, if it began.
        content: A square PNG.
        fields: The other fields. Images come as base64, unless they say otherwise.
        key: The idempotency key.

    Raises:
        ImageVariationsError: No images came.
    """
    given = {"response_format": "b64_json", **fields}
    response = await create_image_variation_detailed(
        client.with_single_attempts(before_attempt, after_attempt),
        image=File(content, "image.png"),
        model=cast("str | None", given.get("model")),
        n=cast("int | None", given.get("n")),
        response_format=cast("Literal['url', 'b64_json'] | None", given.get("response_format")),
        size=cast("Literal['256x256', '512x512', '1024x1024'] | None", given.get("size")),
        user=cast("str | None", given.get("user")),
        extra_fields={name: value for name, value in given.items() if name not in _KEYWORDS},
        idempotency_key=key,
    )
    return response.parsed


async def fetch_all(client: Client, response: ImagesResponse) -> Fetched:
    """Return the images of a response. One that cannot be had is left out."""
    images: list[bytes] = []
    problem: str | None = None
    items = [item for item in response.data if item.b64_json or item.url]
    for item in items:
        try:
            images.append(await fetch_image(client, item))
        except ImageVariationsError as error:
            problem = problem or str(error)
    if problem is not None:
        problem = f"{len(items) - len(images)} of {len(items)} images of the response could not be had: {problem}"
    return Fetched(tuple(images), problem)
