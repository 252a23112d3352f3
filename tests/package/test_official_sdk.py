"""The official SDK and this client, side by side against one server."""

from typing import Literal

import pytest
from image_variations import Client, create_image_variation
from openai import AsyncOpenAI

from tests.reference_server import RecordedRequest, ReferenceServer

# The SDK warns since the hosted endpoint was retired.
pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")


def decoded(request: RecordedRequest) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    """What the server made of a request: its form fields, and its files' names and content."""
    return dict(request.fields), [(file.name, file.content) for file in request.files]


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
async def test_both_give_the_server_the_same_fields_and_bytes(
    server: ReferenceServer, client: Client, png: bytes, response_format: Literal["url", "b64_json"]
) -> None:
    """The form fields, the part's name and the image's bytes do not tell the two apart."""
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as official:
        await official.images.create_variation(  # pyright: ignore[reportDeprecated]  # the endpoint it was for is retired
            image=png, model="dall-e-2", n=2, response_format=response_format, size="256x256", user="user-1234"
        )
    await create_image_variation(
        client, image=png, model="dall-e-2", n=2, response_format=response_format, size="256x256", user="user-1234"
    )
    theirs, ours = map(decoded, server.requests)
    assert ours == theirs
    assert ours[0] == {
        "model": "dall-e-2",
        "n": "2",
        "response_format": response_format,
        "size": "256x256",
        "user": "user-1234",
    }


async def test_neither_sends_what_was_not_given(server: ReferenceServer, client: Client, png: bytes) -> None:
    """A call with an image alone has one part."""
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as official:
        await official.images.create_variation(image=png)  # pyright: ignore[reportDeprecated]  # likewise
    await create_image_variation(client, image=png)
    theirs, ours = map(decoded, server.requests)
    assert ours == theirs == ({}, [("image", png)])
