"""Which of the document's events an event is."""

from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from attrs import field, frozen

from ..response.values import Reading
from .parser import ServerSentEvent

T = TypeVar("T")


@frozen
class EventReader(Generic[T]):
    """How the document's events are read.

    Attributes:
        readings: How each event is read, by the value of the member that tells it from the others.
        tag: That member.
        read: How an event is read if no value tells it from the others.
        is_whole: Whether the document describes whole events, with their `event` and `data`, and not their data alone.
        is_json: Whether the data of an event is JSON; else it is a string.
    """

    readings: Mapping[str, Reading[T]] = field(factory=dict[str, Reading[T]])
    tag: str | None = None
    read: Reading[T] | None = field(default=None, kw_only=True)
    is_whole: bool = field(default=False, kw_only=True)
    is_json: bool = field(default=True, kw_only=True)

    def asks_for_json(self, event: ServerSentEvent) -> bool:
        """Tell whether the data of an event has to be JSON: not if the event has a name that the document lacks."""
        return self.is_json and (event.event == "message" or not self.readings or event.event in self.readings)

    def reading_of(self, event: ServerSentEvent, value: object) -> Reading[T] | None:
        """Return how an event with this data is read, if the document tells it from others."""
        if self.is_whole:
            return self.readings.get(event.event)
        if self.tag is None or not isinstance(value, dict):
            return None
        # Some servers say in the event's name alone which one it is.
        tag = cast("dict[str, object]", value).get(self.tag, event.event)
        return self.readings.get(tag) if isinstance(tag, str) else None

    def read_event(self, event: ServerSentEvent, value: object) -> T | ServerSentEvent:
        """Return the document's event with this data, or the event as it came if the document does not know it."""
        read = self.reading_of(event, value) or self.read
        if read is None:
            return event
        found = read(_whole(event, value if self.is_json else event.data) if self.is_whole else value)
        return event if found is None else found


def _whole(event: ServerSentEvent, data: object) -> dict[str, object]:
    said = {"event": event.event, "data": data, "id": event.id or None, "retry": event.retry}
    return {name: value for name, value in said.items() if value is not None}
