"""Statements that share a rate among processes. They run in a transaction, and block."""

import math

from sqlalchemy import Connection, func, insert, select, update

from .schema import processes, starts, wait_for_turn

_MAX_STARTS = 1000
"""Starts that are reserved at a time, at the most."""


def find_rate(connection: Connection) -> int | None:
    """Return how many requests all processes together may start in a minute: the least that one of them was given."""
    least: int | None = connection.scalar(select(func.min(processes.c.max_per_minute)))
    return least


def reserve(connection: Connection, now: float) -> list[float]:
    """Reserve a process's share of the next second's starts. Return the seconds from now until each of them.

    There are none if there is no rate.

    One time for all processes says when the next start may be. Time that nobody used counts for the next starts, up
    to a second: a token bucket that is kept as one time, as in the client.
    """
    wait_for_turn(connection)
    max_per_minute = find_rate(connection)
    if max_per_minute is None:
        return []
    spacing = 60 / max_per_minute
    found = connection.execute(select(starts.c.next_start, starts.c.read_at)).first()
    if found is None:
        first = now
        connection.execute(insert(starts).values(id=1, next_start=now, read_at=now))
    else:
        next_start, read_at = found
        # A clock that was set back takes what is reserved along.
        next_start -= max(0.0, read_at - now)
        first = max(next_start, now - max(0.0, 1 - spacing))
    sharing = connection.scalar(select(func.count()).select_from(processes)) or 1
    number = min(max(1, math.floor(1 / spacing / sharing)), _MAX_STARTS)
    connection.execute(update(starts).values(next_start=first + number * spacing, read_at=now))
    return [max(0.0, first + index * spacing - now) for index in range(number)]
