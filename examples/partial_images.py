"""Watch an image appear: the server sends what it has while it still works, and each of these images is saved.

    make pin SPEC=https://raw.githubusercontent.com/openai/openai-openapi/<commit>/openapi.yaml \
        OPERATIONS=createImageEdit PIN=image_edits.yaml
    make generate SPEC=image_edits.yaml OUT=image_edits
    python -m examples.partial_images

The client is that of another operation than this project's own, so it is generated first. The settings are those of
examples/variations.py: `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `IMAGE`. Without a URL, the reference server of tests/
is started, which draws with Pillow.
"""

import asyncio
import os
from contextlib import AsyncExitStack

from image_edits import Client, ImageEditsError, PartialImage, create_image_edit_files, create_image_edit_stream

from examples.variations import DIRECTORY, find_original
from tests.reference_server import ReferenceServer

PROMPT = "The same, at night."


async def main() -> None:
    """Edit one image twice: show its pieces as they come, and have them saved as files."""
    original = find_original()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(await open_client(stack))

        async with create_image_edit_stream(
            client, image=original, prompt=PROMPT, partial_images=3, partial=True
        ) as images:
            async for image in images:
                size = sum([len(piece) async for piece in image])
                what = f"partial image {image.partial}" if isinstance(image, PartialImage) else "the whole image"
                print(f"{what}: {size:,} bytes")

        paths = await create_image_edit_files(
            client,
            DIRECTORY,
            image=original,
            prompt=PROMPT,
            partial_images=3,
            partial=True,
            stem="edit",
            overwrite=True,
        )
    print(f"Written to {DIRECTORY}/: {', '.join(path.name for path in paths)}")


async def open_client(stack: AsyncExitStack) -> Client:
    """A client of the server that the environment names, else of a reference server that stops with `stack`."""
    if url := os.environ.get("OPENAI_BASE_URL"):
        return Client(base_url=url, api_key=os.environ.get("OPENAI_API_KEY"))
    server = await stack.enter_async_context(ReferenceServer())
    return Client(base_url=server.base_url, api_key=server.api_key)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (ImageEditsError, OSError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None
