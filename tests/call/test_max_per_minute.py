"""A limit to how many attempts start in a minute, as calls feel it."""

import asyncio
import itertools
import random
from collections.abc import Coroutine
from functools import partial

import httpx
import pytest
from image_variations import (
    CallTimeoutError,
    Client,
    ClientStateError,
    create_image_variation,
    create_image_variation_detailed,
    create_image_variation_stream,
)
from image_variations._runtime.api_key import ApiKey

from tests.support.clocks import HandClock, client_by
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer
from tests.support.stage import SUCCESS, Answer, Scene, Stage
from tests.support.turns import reply
from tests.support.virtual_time import VirtualClient, run_in_virtual_time

PNG = make_png()
REFUSED = Scene("all", Answer(503, {"Retry-After": "0.1"}), "no")
URL = "http://stage/v1"


def began(stage: Stage) -> list[float]:
    """When each attempt came to the server, in seconds from the first."""
    return [round(seen.began - stage.seen[0].began, 3) for seen in stage.seen]


async def call(client: Client, name: str = "", seconds: float | None = None) -> object:
    """Call within so many seconds, with a name that the stage sees."""
    return await create_image_variation(client, image=PNG, extra_headers={"x-call": name}, timeout=seconds)


def test_calls_retries_and_copies_take_turns() -> None:
    """The limit is that of the connections: whoever uses them, the starts of all attempts are spaced together."""

    async def main() -> Stage:
        stage = Stage(REFUSED, REFUSED, SUCCESS)
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=50) as client:
            await asyncio.gather(call(client), call(client.with_options(timeout=99.0)), call(client))
        return stage

    assert began(run_in_virtual_time(main())) == [0, 1.2, 2.4, 3.6, 4.8]


async def test_a_copy_cannot_have_another_limit(scripted: ScriptedServer) -> None:
    """It shares the connections, and what they are limited to."""
    async with Client(base_url=scripted.base_url) as client:
        with pytest.raises(TypeError, match="max_per_minute"):
            client.with_options(max_per_minute=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # the mistake is the point


def test_a_streamed_call_takes_its_turn_too() -> None:
    """What a call does with its response makes no difference to when it may start."""

    async def stream(client: Client) -> None:
        async with create_image_variation_stream(client, image=PNG) as images:
            async for image in images:
                async for _ in image:
                    pass

    async def main() -> Stage:
        stage = Stage(SUCCESS)
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=60) as client:
            await asyncio.gather(stream(client), call(client), stream(client))
        return stage

    assert began(run_in_virtual_time(main())) == [0, 1, 2]


def test_a_call_that_runs_out_of_time_before_its_turn_is_not_sent() -> None:
    """It costs nothing and says why; the time in line counts, and the turn goes to the next."""

    async def main() -> tuple[CallTimeoutError, Stage]:
        stage = Stage(SUCCESS)
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=6) as client:
            await call(client, "")
            late, last = asyncio.create_task(call(client, seconds=9.0)), asyncio.create_task(call(client))
            with pytest.raises(CallTimeoutError) as error:
                await late
            await last
        return error.value, stage

    error, stage = run_in_virtual_time(main())
    assert str(error) == (
        "createImageVariation took longer than 9 s; its time ran out while waiting for its turn "
        "(max_per_minute=6), so attempt 1 was not sent"
    )
    assert (error.billed, error.attempts, round(error.elapsed, 3)) == ("no", (), 9.0)
    assert began(stage) == [0, 10]


@pytest.mark.parametrize(
    ("scene", "billed"),
    [(REFUSED, "no"), (Scene("all", ConnectionResetError, "unknown"), "unknown")],
    ids=["refused", "lost"],
)
def test_a_retry_that_runs_out_of_time_before_its_turn_is_not_sent(scene: Scene, billed: str) -> None:
    """The call costs what its earlier attempts can have cost."""

    async def main() -> CallTimeoutError:
        stage = Stage(scene, SUCCESS)
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=6, retry_unknown=True) as client:
            with pytest.raises(CallTimeoutError, match=r"so attempt 2 was not sent$") as error:
                await call(client, seconds=9.0)
        return error.value

    error = run_in_virtual_time(main())
    assert (error.billed, len(error.attempts)) == (billed, 1)


