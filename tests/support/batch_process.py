"""A batch in a process of its own, which a test can kill.

python -m tests.support.batch_process BASE_URL FOLDER OUTPUT [unknown]
"""

import asyncio
import sys
from pathlib import Path

from image_variations import Client
from image_variations_cli import retry_batch, run_batch

from tests.support.batches import source_of


def images_of(folder: str) -> list[Path]:
    """Return the files of a folder, in order."""
    return sorted(Path(folder).iterdir())


async def main(base_url: str, folder: str, output: str, *retry: str) -> None:
    """Run a batch over the images of a folder, or try its unknown rows again."""
    async with Client(base_url=base_url) as client:
        if retry:
            await retry_batch(client, output, unknown=True)
        else:
            await run_batch(client, map(source_of, images_of(folder)), output)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
