"""What type checkers make of a call. `make check` runs mypy and pyright over this file; nothing runs it.

Each `ignore` marks an error that must be there: both checkers report one that is not needed.
"""

import asyncio
import importlib.resources
import tempfile
import zipfile
from pathlib import Path
from typing import assert_type

import anyio
from image_variations import (
    Client,
    File,
    Image,
    ImageGenUsage,
    ImagesResponse,
    ImagesResponseSize,
    StatusError,
    create_image_variation,
)
from starlette.datastructures import UploadFile


async def a_call_gives_the_model_of_the_answer(client: Client) -> None:
    """The answer and each of its members have the types of the schema, or `None`."""
    response = await create_image_variation(client, image=Path("otter.png"), n=2, size="512x512", model="my-model")
    assert_type(response, ImagesResponse)
    assert_type(response.data, list[Image])
    assert_type(response.created, int | None)
    assert_type(response.usage, ImageGenUsage | None)
    assert_type(response.size, ImagesResponseSize | str | None)


async def an_answers_fields_narrow_without_casts(client: Client) -> None:
    """A check for `None`, or for a value of an enum, is all that it takes."""
    response = await create_image_variation(client, image=b"")
    for image in response.data:
        if image.b64_json is not None:
            assert_type(image.b64_json, str)
        elif image.url:
            assert_type(image.url, str)
    if response.usage and response.usage.output_tokens_details:
        assert_type(response.usage.output_tokens_details.image_tokens, int | None)


async def wrong_arguments_are_errors(client: Client) -> None:
    """A size that the pin does not know, a path as text, and a text for a number do not pass."""
    await create_image_variation(client, image=b"", size="512x521")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # no such size
    await create_image_variation(client, image="otter.png")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a path is not a text
    await create_image_variation(client, image=b"", n="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a number is not a text
    await create_image_variation(client, b"")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # keywords only
    await create_image_variation(client)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # the image is required
    await create_image_variation(client, image=b"", colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # no such keyword


def an_error_has_typed_attributes(error: StatusError) -> None:
    """What a server said is text, or not there."""
    assert_type(error.status_code, int)
    assert_type(error.code, str | None)
    assert_type(error.body, bytes)


async def what_holds_an_image_is_one(client: Client, upload: UploadFile, stream: asyncio.StreamReader) -> None:
    """Files, uploads and streams may be open or still to be opened, and their `read` may be a coroutine function."""
    async with await anyio.open_file("otter.png", "rb") as file:
        await create_image_variation(client, image=file)
    await create_image_variation(client, image=upload)
    await create_image_variation(client, image=upload.file)
    await create_image_variation(client, image=File(upload, file_name="otter.png"))
    await create_image_variation(client, image=stream)
    await create_image_variation(client, image=anyio.Path("otter.png"))
    await create_image_variation(client, image=zipfile.Path("otters.zip", "otter.png"))
    await create_image_variation(client, image=importlib.resources.files("otters") / "otter.png")
    with tempfile.SpooledTemporaryFile() as spooled:
        await create_image_variation(client, image=spooled)
    async with await anyio.open_file("otter.png") as text:
        await create_image_variation(client, image=text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # in text mode
