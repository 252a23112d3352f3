# Generated from the OpenAPI document by `make generate`, which discards edits.
"""Picture files out of answers: fetching, decoding and saving them."""

import os
from pathlib import Path

from ._runtime.pictures import fetch
from ._runtime.saving import Destination, save_pictures
from .client import Client
from .models.image import Image
from .models.images_response import ImagesResponse


async def fetch_image(client: Client, image: Image) -> bytes:
    """Return a picture's file: decoded where the answer holds it, else downloaded.

    A download carries neither the key nor headers or cookies of the client, follows no
    redirect to another scheme, and is repeated freely, for a GET costs nothing. It is bounded
    by the client's `timeout` and `max_response_bytes`.

    Args:
        client: Whose connections and settings are used; a relative link is its server's.
        image: An item of an answer.

    Returns:
        The file as the server made it: PNG, or what else it makes.

    Raises:
        ResponseError: There is no picture, it is not base64, or it broke off.
        InvalidRequestError: The link is no http(s) URL.
        StatusError: The link's server refuses it; with 403, 404 or 410 it has probably expired.
        TransportError: The link's server does not answer.
        CallTimeoutError: The download took longer than the client's `timeout`.
    """
    return await fetch(client, image.b64_json, image.url)


async def save_images(
    client: Client,
    response: ImagesResponse,
    directory: os.PathLike[str],
    *,
    stem: str = "variation",
    overwrite: bool = False,
) -> list[Path]:
    """Save every picture of an answer as a file, all at once.

    Files are named `{stem}-{number}.{extension}`, numbered from 1, with the extension that
    their bytes ask for (png, webp or jpeg). Each appears whole or not at all.

    Args:
        client: Whose connections and settings are used for pictures that the answer links to.
        response: The answer.
        directory: Where to; it is made where it is not there.
        stem: What each file name begins with. Not a path: files stay within the directory.
        overwrite: Whether files may be replaced.

    Returns:
        The files, in the answer's order.

    Raises:
        SaveError: A file cannot be written, or one of that name is there already.
        ImageVariationsError: A picture cannot be had, as with `fetch_image`. The other pictures
            were saved all the same; the error's `partial` names their files.
    """
    destination = Destination.checked(directory, stem, overwrite=overwrite)
    sources = [(image.b64_json, image.url) for image in response.data]
    return await save_pictures(client, sources, destination)
