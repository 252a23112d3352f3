"""This process among those that share a ledger."""

import asyncio
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress

from attrs import define, field
from sqlalchemy import Connection, delete, select

from ..errors import LedgerError
from . import claiming, rates, registering, working
from .database import PatientDatabase
from .leases import BEAT_SECONDS, join, living, renew
from .process_locks import ProcessLocks
from .schema import processes, wait_for_turn, wanted

MAX_RATE = 2**31 - 1
"""The largest rate that a ledger keeps. Nobody is as fast."""

_UNTRIED = -1
"""Stands for no number of attempts."""


_READING_SECONDS = 0.5
"""Longer than a state of the ledger is read for."""


@define(eq=False)
class Membership:
    """A process that shares a ledger: its number, its lease, and what it wants.

    Attributes:
        locks: What tells on one machine at once that a process is dead.
        now: Tells the time by which leases count.
        max_per_minute: How many requests may start in a minute, as this process was told.
        rate: The same, for all processes together: the least that one of them was told.
        process: Its number. It gets another one if its lease ran out.
    """

    database: PatientDatabase
    locks: ProcessLocks
    now: Callable[[Connection], float]
    max_per_minute: int | None = None
    rate: int | None = field(default=None, init=False)
    process: int | None = field(default=None, init=False)
    _begun: int | None = field(default=None, init=False)
    _ended: list[int] = field(factory=list[int], init=False)
    _wanted: "array[int]" = field(factory=lambda: array("q"), init=False)
    _turn: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    _beating: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def join(self) -> int:
        """Get a number, and keep its lease until `leave`. Return it."""
        process = await self.renew()
        self._beating = asyncio.create_task(self._beat())
        return process

    async def renew(self) -> int:
        """Renew the lease, and end those of others that ran out. Return the number, a new one if the lease was lost."""
        async with self._turn:
            process, self.rate, ended = await self.database.write(self._renew)
            self.process = process
        if ended:
            self._ended += ended
            asyncio.get_running_loop().call_later(_READING_SECONDS, self._forget_ended)
        return process

    async def leave(self) -> None:
        """End the lease, and give back all that this process has."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait([self._beating])
        if self.process is None:
            return
        process = self.process
        try:
            await self.database.write(lambda connection: _end(connection, process))
        except LedgerError:  # others do it
            self.locks.let_go(process)
        else:
            self.locks.forget(process)
        self._forget_ended()

    def want(self, rows: Iterable[tuple[int, int | None]]) -> None:
        """Remember rows that this process wants, and the attempts after which, in case its lease runs out."""
        for row, attempts in rows:
            self._wanted.extend((row, _UNTRIED if attempts is None else attempts))

    def find_living(self, connection: Connection) -> set[int]:
        """Return the processes that live."""
        alive = living(connection, self.now(connection), self.locks)
        return alive if self.process is None else alive | {self.process}

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(LedgerError):  # the next one may do
                await self.renew()

    def _forget_ended(self) -> None:
        """Remove the locks of processes that were ended.

        A reader that began before that was committed still sees the lease. Without the lock it would take the process
        for a living one.
        """
        for other in self._ended:
            self.locks.forget(other)
        self._ended = []

    def _renew(self, connection: Connection) -> tuple[int, int | None, list[int]]:
        wait_for_turn(connection)
        now = self.now(connection)
        if self.process is not None and renew(connection, self.process, now):
            process = self.process
        else:
            process = self._begin(connection, now)
        ended = end_others(connection, process, now, self.locks)
        return process, rates.find_rate(connection), ended

    def _begin(self, connection: Connection, now: float) -> int:
        """Get a number, with the lock that belongs to it, and want what was wanted before."""
        process = join(connection, now, self.max_per_minute)
        if self._begun is not None:  # its lease ran out, or the transaction is repeated
            self.locks.forget(self._begun)
        self.locks.take(process)
        self._begun = process
        pairs = zip(self._wanted[::2], self._wanted[1::2], strict=True)
        claiming.want_rows(connection, process, [(row, None if n == _UNTRIED else n) for row, n in pairs])
        return process


def end_others(connection: Connection, process: int, now: float, locks: ProcessLocks) -> list[int]:
    """End the leases that ran out, but for that of a process. Return which were ended."""
    alive = living(connection, now, locks) | {process}
    lost = [other for other in connection.scalars(select(processes.c.id)).all() if other not in alive]
    for other in lost:
        _end(connection, other)
    return lost


def _end(connection: Connection, process: int) -> None:
    """End a lease, and give back all that the process has."""
    wait_for_turn(connection)
    # The first: a claim that is under way is waited for, and none begins any more.
    connection.execute(delete(processes).where(processes.c.id == process))
    registering.forget(connection, process)
    working.take_back(connection, process)
    connection.execute(delete(wanted).where(wanted.c.process == process))
