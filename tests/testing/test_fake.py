"""The fake in good health: it does what the document says, and shows what arrived."""

import base64
import io
from pathlib import Path

import httpx
import pytest
from image_variations import (
    BadRequestError,
    Client,
    NotFoundError,
    ResponseError,
    UnprocessableEntityError,
    create_image_variation,
    create_image_variation_detailed,
    create_image_variation_stream,
    fetch_image,
    save_images,
)
from image_variations import Image as ImageItem
from image_variations.testing import FakeImages
from PIL import Image

FORM = "multipart/form-data; boundary=x"


def opened(content: bytes) -> Image.Image:
    """A file that a decoder has read to its end."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image.convert("RGB")


async def test_a_client_over_it_needs_neither_key_nor_address(png: bytes) -> None:
    """The fake is the transport, and that is all."""
    async with Client(transport=FakeImages()) as client:
        response = await create_image_variation(client, image=png)
    assert len(response.data) == 1


async def test_each_image_is_a_png_file_of_the_size_that_was_asked_for(png: bytes) -> None:
    """No two are the same, and a decoder reads them to their end."""
    async with Client(transport=FakeImages()) as client:
        response = await create_image_variation(client, image=png, n=3, size="256x256", response_format="b64_json")
    images = [opened(base64.b64decode(item.b64_json or "")) for item in response.data]
    assert [image.size for image in images] == [(256, 256)] * 3
    assert len({image.getpixel((9, 9)) for image in images}) == 3


async def test_links_are_the_documents_default_and_lead_to_images(png: bytes) -> None:
    """The fake serves the downloads of its own links, and keeps them apart from other requests."""
    with FakeImages() as fake:
        async with Client(transport=fake) as client:
            response = await create_image_variation(client, image=png, n=2)
            images = [opened(await fetch_image(client, item)) for item in response.data]
    assert [image.size for image in images] == [(1024, 1024)] * 2
    assert [request.url.path for request in fake.downloads.requests] == [
        httpx.URL(item.url or "").path for item in response.data
    ]
    assert len(fake.requests) == 1


async def test_a_request_is_shown_as_data(png: bytes) -> None:
    """Each field is equal to its value, to its text and to its bytes; a file has a name and a media type."""
    with FakeImages() as fake:
        async with Client(transport=fake, api_key="sk-test") as client:
            await create_image_variation(client, image=png, n=2, user="5", extra_fields={"seed": 7, "tags": ["a", "b"]})
    [request] = fake.requests
    assert (request.operation, request.method, request.attempt) == ("createImageVariation", "POST", 1)
    assert request.fields == {"image": png, "n": 2, "user": "5", "seed": "7", "tags": ["a", "b"]}
    assert request.fields["n"] == "2"
    assert request.fields["n"] == b"2"
    assert request.fields["user"] != 5
    image = request.fields["image"]
    assert (image.content, image.file_name, image.mime_type) == (png, "image.png", "image/png")
    assert request.headers["authorization"] == "Bearer sk-test"
    assert repr(image) == f"FakeField(value={len(png)} bytes, file_name='image.png', mime_type='image/png')"


async def test_what_breaks_a_rule_of_the_document_is_refused(png: bytes) -> None:
    """With the API's own error body, which names the field. Nothing is billed."""
    with FakeImages() as fake:
        async with Client(transport=fake, validate=False) as client:
            with pytest.raises(BadRequestError) as caught:
                await create_image_variation(client, image=png, n=11)
    assert (caught.value.param, caught.value.type) == ("n", "invalid_request_error")
    assert caught.value.message == "n: must be at most 10 (got 11)"
    assert fake.requests[0].fields["n"] == 11
    assert fake.billed == 0


async def test_each_image_is_billed(png: bytes) -> None:
    """As many as were asked for, whether or not they arrive."""
    with FakeImages() as fake:
        async with Client(transport=fake) as client:
            await create_image_variation(client, image=png, n=3)
            await create_image_variation(client, image=png)
    assert fake.billed == 4


