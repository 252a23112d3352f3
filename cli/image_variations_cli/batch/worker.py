"""The rows that a process takes of a batch that it may share with others: claimed, and run beside one another.

It ends when no row that it wants is free, or held by another process: that one may die and leave the row.
"""

import asyncio

from attrs import define, field

from ..errors import LedgerError
from ..events import BatchWaits
from ..ledger import SqlLedger, Wish
from .row_run import RowRunner

_CLAIMS = 256
"""Rows that are claimed at a time, at the most."""

_LOOK_SECONDS = 1.0
"""How often a process that has nothing left to claim looks again."""

_AHEAD = 4
"""Rows that are read and fitted while they wait for a slot."""


@define(eq=False)
class Worker:
    """Runs rows, so many at a time."""

    runner: RowRunner
    ledger: SqlLedger
    wish: Wish
    concurrency: int
    limit: int | None
    _left: int | None = field(init=False)
    _places: asyncio.Semaphore = field(init=False)
    _tasks: set["asyncio.Task[None]"] = field(factory=set["asyncio.Task[None]"], init=False)
    _failure: BaseException | None = field(default=None, init=False)
    _has_waited: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._left = self.limit
        self._places = asyncio.Semaphore(2 * self.concurrency + _AHEAD)

    async def run(self) -> None:
        """Run the rows.

        Raises:
            LedgerError: The ledger failed.
        """
        try:
            await self._start_rows()
            while self._tasks or (self._failure is None and await self._has_more()):
                # Others give rows back, or leave them when they die.
                if self._tasks:
                    await asyncio.wait(self._tasks, timeout=_LOOK_SECONDS)
                else:
                    await self.runner.unless_stopped(asyncio.sleep(_LOOK_SECONDS))
                await self._start_rows()
        except BaseException:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise
        if self._failure is not None:
            raise self._failure

    async def _start_rows(self) -> None:
        """Claim rows and start them, until none is free."""
        after = 0
        while not self.runner.stopping.is_set() and self._left != 0:
            try:
                claims = await self.ledger.claim(self.wish, after, min(_CLAIMS, self._left or _CLAIMS))
            except LedgerError as error:  # what is under way is finished
                self._failure = self._failure or error
                self.runner.stopping.set()
                return
            if not claims and after == 0:
                return
            after = claims[-1].id if claims else 0  # rows before may have been given back
            self._left = None if self._left is None else self._left - len(claims)
            for claim in claims:
                await self._places.acquire()
                task = asyncio.create_task(self.runner.run(claim))
                self._tasks.add(task)
                task.add_done_callback(self._note_end)

    async def _has_more(self) -> bool:
        """Return whether rows may still be started, now that none is under way. Say so once if others have them."""
        await self.runner.judge_suspects()
        if self.runner.cause.problem is not None or self.runner.stopping.is_set() or self._left == 0:
            return False
        has_more = await self.ledger.has_more(self.wish)
        if has_more and not self._has_waited:
            self._has_waited = True
            self.runner.tell(BatchWaits())
        return has_more

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._places.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
            self.runner.stopping.set()
