"""The time of tests: it stands still while somebody works, and jumps ahead when all wait."""

import asyncio
import threading
from pathlib import Path

from image_variations import Client, create_image_variation, create_image_variation_detailed
from image_variations.testing import FakeClock, FakeImages


class SlowFile:
    """A file that takes a thread a while: until somebody else has had many turns of the event loop."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._may_go_on = threading.Event()

    def read(self, size: int) -> bytes:
        """Give the content."""
        self._may_go_on.wait(5)
        content, self._content = self._content[:size], self._content[size:]
        return content

    async def go_on(self) -> None:
        """Let the reading end, after a while."""
        await turns(500)
        self._may_go_on.set()


async def turns(number: int) -> None:
    """Let others have so many turns of the event loop."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_time_stands_still_while_a_file_is_read_in_a_thread(png: bytes) -> None:
    """The wait of another call does not use up this one's timeout."""
    clock = FakeClock()
    with FakeImages(clock=clock) as fake:
        fake.is_slow(30)
        async with Client(transport=fake) as client:
            slow = asyncio.create_task(create_image_variation(client, image=png))
            await turns(20)
            assert len(fake.requests) == 1
            file = SlowFile(png)
            _, response, _ = await asyncio.gather(
                file.go_on(), create_image_variation_detailed(client, image=file, timeout=20), slow
            )
    assert (response.elapsed, clock.now) == (0, 30)


async def test_time_goes_on_while_a_file_waits_for_it(png: bytes) -> None:
    """A slow upload is one of the waits."""
    clock = FakeClock()

    class Upload:
        name = "a.png"

        async def read(self, size: int) -> bytes:
            nonlocal png
            await clock.sleep(10)
            content, png = png[:size], png[size:]
            return content

    with FakeImages(clock=clock) as fake:
        async with asyncio.timeout(30), Client(transport=fake) as client:
            await create_image_variation(client, image=Upload())
    assert clock.now >= 10


async def test_time_stands_still_while_one_call_comes_after_the_other(png: bytes, tmp_path: Path) -> None:
    """However many there are, if none of them waits."""
    (tmp_path / "a.png").write_bytes(png)
    clock = FakeClock()
    with FakeImages(clock=clock) as fake:
        fake.is_slow(30)
        async with Client(transport=fake) as client:
            slow = asyncio.create_task(create_image_variation(client, image=png))
            await turns(20)
            assert len(fake.requests) == 1
            for _ in range(30):
                await create_image_variation(client, image=tmp_path / "a.png")
            assert clock.now == 0
            await slow
    assert clock.now == 30


def test_a_clock_may_be_used_in_one_event_loop_after_the_other(png: bytes) -> None:
    """A fixture of a module lives longer than the loop of a test."""
    clock = FakeClock()

    async def wait_for_three() -> None:
        with FakeImages(clock=clock) as fake:
            fake.is_slow(3, times=3)
            async with Client(transport=fake) as client:
                await asyncio.gather(*(create_image_variation(client, image=png) for _ in range(3)))

    asyncio.run(wait_for_three())
    asyncio.run(wait_for_three())
    assert clock.now == 6