async def test_images_are_streamed_and_saved_from_it(png: bytes, tmp_path: Path) -> None:
    """What works with a server works with the fake."""
    async with Client(transport=FakeImages()) as client:
        async with create_image_variation_stream(client, image=png, n=2) as images:
            streamed = [b"".join([piece async for piece in image]) async for image in images]
        saved = await save_images(client, await create_image_variation(client, image=png), tmp_path)
    assert len(set(streamed)) == 2
    assert [path.name for path in saved] == ["variation-1.png"]


async def test_a_key_that_was_seen_gets_the_same_response(png: bytes) -> None:
    """An idempotent server bills it once, and refuses the key with another body."""
    with FakeImages(idempotent=True) as fake:
        async with Client(transport=fake) as client:
            first = await create_image_variation(client, image=png, n=2, idempotency_key="k")
            again = await create_image_variation(client, image=png, n=2, idempotency_key="k")
            with pytest.raises(UnprocessableEntityError) as caught:
                await create_image_variation(client, image=png, n=3, idempotency_key="k")
            other = await create_image_variation(client, image=png, n=2, idempotency_key="l")
    assert again == first != other
    assert fake.billed == 4
    assert caught.value.code == "idempotency_key_reused"


async def test_a_scripted_success_is_remembered_by_its_key(png: bytes) -> None:
    """A response that the client cannot use was billed: the same key gets it again, and is not billed again."""
    with FakeImages(idempotent=True) as fake:
        fake.sends(200, {"data": []})
        async with Client(transport=fake) as client:
            for _ in range(2):
                with pytest.raises(ResponseError):
                    await create_image_variation(client, image=png, idempotency_key="k")
    assert (len(fake.requests), fake.billed) == (2, 1)


async def test_rules_of_the_document_can_be_relaxed(png: bytes) -> None:
    """For programs that send a compatible server values of its own."""
    with FakeImages(validate=False) as fake:
        async with Client(transport=fake) as client:
            response = await create_image_variation(
                client, image=png, response_format="b64_json", extra_fields={"size": "768x768"}
            )
    assert opened(base64.b64decode(response.data[0].b64_json or "")).size == (768, 768)


async def test_a_lost_response_is_had_again_with_the_same_key(png: bytes) -> None:
    """What was done once is not done twice."""
    with FakeImages(idempotent=True) as fake:
        fake.loses_the_response()
        async with Client(transport=fake, retry_unknown=True) as client:
            await create_image_variation(client, image=png, idempotency_key="k")
    assert (len(fake.requests), fake.billed) == (2, 1)


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("application/json", b"{}", "no body of application/json is taken here"),
        (FORM, b"--x\r\n\r\n\r\n--x--", "no Content-Disposition"),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n2', "ends before its last boundary"),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\xff\r\n--x--', "not UTF-8"),
        ("multipart/form-data", b"", "no boundary"),
        ("", b"", "image: must be given"),
    ],
)
async def test_a_body_that_is_no_form_is_refused(content_type: str, body: bytes, said: str) -> None:
    """The message says what is wrong with it."""
    fake = FakeImages()
    async with httpx.AsyncClient(transport=fake, base_url=fake.base_url) as http:
        response = await http.post("/images/variations", content=body, headers={"Content-Type": content_type})
    assert response.status_code == 400
    assert said in response.json()["error"]["message"]


async def test_a_key_is_asked_for_only_if_the_fake_has_one(png: bytes) -> None:
    """By default any key will do, and none."""
    async with httpx.AsyncClient(transport=FakeImages(api_key="right", allow_unknown=True)) as http:
        wrong = await http.post("http://fake.test/v1/images/variations", headers={"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_api_key")


async def test_an_image_that_was_not_linked_to_is_not_found() -> None:
    """A link that somebody else made leads to no image."""
    async with Client(transport=FakeImages(), base_url="http://fake.test/v1") as client:
        with pytest.raises(NotFoundError):
            await fetch_image(client, ImageItem(url="http://fake.test/v1/fake-images/99.png"))


async def test_the_attempt_of_a_request_is_counted(png: bytes) -> None:
    """Two calls at once do not confuse it."""
    with FakeImages() as fake:
        fake.fails(429, times=2)
        async with Client(transport=fake) as client:
            response = await create_image_variation_detailed(client, image=png)
    assert [request.attempt for request in fake.requests] == [1, 2, 3]
    assert len(response.attempts) == 3
