"""A batch in a process of its own, which a test can kill.

    python -m tests.support.batch_process BASE_URL FOLDER OUTPUT LEDGER [unknown]

It prints how much memory it had, in bytes, after 100 rows and at the end.
"""

import asyncio
import os
import sys
from pathlib import Path

from image_variations import Client
from image_variations_cli import Event, RowDone, retry_batch, run_batch

from tests.support.batches import source_of


class Memory:
    """Measures the memory of this process."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, event: Event) -> None:
        """Measure after 100 rows."""
        if isinstance(event, RowDone):
            self.rows += 1
            if self.rows == 100:
                self.show()

    def show(self) -> None:
        """Print what is resident."""
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        print(pages * os.sysconf("SC_PAGE_SIZE"), flush=True)  # noqa: T201  # what the program is for


def images_of(folder: str) -> list[Path]:
    """Return the files of a folder, in order."""
    return sorted(Path(folder).iterdir())


async def main(base_url: str, folder: str, output: str, ledger: str, *retry: str) -> None:
    """Run a batch over the images of a folder, or try its unknown rows again."""
    memory = Memory()
    async with Client(base_url=base_url) as client:
        if retry:
            await retry_batch(client, output, ledger=ledger or None, unknown=True)
        else:
            await run_batch(client, map(source_of, images_of(folder)), output, ledger=ledger or None, on_event=memory)
    memory.show()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
