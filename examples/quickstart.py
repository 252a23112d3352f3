"""Vary one picture, and write what comes back to variations/.

    python -m examples.quickstart otter.png

The server and its key are `OPENAI_BASE_URL` and `OPENAI_API_KEY`. `--base-url` names a server that asks for no key:
the environment's key is not sent to it.
"""

import argparse
import asyncio
import base64
import sys
from pathlib import Path

from image_variations import Client, ImageVariationsError, create_image_variation


async def vary(picture: Path, base_url: str | None) -> list[bytes]:
    """Two variations, as PNG files."""
    async with Client(base_url=base_url) as client:
        response = await create_image_variation(client, image=picture, n=2, size="512x512", response_format="b64_json")
    return [base64.b64decode(image.b64_json) for image in response.data if image.b64_json]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make two variations of a picture.")
    parser.add_argument("picture", type=Path, help="a square PNG file")
    parser.add_argument("--base-url", help="a server that asks for no key, such as http://127.0.0.1:9997/v1")
    options = parser.parse_args()
    try:
        variations = asyncio.run(vary(options.picture, options.base_url))
    except ImageVariationsError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    directory = Path("variations")
    directory.mkdir(exist_ok=True)
    for number, content in enumerate(variations, start=1):
        (directory / f"variation-{number}.png").write_bytes(content)
    print(f"{len(variations)} pictures written to {directory}/")


if __name__ == "__main__":
    main()
