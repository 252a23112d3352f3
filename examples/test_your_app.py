"""How to test an application that uses the client: without a server, and without patching anything.

    pip install pytest pytest-asyncio
    pytest examples/test_your_app.py

The fixture `fake_images`, which comes with the client, takes the network's place, and does what the server does. The
rest is the real client. docs/guides/testing.md says what else the fake can do.
"""

# ruff: noqa: S101  # pytest's assert

import pytest
from image_variations import BadRequestError, Client, create_image_variation
from image_variations.testing import FakeImages

pytestmark = pytest.mark.asyncio

# A PNG file's first 24 bytes, of 64 x 64 pixels: neither the client nor the fake looks at more of an image than that.
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2


async def suggest_photos(client: Client, photo: bytes, customer: str) -> list[str]:
    """The application: links to three photos like this one, or none if the server refuses the photo."""
    try:
        response = await create_image_variation(client, image=photo, n=3, size="512x512", user=customer)
    except BadRequestError:
        return []
    return [image.url for image in response.data if image.url]


async def test_customers_get_the_links_that_the_server_made(fake_images: FakeImages) -> None:
    """A success, and the request that led to it: each field of its form."""
    async with Client(transport=fake_images) as client:
        assert len(await suggest_photos(client, PHOTO, "customer-7")) == 3
    [request] = fake_images.requests
    assert request.fields == {"image": PHOTO, "n": 3, "size": "512x512", "user": "customer-7"}


async def test_a_photo_that_the_server_refuses_has_no_suggestions(fake_images: FakeImages) -> None:
    """An error status: the application goes on without photos."""
    fake_images.fails(400)
    async with Client(transport=fake_images) as client:
        assert await suggest_photos(client, PHOTO, "customer-7") == []


async def test_a_server_that_is_busy_is_asked_again(fake_images: FakeImages) -> None:
    """A fault of the network: the client sends the request again, because nothing was done."""
    fake_images.refuses_connections()
    async with Client(transport=fake_images) as client:
        assert len(await suggest_photos(client, PHOTO, "customer-7")) == 3
    assert fake_images.billed == 3
