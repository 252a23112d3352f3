# Generated from the OpenAPI document by `make generate`, which discards edits.
"""`POST /images/variations`: the operation `createImageVariation`."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from ..._runtime.bodies import MultipartBody
from ..._runtime.credentials import Bearer
from ..._runtime.files import FileInput
from ..._runtime.operation import ModelAnswer, Operation
from ..._runtime.pictures import Picture, PictureMembers, open_pictures
from ..._runtime.preparation import Arguments
from ..._runtime.response import Response
from ..._runtime.saving import Destination, save_stream
from ...client import Client
from ...models.create_image_variation_request import CreateImageVariationRequest
from ...models.create_image_variation_request_model import CreateImageVariationRequestModel
from ...models.create_image_variation_request_response_format import CreateImageVariationRequestResponseFormat
from ...models.create_image_variation_request_size import CreateImageVariationRequestSize
from ...models.images_response import ImagesResponse


def _is_usable(answer: ImagesResponse) -> bool:
    return any(item.b64_json or item.url for item in answer.data)


_PICTURES = PictureMembers("data", "b64_json", "url")

_CREATE_IMAGE_VARIATION: Operation[ImagesResponse] = Operation(
    name="createImageVariation",
    method="POST",
    path="/images/variations",
    body=MultipartBody({"image": "image/png"}),
    answers={
        "200": ModelAnswer(ImagesResponse, _is_usable),
    },
    accept="application/json",
    security=Bearer(),
)


async def create_image_variation(
    client: Client,
    *,
    image: FileInput,
    model: str | CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: CreateImageVariationRequestResponseFormat | None = None,
    size: CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # the deadline of the whole call, with its own error
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
) -> ImagesResponse:
    """Create variations of a picture.

    Send one square PNG and receive one or more pictures made from it.

    Args:
        client: Where the call goes, and how.
        image: The picture to vary. A square PNG file of less than 4 MB.
        model: The model that draws. The pin knows only `dall-e-2`; compatible servers have names of
            their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: Your own stable identifier for the end user, by which the server can notice abuse.
        extra_fields: Fields for the body that the document does not know, or values that it does
            not allow. They are sent unchecked.
        extra_headers: Headers for this request. They win over the client's.
        extra_query: Query parameters that the document does not know.
        timeout: Seconds for this call, in place of the client's.
        max_retries: How often this call may be repeated where that cannot be paid twice, in place
            of the client's.
        retry_unknown: Whether this call may be repeated although the server may have done it, in
            place of the client's.
        idempotency_key: What every attempt says in the header `Idempotency-Key`. Servers that do
            not know it ignore it, so nothing else changes.

    Returns:
        The variations.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server answered with another status than a success; its subclasses say
            which.
        ResponseError: The answer cannot be used.
        TransportError: No answer came.
        CallTimeoutError: The call took longer than its timeout.
    """
    response = await create_image_variation_detailed(
        client,
        image=image,
        model=model,
        n=n,
        response_format=response_format,
        size=size,
        user=user,
        extra_fields=extra_fields,
        extra_headers=extra_headers,
        extra_query=extra_query,
        timeout=timeout,
        max_retries=max_retries,
        retry_unknown=retry_unknown,
        idempotency_key=idempotency_key,
    )
    return response.parsed


async def create_image_variation_detailed(
    client: Client,
    *,
    image: FileInput,
    model: str | CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: CreateImageVariationRequestResponseFormat | None = None,
    size: CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # the deadline of the whole call, with its own error
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
) -> Response[ImagesResponse]:
    """Do what `create_image_variation` does, and return the whole answer.

    Args:
        client: Where the call goes, and how.
        image: The picture to vary. A square PNG file of less than 4 MB.
        model: The model that draws. The pin knows only `dall-e-2`; compatible servers have names of
            their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: Your own stable identifier for the end user, by which the server can notice abuse.
        extra_fields: Fields for the body that the document does not know, or values that it does
            not allow. They are sent unchecked.
        extra_headers: Headers for this request. They win over the client's.
        extra_query: Query parameters that the document does not know.
        timeout: Seconds for this call, in place of the client's.
        max_retries: How often this call may be repeated where that cannot be paid twice, in place
            of the client's.
        retry_unknown: Whether this call may be repeated although the server may have done it, in
            place of the client's.
        idempotency_key: What every attempt says in the header `Idempotency-Key`. Servers that do
            not know it ignore it, so nothing else changes.

    Returns:
        Status, headers, request id, raw content and attempts, and the result as `parsed`.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server answered with another status than a success; its subclasses say
            which.
        ResponseError: The answer cannot be used.
        TransportError: No answer came.
        CallTimeoutError: The call took longer than its timeout.
    """
    return await client.send(
        _CREATE_IMAGE_VARIATION,
        Arguments(
            body=CreateImageVariationRequest(
                image=image,
                model=model,
                n=n,
                response_format=response_format,
                size=size,
                user=user,
            ),
            extra_fields=extra_fields,
            extra_headers=extra_headers,
            extra_query=extra_query,
            timeout=timeout,
            max_retries=max_retries,
            retry_unknown=retry_unknown,
            idempotency_key=idempotency_key,
        ),
    )


@asynccontextmanager
async def create_image_variation_stream(
    client: Client,
    *,
    image: FileInput,
    model: str | CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: CreateImageVariationRequestResponseFormat | None = None,
    size: CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # the deadline of the whole call, with its own error
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
) -> AsyncGenerator[AsyncGenerator[Picture]]:
    """Do what `create_image_variation` does, and give the pictures as they arrive.

    An async context manager over the pictures, each of which is an async iterator over its decoded
    bytes. Base64 is decoded while it arrives, so memory grows neither with the number of the
    pictures nor with their size; a picture that comes as a link is downloaded when it is iterated
    over. The timeout bounds the whole context.

    Args:
        client: Where the call goes, and how.
        image: The picture to vary. A square PNG file of less than 4 MB.
        model: The model that draws. The pin knows only `dall-e-2`; compatible servers have names of
            their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: Your own stable identifier for the end user, by which the server can notice abuse.
        extra_fields: Fields for the body that the document does not know, or values that it does
            not allow. They are sent unchecked.
        extra_headers: Headers for this request. They win over the client's.
        extra_query: Query parameters that the document does not know.
        timeout: Seconds for this call, in place of the client's.
        max_retries: How often this call may be repeated where that cannot be paid twice, in place
            of the client's.
        retry_unknown: Whether this call may be repeated although the server may have done it, in
            place of the client's.
        idempotency_key: What every attempt says in the header `Idempotency-Key`. Servers that do
            not know it ignore it, so nothing else changes.

    Yields:
        The pictures, in the answer's order. What of one is not read is passed over.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server answered with another status than a success; its subclasses say
            which.
        ResponseError: The answer cannot be used.
        TransportError: No answer came.
        CallTimeoutError: The call took longer than its timeout.
    """
    opened = open_pictures(
        client,
        _CREATE_IMAGE_VARIATION,
        Arguments(
            body=CreateImageVariationRequest(
                image=image,
                model=model,
                n=n,
                response_format=response_format,
                size=size,
                user=user,
            ),
            extra_fields=extra_fields,
            extra_headers=extra_headers,
            extra_query=extra_query,
            timeout=timeout,
            max_retries=max_retries,
            retry_unknown=retry_unknown,
            idempotency_key=idempotency_key,
        ),
        _PICTURES,
    )
    async with opened as pictures:
        yield pictures


async def create_image_variation_files(
    client: Client,
    directory: os.PathLike[str],
    *,
    image: FileInput,
    model: str | CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: CreateImageVariationRequestResponseFormat | None = None,
    size: CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # the deadline of the whole call, with its own error
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
    stem: str = "variation",
    overwrite: bool = False,
) -> list[Path]:
    """Do what `create_image_variation` does, and save the pictures as they arrive.

    Memory grows neither with the number of the pictures nor with their size. That files can be
    written to the directory is seen to before anything is sent.

    Args:
        client: Where the call goes, and how.
        directory: Where the files go; it is made where it is not there.
        image: The picture to vary. A square PNG file of less than 4 MB.
        model: The model that draws. The pin knows only `dall-e-2`; compatible servers have names of
            their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: Your own stable identifier for the end user, by which the server can notice abuse.
        extra_fields: Fields for the body that the document does not know, or values that it does
            not allow. They are sent unchecked.
        extra_headers: Headers for this request. They win over the client's.
        extra_query: Query parameters that the document does not know.
        timeout: Seconds for this call, in place of the client's.
        max_retries: How often this call may be repeated where that cannot be paid twice, in place
            of the client's.
        retry_unknown: Whether this call may be repeated although the server may have done it, in
            place of the client's.
        idempotency_key: What every attempt says in the header `Idempotency-Key`. Servers that do
            not know it ignore it, so nothing else changes.
        stem: What each file name begins with; its number and the extension that its bytes ask for
            follow. Not a path: files stay within the directory.
        overwrite: Whether files may be replaced.

    Returns:
        The files, in the answer's order.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server answered with another status than a success; its subclasses say
            which.
        ResponseError: The answer cannot be used.
        TransportError: No answer came.
        CallTimeoutError: The call took longer than its timeout.
        SaveError: A file cannot be written, or one of that name is there already. Whatever the
            error, pictures that had come whole are saved; its `partial` names their files.
    """
    destination = Destination.checked(directory, stem, overwrite=overwrite)
    return await save_stream(
        client,
        _CREATE_IMAGE_VARIATION,
        Arguments(
            body=CreateImageVariationRequest(
                image=image,
                model=model,
                n=n,
                response_format=response_format,
                size=size,
                user=user,
            ),
            extra_fields=extra_fields,
            extra_headers=extra_headers,
            extra_query=extra_query,
            timeout=timeout,
            max_retries=max_retries,
            retry_unknown=retry_unknown,
            idempotency_key=idempotency_key,
        ),
        _PICTURES,
        destination,
        n or 1,
    )
