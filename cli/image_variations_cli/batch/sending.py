"""One request of a row on its way: intended, in a slot, over."""

import asyncio
from collections.abc import Callable

from attrs import define, evolve, field
from image_variations import Attempt, Client, Outcome

from ..events import Event, RowStarted
from ..ledger import Claim, Intent, Ledger
from .disk import Disk
from .slots import Slots

_MAX_WAIT = 2.0
"""Seconds that a row may wait for a slot. After that its turn in the rate is stale, and its lease may be."""


class WithdrawnError(Exception):
    """The request is not sent now."""


class LostError(Exception):
    """The row is another process's by now."""


@define(eq=False)
class Sending:
    """One request of a row.

    It is intended first, and then takes a slot.

    Attributes:
        stopping: Set when no further request is to be sent.
        is_minted: Whether the key was made in this run.
        is_told: Whether it was told that the row is sent.
    """

    client: Client
    ledger: Ledger
    disk: Disk
    slots: Slots
    stopping: asyncio.Event
    tell: Callable[[Event], None]
    claim: Claim
    key: str
    is_minted: bool
    is_told: bool
    _start: float | None = field(default=None, init=False)
    _ended: Attempt | None = field(default=None, init=False)
    _has_slot: bool = field(default=False, init=False)

    @property
    def number(self) -> int:
        """Which attempt of the row it is, over all runs."""
        return self.claim.attempts + 1

    async def begin(self) -> None:
        """Commit to the ledger that the request is to be sent, and wait for a slot.

        Raises:
            WithdrawnError: It is not sent now.
            LostError: The row is another process's.
        """
        self._check_wanted()
        clock, paused_until = self.client.clock, self.client.paused_until
        before = clock.monotonic()
        self._start = now = clock.wall()
        claim, minted = self.claim, now if self.is_minted else None
        intent = Intent(claim.process, claim.id, self.number, self.key, minted, now)
        if not await self.ledger.intend(intent):
            raise LostError
        intended = clock.monotonic()
        self.slots.note_intent(intended - before)
        await self.slots.take()
        self._has_slot = True
        self._check_wanted()
        now = clock.monotonic()
        if now - intended > _MAX_WAIT or self.client.paused_until > max(now, paused_until):
            raise WithdrawnError  # in its next call it waits for its turn, and out the pause
        if not self.is_told:
            self.is_told = True
            self.tell(RowStarted(claim.id, claim.name))

    def end(self, attempt: Attempt) -> None:
        """Note what became of the request."""
        self._ended = attempt if attempt.number == self.number else evolve(attempt, number=self.number)
        self.slots.note_request(attempt.end - attempt.start)
        self.free_slot()

    def free_slot(self) -> None:
        """Give the slot back, unless that has been done."""
        if self._has_slot:
            self._has_slot = False
            self.slots.free()

    def _check_wanted(self) -> None:
        if self.stopping.is_set() or not self.disk.has_room.is_set():
            raise WithdrawnError

    @property
    def attempt(self) -> Attempt | None:
        """The attempt, once the call is over, if it was to be intended."""
        if self._ended is None and self._start is not None:
            # The call was over while the intent was written: it may be in the ledger, and nothing was sent.
            return Attempt(self.number, self._start, self.client.clock.wall(), Outcome.NOT_SENT)
        return self._ended
