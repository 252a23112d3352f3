"""Finding the images in an event stream while it arrives, without holding them.

The data of an event are a JSON object that may hold an image. They are read as the only item of a JSON response.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Literal, cast

from attrs import define, field, frozen

from .event_fields import FieldSplitter
from .partial_image import ImageEvents
from .scanner import Begin, End, Event, ImageScanner, Link, ScanError
from .streamed_image import ImageMembers

_DONE = b"[DONE]"
"""The data after which there is no more, by the habit of the APIs that speak so."""

_ERROR = "error"
"""The name of an event, or the tag of its data, that says that the server failed."""

_MAX_REST = 64 * 1024
"""Bytes of an event that are kept beside its image."""


class EventError(Exception):
    """The server says that it failed.

    Attributes:
        data: The data of its event.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


@frozen
class EventBegin(Begin):
    """The image of an event begins. Its `item` counts the images as they arrive.

    Attributes:
        index: The place of the image among the whole ones.
        partial: Its number among the partial images of that image, if it is one of these.
    """

    index: int = field(kw_only=True)
    partial: int | None = field(kw_only=True)


class _DataScanner(ImageScanner):
    """Reads the data of one event.

    Attributes:
        rest: The data but for the image.
        start: What of that came before the image.
    """

    def __init__(self, members: ImageMembers) -> None:
        super().__init__(items=members.items, payload=members.payload, link=members.link)
        self.rest = bytearray()
        self.start = b""
        self._begun: int | None = None
        list(self.feed(json.dumps({members.items: [0]}).partition("0")[0].encode()))
        self.rest.clear()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Read on, and keep what is not of the image."""
        found, scan, kept = super().feed(chunk), self._scan, 0
        for event in found:
            if isinstance(event, Begin):
                self._keep(scan.chunk[kept : scan.position])
                self.start, self._begun = bytes(self.rest), scan.position
            elif isinstance(event, End):
                # The quote that ends it; a link that turned out to be an image had ended before.
                kept, self._begun = scan.position - (self._begun != scan.position), None
            yield event
        if self._begun is None:
            self._keep(scan.chunk[kept : scan.position])
        else:
            self._begun = -1

    def close(self) -> list[Event]:
        """Say that the event is whole.

        Raises:
            ScanError: Its data are not.
        """
        size = len(self.rest)
        found = list(self.feed(b"]}"))
        self.finish()
        del self.rest[size:]
        return found

    def _keep(self, piece: bytes) -> None:
        if len(self.rest) < _MAX_REST:
            self.rest += piece


@define(eq=False)
class _OpenEvent:
    """An event while it arrives.

    Attributes:
        name: What the server calls it.
        size: Bytes of its data so far.
        head: Its data, until they are known to be more than a word.
        scanner: Reads its data from then on.
        found: What was found and not given yet, because it may be a partial image or a whole one.
        kind: Which of these it is.
        is_wanted: Whether its image is given.
        is_ignored: Whether it is passed over: the document does not know it, and its data is not JSON.
    """

    name: bytes = b""
    size: int = 0
    head: bytes = b""
    scanner: _DataScanner | None = None
    found: list[Event] = field(factory=list[Event])
    kind: Literal["partial", "whole"] | None = None
    is_wanted: bool = False
    is_ignored: bool = False


@define(eq=False)
class EventImageScanner:
    """Reads one stream.

    Args:
        members: The members of a JSON response that hold its images. Those of an event have the same names.
        kinds: What tells the events apart.
        takes_partial: Whether partial images are wanted.
        limit: Bytes of the longest event.

    Attributes:
        is_over: Whether the stream said that there is no more.
        whole: How many whole images have begun.
    """

    _members: ImageMembers
    _kinds: ImageEvents
    _takes_partial: bool
    _limit: int
    is_over: bool = field(default=False, init=False)
    whole: int = field(default=0, init=False)
    _count: int = field(default=0, init=False)
    _partials: int = field(default=0, init=False)
    _numbers: Counter[int] = field(factory=Counter[int], init=False)
    _fields: FieldSplitter = field(factory=FieldSplitter, init=False)
    _word: bytes = field(default=b"", init=False)
    _event: _OpenEvent = field(factory=_OpenEvent, init=False)
    _found: list[Event] = field(factory=list[Event], init=False)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Read on. What is found before an error is given before it is raised.

        Raises:
            ScanError: An event is not JSON, or too long.
            EventError: The server failed.
        """
        for piece in self._fields.feed(chunk):
            if piece.name == b"data" and not self.is_over:
                self._read_data(piece.value + b"\n" if piece.is_last else piece.value)
            elif piece.name == b"event":
                self._read_name(piece.value, is_last=piece.is_last)
            elif not piece.name and not self.is_over:
                self._end_event()
            yield from self._found
            self._found.clear()

    def finish(self) -> Iterator[Event]:
        """Say that there is no more. The last event may lack its blank line.

        Raises:
            ScanError: The last event is cut short, or there was no whole image.
            EventError: The server failed.
        """
        yield from self.feed(b"\n\n")
        if not self.whole:
            raise ScanError("the stream ends without a whole image")

    def _read_name(self, piece: bytes, *, is_last: bool) -> None:
        self._word = (self._word + piece)[:_MAX_REST]
        if is_last:
            self._event.name, self._word = self._word, b""

    def _read_data(self, piece: bytes) -> None:
        event = self._event
        event.size += len(piece)
        if event.size > self._limit:
            raise ScanError(f"an event is longer than max_response_bytes ({self._limit})")
        if event.is_ignored:
            return
        if event.scanner is None:
            event.head += piece
            if _DONE.startswith(event.head.strip()) or event.name == _ERROR.encode():
                return
            event.scanner, piece = _DataScanner(self._members), event.head
        try:
            event.found += event.scanner.feed(piece)
        except ScanError as error:
            self._refuse(event, str(error))
        if event.found:
            self._give(event, _parse(event.scanner.start + b'"}'))

    def _end_event(self) -> None:
        event, self._event = self._event, _OpenEvent()
        if event.scanner is None:
            self._end_word(event, event.head.strip())
        elif not event.is_ignored:
            self._end_object(event, event.scanner)

    def _end_word(self, event: _OpenEvent, word: bytes) -> None:
        if event.name == _ERROR.encode():
            raise EventError(word)
        self.is_over = word == _DONE
        if word and not self.is_over:
            self._refuse(event, "is not JSON")

    def _end_object(self, event: _OpenEvent, scanner: _DataScanner) -> None:
        try:
            event.found += scanner.close()
        except ScanError as error:
            self._refuse(event, str(error))
        members = _parse(bytes(scanner.rest))
        has_image = bool(event.found) or event.kind is not None
        if members.get(self._kinds.tag) == _ERROR or (members.get(_ERROR) and not has_image):
            raise EventError(bytes(scanner.rest))
        if event.found and self._kind_of(event, members) is None:
            event.kind = "partial" if self._kinds.number in members else "whole"
        self._give(event, members)

    def _refuse(self, event: _OpenEvent, reason: str) -> None:
        """Ignore an event that is not JSON, if it has a name that the document lacks.

        Raises:
            ScanError: It has none.
        """
        known = (*self._kinds.partial, *self._kinds.whole)
        if not event.name or event.name.decode(errors="replace") in known or event.found or event.kind is not None:
            raise ScanError(f"an event {reason}")
        event.is_ignored = True

    def _kind_of(self, event: _OpenEvent, members: Mapping[str, object]) -> Literal["partial", "whole"] | None:
        words = (members.get(self._kinds.tag), event.name.decode(errors="replace"))
        if any(word in self._kinds.partial for word in words):
            return "partial"
        return "whole" if any(word in self._kinds.whole for word in words) else None

    def _give(self, event: _OpenEvent, members: Mapping[str, object]) -> None:
        """Give what was found of an event, once it is known what it is."""
        event.kind = event.kind or self._kind_of(event, members)
        if event.kind is None:
            return
        for found in event.found:
            if isinstance(found, Begin):
                self._begin(event, found, members)
            elif isinstance(found, Link):
                self._link(event, found)
            elif event.is_wanted:
                self._found.append(found)
        event.found.clear()

    def _begin(self, event: _OpenEvent, begin: Begin, members: Mapping[str, object]) -> None:
        partial = self._number_of(members) if event.kind == "partial" else None
        if partial is None:
            index, self._partials = self.whole, 0
            self.whole += 1
        else:
            # Each image has each number once: if one comes again, it is the next image's.
            index = max(self.whole, self._numbers[partial])
            self._numbers[partial] += 1
            self._partials += 1
        event.is_wanted = self._takes_partial or partial is None
        if event.is_wanted:
            self._found.append(EventBegin(self._count, begin.is_link, index=index, partial=partial))
            self._count += 1

    def _number_of(self, members: Mapping[str, object]) -> int:
        """Return the number of a partial image; if its event says it later than the image, by counting."""
        number = members.get(self._kinds.number)
        return number if isinstance(number, int) and number >= 0 else self._partials

    def _link(self, event: _OpenEvent, link: Link) -> None:
        if event.kind == "whole":
            self._found.append(Link(self.whole, link.url))
            self.whole += 1


def _parse(data: bytes) -> Mapping[str, object]:
    with suppress(ValueError, RecursionError):
        value: object = json.loads(data)
        if isinstance(value, dict):
            return cast("dict[str, object]", value)
    return {}
