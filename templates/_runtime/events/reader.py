"""Which of the document's events an event is."""

from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from attrs import field, frozen

from ..response.values import FromDict, Reading
from .parser import ServerSentEvent

T = TypeVar("T")


@frozen
class EventReader(Generic[T]):
    """How the document's events are read: by a member that tells them apart, or all in one way.

    Attributes:
        models: The models of the events, by the values of the member that tells them apart.
        tag: That member; `event` is the name of the event itself if the document describes whole events.
        read: How an event is read if no member tells which one it is.
        is_whole: Whether the document describes whole events, whose `data` is a member beside `event`.
        is_json: Whether the data of an event is JSON; else it is a string as it came.
    """

    models: Mapping[str, FromDict[T]] = field(factory=dict[str, FromDict[T]])
    tag: str | None = None
    read: Reading[T] | None = field(default=None, kw_only=True)
    is_whole: bool = field(default=False, kw_only=True)
    is_json: bool = field(default=True, kw_only=True)

    def asks_for_json(self, event: ServerSentEvent) -> bool:
        """Tell whether the data of an event has to be JSON: not if the event has a name that the document lacks."""
        return self.is_json and (event.event == "message" or not self.models or event.event in self.models)

    def knows(self, event: ServerSentEvent, value: object) -> bool:
        """Tell whether the document tells an event apart from others."""
        return self._model_of(event, value) is not None

    def read_event(self, event: ServerSentEvent, value: object) -> T | ServerSentEvent:
        """Make the document's event of one whose data is a JSON value; return it as it came if it is none of them."""
        members = _whole(event, value) if self.is_whole else value
        if self.tag is None:
            found = None if self.read is None else self.read(members)
        else:
            model = self._model_of(event, value)
            found = None if model is None else model.from_dict(cast("Mapping[str, object]", members))
        return event if found is None else found

    def _model_of(self, event: ServerSentEvent, value: object) -> FromDict[T] | None:
        if self.is_whole or self.tag is None:
            return self.models.get(event.event)
        if not isinstance(value, Mapping):
            return None
        # Some servers say in the event's name alone which one it is.
        tag = cast("Mapping[str, object]", value).get(self.tag, event.event)
        return self.models.get(tag) if isinstance(tag, str) else None


def _whole(event: ServerSentEvent, data: object) -> Mapping[str, object]:
    said: dict[str, object] = {"event": event.event, "data": data}
    if event.id:
        said["id"] = event.id
    if event.retry is not None:
        said["retry"] = event.retry
    return said
