"""`create_image_variation`: one call, from its arguments to its answer."""

import asyncio
import base64
import io
from pathlib import Path

import httpx
import pytest
from image_variations import (
    CallTimeoutError,
    Client,
    ClientStateError,
    ConnectionFailedError,
    ConnectionLostError,
    File,
    ImagesResponse,
    InvalidRequestError,
    NotFoundError,
    create_image_variation,
)
from PIL import Image as Picture

from tests.reference_server import ReferenceServer
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.turns import HANG_UP, stall


async def test_variations_come_as_base64(client: Client, png: bytes) -> None:
    """Two different pictures of the size asked for come within the answer."""
    response = await create_image_variation(client, image=png, n=2, size="256x256", response_format="b64_json")
    files = [base64.b64decode(image.b64_json or "") for image in response.data]
    assert [Picture.open(io.BytesIO(file)).size for file in files] == [(256, 256), (256, 256)]
    assert files[0] != files[1]


async def test_variations_come_as_urls(client: Client, png: bytes) -> None:
    """Without a response format the server's default holds: links to pictures."""
    response = await create_image_variation(client, image=png, size="256x256")
    [image] = response.data
    assert image.b64_json is None
    assert image.url is not None
    async with httpx.AsyncClient() as http:
        assert (await http.get(image.url)).content.startswith(b"\x89PNG")


async def test_a_file_may_be_a_path_bytes_or_an_open_file(
    server: ReferenceServer, client: Client, png: bytes, tmp_path: Path
) -> None:
    """Whatever the picture comes as, the server gets its bytes, a file name and the media type."""
    path = tmp_path / "otter.png"
    path.write_bytes(png)
    with path.open("rb") as handle:
        for image in (path, handle, png, bytearray(png), memoryview(png), io.BytesIO(png), File(png, "o.png")):
            await create_image_variation(client, image=image, size="256x256")
    sent = [(file.name, file.file_name, file.content_type) for request in server.requests for file in request.files]
    assert {file.content for request in server.requests for file in request.files} == {png}
    assert sent == [("image", name, "image/png") for name in ("otter.png", "otter.png", *["image.png"] * 4, "o.png")]


async def test_extra_fields_are_sent_unchecked(server: ReferenceServer, client: Client, png: bytes) -> None:
    """Fields that the document does not know, and values that it does not allow, reach the server."""
    with pytest.raises(Exception, match="size"):
        await create_image_variation(client, image=png, extra_fields={"size": "768x768", "prompt": "otters", "seed": 7})
    assert server.requests[0].fields == [("size", "768x768"), ("prompt", "otters"), ("seed", "7")]


async def test_a_field_given_both_ways_is_an_error(server: ReferenceServer, client: Client, png: bytes) -> None:
    """A keyword and an extra field of one name contradict each other."""
    with pytest.raises(InvalidRequestError, match="n: must be given as a keyword or in extra_fields, not both"):
        await create_image_variation(client, image=png, n=1, extra_fields={"n": 2})
    assert server.requests == []


async def test_validation_can_be_left_to_the_server(server: ReferenceServer, png: bytes) -> None:
    """With `validate=False` what the document forbids is sent, and the server's refusal is the error."""
    async with Client(base_url=server.base_url, api_key=server.api_key, validate=False) as client:
        with pytest.raises(Exception, match="n") as refusal:
            await create_image_variation(client, image=make_png(16, 8), n=11)
    assert type(refusal.value).__name__ == "BadRequestError"
    assert len(server.requests) == 1


async def test_calls_share_a_client(server: ReferenceServer, client: Client, png: bytes) -> None:
    """Tasks of one event loop call at the same time."""
    calls = [create_image_variation(client, image=png, size="256x256", user=f"user-{i}") for i in range(5)]
    responses = await asyncio.gather(*calls)
    assert [len(response.data) for response in responses] == [1] * 5
    assert {request.fields[-1][1] for request in server.requests} == {f"user-{i}" for i in range(5)}


async def test_a_closed_client_says_so(server: ReferenceServer, png: bytes) -> None:
    """After `aclose` a call is a `ClientStateError`; closing twice is not."""
    client = Client(base_url=server.base_url, api_key=server.api_key)
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientStateError, match="closed"):
        await create_image_variation(client, image=png)
    with pytest.raises(ClientStateError, match="closed"):
        await client.__aenter__()


async def test_the_timeout_bounds_the_whole_call(png: bytes) -> None:
    """A server that takes the request and stays silent costs no more than `timeout`."""
    silent = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    listening = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with Client(base_url=url, timeout=0.1) as client:
        with pytest.raises(CallTimeoutError, match=r"0\.1 s") as timeout:
            await create_image_variation(client, image=png)
    silent.set()
    listening.close()
    assert isinstance(timeout.value, TimeoutError)


async def test_a_refused_connection_is_a_connection_failed_error(png: bytes) -> None:
    """Nobody listens: nothing was sent, and the error says so."""
    listening = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    async with Client(base_url=f"http://127.0.0.1:{port}") as client:
        with pytest.raises(ConnectionFailedError):
            await create_image_variation(client, image=png)


async def test_an_answer_that_never_comes_is_a_connection_lost_error(scripted: ScriptedServer, png: bytes) -> None:
    """The request was taken whole and the connection closed: its outcome is unknown."""
    scripted.script = [HANG_UP]
    async with Client(base_url=scripted.base_url) as client:
        with pytest.raises(ConnectionLostError):
            await create_image_variation(client, image=png)
    assert len(scripted.requests) == 1


async def test_any_transport_of_httpx_can_be_used(png: bytes) -> None:
    """`httpx.MockTransport` stands in for a server, for the tests of one's own application."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://gateway.example/v1/images/variations"
        return httpx.Response(200, json={"created": 1, "data": [{"b64_json": "aGk="}]})

    async with Client(base_url="http://gateway.example/v1", transport=httpx.MockTransport(answer)) as client:
        response = await create_image_variation(client, image=png)
    assert response.data[0].b64_json == "aGk="
    assert isinstance(response, ImagesResponse)


async def test_an_address_without_the_endpoint_is_a_not_found_error(server: ReferenceServer, png: bytes) -> None:
    """A wrong `base_url` is a 404 with the server's words and its request id."""
    async with Client(base_url=f"{server.base_url}/wrong", api_key=server.api_key) as client:
        with pytest.raises(NotFoundError) as error:
            await create_image_variation(client, image=png)
    assert error.value.status_code == 404
    assert error.value.request_id is not None
    assert error.value.request_id.startswith("req_")


async def test_a_handshake_that_stalls_is_no_complaint_about_tls(png: bytes) -> None:
    """The server may be busy; nothing is wrong with its certificate, and another try may help."""
    async with ScriptedServer((stall,)) as server:
        url = server.base_url.replace("http:", "https:")
        async with Client(base_url=url, connect_timeout=0.1, max_retries=0) as client:
            with pytest.raises(ConnectionFailedError) as failure:
                await create_image_variation(client, image=png)
    assert (type(failure.value), failure.value.billed) == (ConnectionFailedError, "no")
