"""Requests that are given up before they cost anything: their rows are pending, whatever the ledger was doing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar, cast

import httpx
import pytest
from attrs import define, field
from image_variations import Attempt, Client, Outcome
from image_variations_cli.batch import run
from image_variations_cli.errors import LedgerAwayError, LedgerFullError
from image_variations_cli.ledger import FILE_NAME, SqlLedger, open_ledger
from image_variations_cli.ledger.database import Database
from image_variations_cli.ledger.process_locks import ProcessLocks
from sqlalchemy import Connection

from tests.support.batches import draw_images, read_counts, read_rows

T = TypeVar("T")

Moment: TypeAlias = Literal["full", "before", "after", "in doubt"]

ROWS, AT_ONCE = 9, 4


@define(eq=False)
class EndingDatabase:
    """A database that ends the run while the first intents are written, and tells of that what a database may tell."""

    inner: Database
    moment: Moment
    end: Callable[[], object]
    _has_ended: bool = field(default=False, init=False)
    _doubt: tuple[object, object] | None = field(default=None, init=False)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a function that only reads."""
        return await self.inner.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function, and end the run if it writes the first intents."""
        if self._doubt is not None and self._doubt[0] is work:
            return cast(T, self._doubt[1])
        intents: Mapping[asyncio.Future[bool], object] = getattr(getattr(work, "__self__", None), "intents", {})
        if self._has_ended or not intents:
            return await self.inner.write(work)
        self._has_ended = True
        if self.moment in ("full", "before"):
            await self._end_run(intents)
        if self.moment == "full":
            raise LedgerFullError("full")
        result = await self.inner.write(work)
        if self.moment in ("after", "in doubt"):
            await self._end_run(intents)
        if self.moment == "in doubt":
            self._doubt = work, result
            raise LedgerAwayError("away")
        return result

    async def _end_run(self, intents: Mapping["asyncio.Future[bool]", object]) -> None:
        self.end()
        while not all(future.done() for future in intents):  # noqa: ASYNC110  # what cancels them sets no event
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        """Close it."""
        await self.inner.aclose()


class Unfinished(httpx.AsyncBaseTransport, httpx.AsyncByteStream):
    """A transport that never gets beyond one point of a request: connecting, or reading the body of a refusal."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.waiting = 0
        self.has_all = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Take a request, and refuse it, if it gets that far."""
        if self.status is None:
            await self.wait()
        await request.aread()
        return httpx.Response(self.status or 0, stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self.wait()
        yield b""

    async def wait(self) -> None:
        """Wait for ever. Tell when all requests do."""
        self.waiting += 1
        if self.waiting == AT_ONCE:
            self.has_all.set()
        await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("moment", ["full", "before", "after", "in doubt"])
async def test_an_intent_that_is_given_up_while_it_is_written_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: Moment
) -> None:
    """A request that was never begun leaves its row pending, though its intent is in the ledger by then, or may be."""
    transport, out = Unfinished(None), tmp_path / "out"

    async def open_ending(output_dir: Path, **options: object) -> SqlLedger:
        opened = await open_ledger(output_dir, create=True)
        return SqlLedger(EndingDatabase(opened.database, moment, running.cancel), ProcessLocks(out / FILE_NAME))

    monkeypatch.setattr(run, "open_ledger", open_ending)
    async with Client(base_url="http://127.0.0.1:9", transport=transport) as client:
        running = asyncio.create_task(
            run.run_batch(client, draw_images(tmp_path / "in", ROWS), out, concurrency=AT_ONCE)
        )
        await asyncio.wait([running])
    assert running.cancelled()
    counts = await read_counts(out)
    assert (counts.unknown, counts.pending, transport.waiting) == (0, ROWS, 0)


@pytest.mark.parametrize(("status", "outcome"), [(None, Outcome.NOT_SENT), (429, Outcome.REJECTED)])
async def test_a_request_that_is_given_up_at_no_cost_leaves_its_row_pending(
    tmp_path: Path, status: int | None, outcome: Outcome
) -> None:
    """A batch that is cancelled while it connects, or reads a refusal, knows that nothing was made."""
    transport, out, told = Unfinished(status), tmp_path / "out", list[Attempt]()
    async with Client(base_url="http://127.0.0.1:9", transport=transport, on_attempt=told.append) as client:
        running = asyncio.create_task(
            run.run_batch(client, draw_images(tmp_path / "in", ROWS), out, concurrency=AT_ONCE)
        )
        await transport.has_all.wait()
        running.cancel()
        await asyncio.wait([running])
    rows = await read_rows(out)
    assert {(row.state, row.billed) for row in rows} == {("pending", "no")}
    tried = [attempt.outcome for row in rows for attempt in row.attempts]
    assert tried == [attempt.outcome for attempt in told] == [outcome] * AT_ONCE
