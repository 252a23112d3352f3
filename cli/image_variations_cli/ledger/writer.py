"""What waits to be written to the ledger, and writes it in groups: one commit for all that waits."""

import asyncio

from attrs import define, field
from sqlalchemy import Connection

from ..errors import LedgerError
from . import working
from .database import PatientDatabase
from .entries import Claim, Intent, Record

_COMPANY_SECONDS = 0.003
"""How long a commit waits for others to come along. Of a batch of small images that saves a tenth of the CPU time."""


@define(eq=False)
class _Group:
    """What is written in one transaction."""

    intents: dict["asyncio.Future[bool]", Intent] = field(factory=dict["asyncio.Future[bool]", Intent])
    records: dict["asyncio.Future[bool]", Record] = field(factory=dict["asyncio.Future[bool]", Record])
    withdrawn: list[Record] = field(factory=list[Record])
    released: list[Claim] = field(factory=list[Claim])

    def __bool__(self) -> bool:
        return bool(self.intents or self.records or self.withdrawn or self.released)

    def write(self, connection: Connection) -> set[Intent]:  # perhaps in a thread
        working.record(connection, [*self.records.values(), *self.withdrawn])
        working.release(connection, self.released)
        # The last: a row may be freed and intended again. Each time anew: an intent that was given up, while a full
        # disk was waited for, is none any more.
        return working.intend(connection, [one for future, one in self.intents.items() if not future.done()])


@define(eq=False)
class GroupWriter:
    """Commits intents and records, all that wait at a time in one transaction.

    A commit of 2 ms is shared by those who wait for it, and by those who come while another is under way.
    """

    database: PatientDatabase
    _group: _Group = field(factory=_Group, init=False)
    _writing: "asyncio.Task[None] | None" = field(default=None, init=False)
    _lost: int = field(default=0, init=False)

    async def intend(self, intent: Intent) -> bool:
        """Write that a request is to be sent. Return whether the row is still this process's.

        If the wait is cancelled, it may be written or not: `withdraw` the request.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group.intents[future] = intent
        self._start()
        return await future

    async def record(self, record: Record) -> None:
        """Write what became of a row. It is written, even if the wait for that is cancelled."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group.records[future] = record
        self._start()
        await asyncio.shield(future)

    def withdraw(self, record: Record) -> None:
        """Write, soon, that a request was given up before it could cost anything. It need not be intended yet."""
        self._group.withdrawn.append(record)
        self._start()

    def release(self, claim: Claim) -> None:
        """Give a row back, soon."""
        self._group.released.append(claim)
        self._start()

    async def flush(self) -> None:
        """Wait until all is written.

        Raises:
            LedgerError: The ledger failed, and what waited is not written.
        """
        while self._writing is not None:
            await asyncio.shield(self._writing)

    def add_loss(self, error: LedgerError) -> LedgerError:
        """Return an error that says what is not written."""
        if not self._lost:
            return error
        requests = "a request" if self._lost == 1 else f"{self._lost} requests"
        return type(error)(
            f"{error}; the outcome of {requests} is not in the ledger: such a row becomes unknown, and its images are "
            "kept"
        )

    def _start(self) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._group:
                await asyncio.sleep(_COMPANY_SECONDS)
                group, self._group = self._group, _Group()
                try:
                    held = await self._commit(group)
                except Exception as error:
                    self._lost += sum(record.attempt is not None for record in group.records.values())
                    for future in (*group.intents, *group.records):
                        if not future.done():
                            future.set_exception(error)
                            future.exception()  # seen: those who waited may have been cancelled
                    continue
                for future, intent in group.intents.items():
                    if not future.done():
                        future.set_result(intent in held)
                for done in group.records:
                    if not done.done():
                        done.set_result(True)
        finally:
            self._writing = None

    async def _commit(self, group: _Group) -> set[Intent]:
        return await self.database.write(group.write)
