"""Vary one image, and write what comes back to variations/.

    python -m examples.quickstart otter.png

The server and its key are `OPENAI_BASE_URL` and `OPENAI_API_KEY`. `--base-url` names a server that asks for no key:
the environment's key is not sent to it.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from image_variations import Client, ImageVariationsError, create_image_variation, save_images

DIRECTORY = Path("variations")


async def vary(image: Path, base_url: str | None) -> list[Path]:
    """Two variations, as files."""
    async with Client(base_url=base_url) as client:
        response = await create_image_variation(client, image=image, n=2, size="512x512", response_format="b64_json")
        return await save_images(client, response, DIRECTORY, overwrite=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make two variations of an image.")
    parser.add_argument("image", type=Path, help="a square PNG file")
    parser.add_argument("--base-url", help="a server that asks for no key, such as http://127.0.0.1:9997/v1")
    options = parser.parse_args()
    try:
        variations = asyncio.run(vary(options.image, options.base_url))
    except ImageVariationsError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print(f"{len(variations)} images written to {DIRECTORY}/")


if __name__ == "__main__":
    main()