def test_a_timeout_elsewhere_does_not_blame_the_limit() -> None:
    """Neither in an attempt, nor while the key is asked for."""

    async def key() -> str:
        await asyncio.sleep(99.0)
        return "key"

    async def main(scene: Scene, api_key: ApiKey | None = None) -> str:
        stage = Stage(scene)
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=60, api_key=api_key) as client:
            with pytest.raises(CallTimeoutError) as error:
                await call(client, seconds=5.0)
        return str(error.value)

    assert run_in_virtual_time(main(Scene("all", None, "unknown"))).endswith("in attempt 1")
    assert run_in_virtual_time(main(SUCCESS, key)).endswith("while waiting")


async def test_a_pause_that_the_server_asks_for_holds_the_line(scripted: ScriptedServer) -> None:
    """No turn comes before the end of a 429's Retry-After; from then on they are spaced."""
    scripted.script = [reply(429, b"", {"Retry-After": "5"}), scripted.script[-1]]
    hand = HandClock()
    async with client_by(hand.clock)(base_url=scripted.base_url, max_per_minute=50) as client:
        calls = [asyncio.create_task(create_image_variation_detailed(client, image=PNG)) for _ in range(2)]
        await hand.until_asleep(2)  # the one for its retry, the other for its turn
        hand.move(4.9)
        await hand.until_asleep(2)
        assert len(scripted.requests) == 1
        hand.move(0.1)
        await scripted.until(lambda: len(scripted.requests) == 2)
        await hand.until_asleep(1)
        hand.move(1.2)
        await asyncio.gather(*calls)
    assert len(scripted.requests) == 3


def test_the_key_is_asked_for_when_the_turn_has_come() -> None:
    """A key that would be stale at the end of the line is not, and one that takes long brings no starts together."""
    asked: list[float] = []

    async def key() -> str:
        asked.append(asyncio.get_running_loop().time())
        await asyncio.sleep(len(asked) % 3)
        return f"sk-{len(asked)}"

    async def main() -> Stage:
        stage = Stage(SUCCESS)
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=50, api_key=key) as client:
            await asyncio.gather(*(call(client) for _ in range(6)))
        return stage

    starts = [seen.began for seen in run_in_virtual_time(main()).seen]
    assert all(later - earlier >= 1.2 - 1e-6 for earlier, later in itertools.pairwise(starts))
    assert all(0.0 <= start - began <= 2.1 for began, start in zip(asked, starts, strict=True))


def test_closing_the_client_ends_those_in_line() -> None:
    """They are not sent, and say that the client was closed."""

    async def main() -> Stage:
        stage = Stage(SUCCESS)
        client = VirtualClient(base_url=URL, transport=stage, max_per_minute=1)
        calls = [asyncio.create_task(call(client)) for _ in range(3)]
        await calls[0]
        await client.aclose()
        for waiting in calls[1:]:
            with pytest.raises(ClientStateError, match="the client was closed"):
                await waiting
        return stage

    assert len(run_in_virtual_time(main()).seen) == 1


def _visit(client: Client, chance: random.Random, number: int) -> Coroutine[object, object, None]:
    async def visit() -> None:
        await asyncio.sleep(chance.uniform(0.0, 20.0))
        task = asyncio.create_task(call(client, f"{number}", seconds=chance.choice([1.0, 5.0, 500.0])))
        if chance.random() < 0.3:
            asyncio.get_running_loop().call_later(chance.uniform(0.0, 3.0), task.cancel)
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()

    return visit()


@pytest.mark.parametrize("max_per_minute", [7, 50, 61, 90, 600])
def test_no_stretch_of_time_has_more_starts_than_the_limit(max_per_minute: int) -> None:
    """Whatever calls come, fail, give up or are cancelled: a bucket of one second's share would allow each start."""
    chance = random.Random(max_per_minute)  # noqa: S311  # a fixed order of events

    async def main() -> Stage:
        scenes = [SUCCESS, REFUSED, Scene("nothing", partial(httpx.ConnectError, "no"), "no")]
        stage = Stage(SUCCESS)
        stage.scripts = {f"{number}": [chance.choice(scenes), SUCCESS] for number in range(200)}
        async with VirtualClient(base_url=URL, transport=stage, max_per_minute=max_per_minute) as client:
            await asyncio.gather(*(_visit(client, chance, number) for number in range(200)))
        return stage

    starts = [seen.began for seen in run_in_virtual_time(main()).seen]
    share = max(1.0, max_per_minute / 60)
    assert len(starts) > 3
    for first, start in enumerate(starts):
        for last, end in enumerate(starts[first:], first):
            assert last - first + 1 <= share + (end - start) * max_per_minute / 60 + 1e-3
