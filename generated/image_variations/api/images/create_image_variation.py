# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`POST /images/variations`: the operation `createImageVariation`."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from ... import models as _models
from ..._runtime.images.streamed_image import ImageMembers, StreamedImage
from ..._runtime.request.build import Arguments
from ..._runtime.request.files import FileInput
from ..._runtime.request.multipart import MultipartBody
from ..._runtime.request.operation import Operation
from ..._runtime.request.security import Bearer
from ..._runtime.response.readers import JsonReader
from ..._runtime.response.response import Response
from ..._runtime.response.values import ModelOf
from ...client import Client


def _is_usable(response: _models.ImagesResponse) -> bool:
    return any(item.b64_json or item.url for item in response.data)


_IMAGES = ImageMembers("data", "b64_json", "url")

_CREATE_IMAGE_VARIATION: Operation[_models.ImagesResponse] = Operation(
    name="createImageVariation",
    method="POST",
    path="/images/variations",
    body=MultipartBody({"image": "image/png"}),
    responses={
        "200": JsonReader(ModelOf(lambda: _models.ImagesResponse), _is_usable),
    },
    accept="application/json",
    security=Bearer(),
)


async def create_image_variation(
    client: Client,
    *,
    image: FileInput,
    model: str | _models.CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: _models.CreateImageVariationRequestResponseFormat | None = None,
    size: _models.CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # the deadline of the whole call, with its own error
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
) -> _models.ImagesResponse:
    """Create variations of an image.

    Send one square PNG and receive one or more images made from it.

    Args:
        client: The client that sends the request.
        image: The image to vary. A square PNG file of less than 4 MB.
        model: The model to use. The document names only `dall-e-2`; compatible servers have models
            of their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: A stable identifier of yours for the end user, which helps the server to detect abuse.
        extra_fields: Further fields of the body, or values that the document does not allow. They
            are sent without validation.
        extra_headers: Headers for this request. They override the client's.
        extra_query: Further query parameters. They override the client's.
        timeout: Seconds for the whole call, in place of the client's; `math.inf` for no limit.
        max_retries: How many times this call may be repeated, if that cannot be billed twice, in
            place of the client's.
        retry_unknown: Whether this call may be repeated even if the server may already have carried
            it out, and billed it; in place of the client's.
        idempotency_key: Sent as the header `Idempotency-Key`, the same on every attempt. Servers
            that do not know it ignore it, so it does not change what is repeated.

    Returns:
        The variations.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server responded with a status other than 2xx; its subclasses say which.
        ResponseError: The server reported success, but the response cannot be used.
        TransportError: No usable response came.
        CallTimeoutError: The call took longer than its timeout.
        ConfigurationError: An option of the call, or the key, cannot be used.
        ClientStateError: The client is closed, or belongs to another event loop.
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
    model: str | _models.CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: _models.CreateImageVariationRequestResponseFormat | None = None,
    size: _models.CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  # the deadline of the whole call, with its own error
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
) -> Response[_models.ImagesResponse]:
    """Like `create_image_variation`, but return the whole response.

    Args:
        client: The client that sends the request.
        image: The image to vary. A square PNG file of less than 4 MB.
        model: The model to use. The document names only `dall-e-2`; compatible servers have models
            of their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: A stable identifier of yours for the end user, which helps the server to detect abuse.
        extra_fields: Further fields of the body, or values that the document does not allow. They
            are sent without validation.
        extra_headers: Headers for this request. They override the client's.
        extra_query: Further query parameters. They override the client's.
        timeout: Seconds for the whole call, in place of the client's; `math.inf` for no limit.
        max_retries: How many times this call may be repeated, if that cannot be billed twice, in
            place of the client's.
        retry_unknown: Whether this call may be repeated even if the server may already have carried
            it out, and billed it; in place of the client's.
        idempotency_key: Sent as the header `Idempotency-Key`, the same on every attempt. Servers
            that do not know it ignore it, so it does not change what is repeated.

    Returns:
        Status, headers, request id, raw content and attempts, and the result as `parsed`.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server responded with a status other than 2xx; its subclasses say which.
        ResponseError: The server reported success, but the response cannot be used.
        TransportError: No usable response came.
        CallTimeoutError: The call took longer than its timeout.
        ConfigurationError: An option of the call, or the key, cannot be used.
        ClientStateError: The client is closed, or belongs to another event loop.
    """
    return await client.send(
        _CREATE_IMAGE_VARIATION,
        Arguments(
            body=_models.CreateImageVariationRequest(
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


def create_image_variation_stream(
    client: Client,
    *,
    image: FileInput,
    model: str | _models.CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: _models.CreateImageVariationRequestResponseFormat | None = None,
    size: _models.CreateImageVariationRequestSize | None = None,
    user: str | None = None,
    extra_fields: Mapping[str, object] | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_query: Mapping[str, object] | None = None,
    timeout: float | None = None,
    max_retries: int | None = None,
    retry_unknown: bool | None = None,
    idempotency_key: str | None = None,
) -> AbstractAsyncContextManager[AsyncGenerator[StreamedImage]]:
    """Like `create_image_variation`, but yield the images as they arrive.

    The context yields an async iterator of images, each of which is an async iterator of its
    decoded bytes. Base64 is decoded while it arrives, so memory grows neither with the number of
    images nor with their size; an image that comes as a link is downloaded when it is iterated
    over, and a download that breaks off goes on where it did. The timeout bounds the whole context.

    Args:
        client: The client that sends the request.
        image: The image to vary. A square PNG file of less than 4 MB.
        model: The model to use. The document names only `dall-e-2`; compatible servers have models
            of their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: A stable identifier of yours for the end user, which helps the server to detect abuse.
        extra_fields: Further fields of the body, or values that the document does not allow. They
            are sent without validation.
        extra_headers: Headers for this request. They override the client's.
        extra_query: Further query parameters. They override the client's.
        timeout: Seconds for the whole call, in place of the client's; `math.inf` for no limit.
        max_retries: How many times this call may be repeated, if that cannot be billed twice, in
            place of the client's.
        retry_unknown: Whether this call may be repeated even if the server may already have carried
            it out, and billed it; in place of the client's.
        idempotency_key: Sent as the header `Idempotency-Key`, the same on every attempt. Servers
            that do not know it ignore it, so it does not change what is repeated.

    Returns:
        An async context manager of the images, in the order of the response. The unread rest of one
        is skipped when the next is asked for. Errors are raised on entering the context and while
        iterating.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server responded with a status other than 2xx; its subclasses say which.
        ResponseError: The server reported success, but the response cannot be used.
        TransportError: No usable response came.
        CallTimeoutError: The call took longer than its timeout.
        ConfigurationError: An option of the call, or the key, cannot be used.
        ClientStateError: The client is closed, or belongs to another event loop.
    """
    from ..._runtime.images.stream import images_of, open_response

    response = open_response(
        client,
        _CREATE_IMAGE_VARIATION,
        Arguments(
            body=_models.CreateImageVariationRequest(
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
        _IMAGES,
    )
    return images_of(response)


async def create_image_variation_files(
    client: Client,
    directory: os.PathLike[str],
    *,
    image: FileInput,
    model: str | _models.CreateImageVariationRequestModel | None = None,
    n: int | None = None,
    response_format: _models.CreateImageVariationRequestResponseFormat | None = None,
    size: _models.CreateImageVariationRequestSize | None = None,
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
    """Like `create_image_variation`, but save the images as files while they arrive.

    Memory grows neither with the number of images nor with their size. Before anything is sent, the
    client checks that files can be written to the directory.

    Args:
        client: The client that sends the request.
        directory: Where the files go; created if it does not exist.
        image: The image to vary. A square PNG file of less than 4 MB.
        model: The model to use. The document names only `dall-e-2`; compatible servers have models
            of their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: A stable identifier of yours for the end user, which helps the server to detect abuse.
        extra_fields: Further fields of the body, or values that the document does not allow. They
            are sent without validation.
        extra_headers: Headers for this request. They override the client's.
        extra_query: Further query parameters. They override the client's.
        timeout: Seconds for the whole call, in place of the client's; `math.inf` for no limit.
        max_retries: How many times this call may be repeated, if that cannot be billed twice, in
            place of the client's.
        retry_unknown: Whether this call may be repeated even if the server may already have carried
            it out, and billed it; in place of the client's.
        idempotency_key: Sent as the header `Idempotency-Key`, the same on every attempt. Servers
            that do not know it ignore it, so it does not change what is repeated.
        stem: What each file name begins with; the first number from 1 that no file with the stem
            has follows, and the extension of the file's format (png, jpeg or webp, else bin). Not a
            path: files stay within the directory.
        overwrite: Whether to number the images by their place in the response, and replace a file of
            the same name. A file with another extension stays.

    Returns:
        The files, in the order of the response.

    Raises:
        InvalidRequestError: An argument breaks a rule of the document. Nothing was sent.
        StatusError: The server responded with a status other than 2xx; its subclasses say which.
        ResponseError: The server reported success, but the response cannot be used.
        TransportError: No usable response came.
        CallTimeoutError: The call took longer than its timeout.
        ConfigurationError: An option of the call, or the key, cannot be used.
        ClientStateError: The client is closed, or belongs to another event loop.
        SaveError: The directory cannot be written to, and nothing was sent; or an image could not be
            written. Whatever the error, images that came whole are saved; its `partial` lists their
            files, and its `unsaved` has the bytes of those that could not be written.
    """
    from ..._runtime.images.destination import Destination
    from ..._runtime.images.save import save_response
    from ..._runtime.images.stream import open_response

    response = open_response(
        client,
        _CREATE_IMAGE_VARIATION,
        Arguments(
            body=_models.CreateImageVariationRequest(
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
        _IMAGES,
    )
    return await save_response(client, response, Destination.checked(directory, stem, overwrite=overwrite))
