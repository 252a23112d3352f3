"""Statements for the lease that each process has that shares a ledger. They run in a transaction, and block.

A lease that ran out, or was ended by the process itself, takes everything with it: rows that were claimed are free
again, and those that were intended are unknown. A process that comes back goes on under another number. So no clock
decides whether a request is sent: the guards in `working` compare numbers alone.
"""

import os
import time

from sqlalchemy import Connection, cast, func, insert, select, update
from sqlalchemy.types import Double

from ..errors import LeaseLostError
from .process_locks import ProcessLocks, machine_name
from .schema import processes

LEASE_SECONDS = 20.0
"""After so long without a beat, a lease has run out."""

BEAT_SECONDS = 5.0
"""How often a lease is renewed."""


def database_time(connection: Connection) -> float:
    """Return the time by which leases count, in seconds: one clock for all that share the ledger.

    Those that share a SQLite file are on one machine, and nobody sets the clock that it starts with.
    """
    if connection.dialect.name == "sqlite":
        return time.monotonic()
    return connection.scalar(select(cast(func.extract("epoch", func.clock_timestamp()), Double))) or 0.0


def join(connection: Connection, now: float, max_per_minute: int | None) -> int:
    """Begin a lease. Return the number of the process."""
    values = {"host": machine_name(), "pid": os.getpid(), "beat": now, "max_per_minute": max_per_minute}
    key = connection.execute(insert(processes).values(values)).inserted_primary_key
    assert key is not None  # noqa: S101  # one row is inserted
    number: int = key[0]
    return number


def renew(connection: Connection, process: int, now: float) -> bool:
    """Renew a lease. Return whether there still is one."""
    return connection.execute(update(processes).where(processes.c.id == process).values(beat=now)).rowcount == 1


def hold(connection: Connection, process: int) -> None:
    """See that a process has its lease until the transaction is over.

    Raises:
        LeaseLostError: It ran out.
    """
    lease = select(processes.c.id).where(processes.c.id == process)
    if connection.scalar(lease.with_for_update(read=True)) is None:
        raise LeaseLostError(
            f"this process did not come to the ledger for {LEASE_SECONDS:g} s, and others went on without it: "
            "run the same command again"
        )


def living(connection: Connection, now: float, locks: ProcessLocks) -> set[int]:
    """Return the processes that have a lease, and that the operating system does not know to be dead."""
    here = machine_name()
    return {
        process
        for process, host, beat in connection.execute(select(processes.c.id, processes.c.host, processes.c.beat))
        # A clock that was set back makes a beat come from the future. That lease ends, too: it would last for too long.
        if abs(now - beat) <= LEASE_SECONDS and not (host == here and locks.is_held(process) is False)
    }
