# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Images out of responses: fetching, decoding and saving them."""

import os
from pathlib import Path

from ._runtime.images.destination import Destination
from ._runtime.images.fetch import fetch
from ._runtime.images.save import save_each
from .client import Client
from .models.image import Image
from .models.images_response import ImagesResponse


async def fetch_image(client: Client, image: Image) -> bytes:
    """Return an image's bytes: decoded if the response holds them, else downloaded.

    A link that is a `data:` URL is decoded. A download carries neither the key nor headers or
    cookies of the client, follows redirects only within a scheme, and is repeated up to
    `max_retries` times, because a GET costs nothing. It is bounded by the client's `timeout` and
    `max_response_bytes`. If it has no length, and the end of a PNG, JPEG or WebP file is missing,
    it broke off, and is repeated; if the same bytes come again, they are the image.

    Args:
        client: Whose connections and settings are used; a relative link is resolved against
            its `base_url`.
        image: An item of a response.

    Returns:
        The file as the server made it, which need not be a PNG.

    Raises:
        ResponseError: The item holds no image, its base64 or `data:` URL is invalid, or the
            download is empty, broke off, is longer than `max_response_bytes`, or is HTML, JSON or
            other text both by its content type and by its first bytes.
        InvalidRequestError: The link is not an http(s) URL.
        StatusError: The link's server refuses it; with 403, 404 or 410 it has probably expired, or
            is a path on the server's disk.
        RedirectError: The link is redirected to another scheme, to what is no URL, or too often.
        TransportError: The link's server does not respond.
        CallTimeoutError: The download took longer than the client's `timeout`.
        ClientStateError: The client is closed, or belongs to another event loop.
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
    """Save every image of a response as a file, concurrently.

    Files are named `{stem}-{number}.{extension}`, with the extension of the file's format (png,
    jpeg or webp, else bin). Each gets the first number from 1 that no file with the stem has,
    whatever its extension, and appears whole or not at all.

    Args:
        client: Whose connections and settings are used for images that the response links to.
        response: The response.
        directory: Where the files go; created if it does not exist.
        stem: What each file name begins with. Not a path: files stay within the directory.
        overwrite: Whether to number the images by their place in the response, and replace a
            file of the same name. A file with another extension stays.

    Returns:
        The files, in the order of the response.

    Raises:
        InvalidRequestError: `stem` is not a plain file name, or `directory` is not a path.
        SaveError: The directory cannot be written to, which is found before anything is
            downloaded; or an image could not be written, and the error's `unsaved` has its bytes.
        ImageVariationsError: An image cannot be had, as with `fetch_image`. The others were
            saved all the same; the error's `partial` lists their files.
    """
    destination = Destination.checked(directory, stem, overwrite=overwrite)
    sources = ((image.b64_json, image.url) for image in response.data)
    del response  # a text goes as soon as its image is written, unless the caller keeps it
    return await save_each(client, sources, destination)
