"""What a run brings about, counted while it is told."""

import asyncio
from collections.abc import Callable

from attrs import define

from ..events import Event, RowDone, RowFailed, RowUnknown

OnEvent = Callable[[Event], object]
"""Called with each event."""


@define(eq=False)
class Tally:
    """Counts what a run brings about, and passes events on.

    Attributes:
        stopping: Set if events cannot be told, once rows are sent.
        failure: Why they cannot.
    """

    on_event: OnEvent | None
    stopping: asyncio.Event | None = None
    failure: Exception | None = None
    done: int = 0
    failed: int = 0
    unknown: int = 0
    images: int = 0

    def tell(self, event: Event) -> None:
        """Count an event, and pass it on."""
        match event:
            case RowDone():
                self.done += 1
                self.images += len(event.files)
            case RowFailed():
                self.failed += 1
            case RowUnknown():
                self.unknown += 1
            case _:
                pass
        if self.on_event is not None and self.failure is None:
            self._tell(self.on_event, event)

    def _tell(self, on_event: OnEvent, event: Event) -> None:
        try:
            on_event(event)
        except Exception as error:
            if self.stopping is None:
                raise
            # Who tells it may hold images that were paid for: the run ends in order, and then says why.
            self.failure = error
            self.stopping.set()
