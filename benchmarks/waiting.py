"""One measurement, in a process of its own: the memory of calls that wait for a slow server.

    python -m benchmarks.waiting PEER SERVER CORE AT_ONCE SIZE

AT_ONCE calls go at once, all with the same bytes of a picture. The server answers none before it has them all, or as
many as the peer lets go at once. Prints one JSON object: growth of memory above the idle client, at the peak, in KiB.
"""

import asyncio
import json
import sys

from benchmarks.calls import WorkNotDoneError, check_counts
from benchmarks.peers import PEERS
from benchmarks.process import hide, memory, reset_peak, settle
from benchmarks.sample import SMALL, drawn, picture
from benchmarks.steering import base_url, counts, hold


async def measured(name: str, server: str, at_once: int, size: int) -> dict[str, float]:
    """Measure one peer, and check that it did the work."""
    peer, image, expected = PEERS[name], picture(size), drawn(SMALL)
    hold(server, 1)
    async with peer.open(base_url(server, 1, SMALL)) as call:
        await call(image)  # what the first call loads for good is the idle client's
        hold(server, min(at_once, peer.limit))
        before = counts(server)
        reset_peak()
        idle = memory("VmRSS")
        texts = await asyncio.gather(*(call(image) for _ in range(at_once)))
        peak = memory("VmHWM")
    if set(texts) != {expected}:
        raise WorkNotDoneError("another picture than the server's came back")
    check_counts(before, counts(server), at_once, size)
    return {"memory_kb": peak - idle}


def main() -> None:
    """Run from the command line."""
    name, server, core, at_once, size = sys.argv[1:]
    settle(int(core))
    hide(PEERS[name].hidden)
    print(json.dumps(asyncio.run(measured(name, server, int(at_once), int(size)))))


if __name__ == "__main__":
    main()
