"""How to test an application that uses the client: without a server, and without patching anything.

    pip install pytest pytest-asyncio
    pytest examples/test_your_app.py

`httpx.MockTransport` takes the network's place. The rest is the real client: it checks the arguments, writes the
request and reads the answer as it does in production.
"""

# ruff: noqa: S101  # pytest's assert

import email
import email.policy

import httpx
import pytest
from image_variations import BadRequestError, Client, create_image_variation

pytestmark = pytest.mark.asyncio

# A PNG file's first 24 bytes, of 64 x 64 pixels: the client looks at no more of an image than that.
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2


async def suggest_photos(client: Client, photo: bytes, customer: str) -> list[str]:
    """The application: links to three photos like this one, or none if the server refuses the photo."""
    try:
        response = await create_image_variation(client, image=photo, n=3, size="512x512", user=customer)
    except BadRequestError:
        return []
    return [image.url for image in response.data if image.url]


def client_of(transport: httpx.MockTransport) -> Client:
    """A client that sends to `transport`. The host in its URL does not have to exist."""
    return Client(base_url="http://images.example/v1", api_key="sk-test", transport=transport)


def form_of(request: httpx.Request) -> dict[str, bytes]:
    """The fields of a multipart request, files included, by name."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        fields[str(part.get_param("name", header="Content-Disposition"))] = content
    return fields


async def test_customers_get_the_links_that_the_server_made() -> None:
    """A successful answer: the application takes the links out of it."""
    links = [f"http://images.example/{number}.png" for number in range(3)]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"created": 1, "data": [{"url": link} for link in links]})

    async with client_of(httpx.MockTransport(answer)) as client:
        assert await suggest_photos(client, PHOTO, "customer-7") == links


async def test_a_photo_that_the_server_refuses_has_no_suggestions() -> None:
    """An error status: the client raises its class of error, and the application goes on without photos."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": {"message": "Not this one.", "type": "invalid_request_error"}})

    async with client_of(httpx.MockTransport(answer)) as client:
        assert await suggest_photos(client, PHOTO, "customer-7") == []


async def test_the_server_is_told_for_whom_the_photos_are() -> None:
    """The request that was sent: its address, its key, and each field of its form."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"created": 1, "data": [{"url": "http://images.example/1.png"}]})

    async with client_of(httpx.MockTransport(answer)) as client:
        await suggest_photos(client, PHOTO, "customer-7")

    [request] = requests
    assert (request.method, str(request.url)) == ("POST", "http://images.example/v1/images/variations")
    assert request.headers["Authorization"] == "Bearer sk-test"
    assert form_of(request) == {"image": PHOTO, "n": b"3", "size": b"512x512", "user": b"customer-7"}
