"""Event streams cut at random places, read by our parser and by httpx-sse, which is a second implementation.

Where the two differ, the standard says who is right (https://html.spec.whatwg.org/multipage/server-sent-events.html).
httpx-sse 0.4 leaves four of its rules out, each of which is taken out of the comparison here, and tested by itself in
`tests/events/test_parser.py`: it takes a byte order mark for a part of the first name; gives an event for a blank line
even if no data came before it; has no name for an event that the server gives none; and takes for a number of
milliseconds whatever Python's `int` does.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import httpx
from attrs import field, frozen
from httpx_sse import EventSource

from templates._runtime.events.parser import EventParser

_BOM = b"\xef\xbb\xbf"

_ENDS = [b"\n"] * 6 + [b"\r\n"] * 4 + [b"\r"] * 3

_NAMES = [b"data"] * 8 + [b"event", b"id", b"retry", b"", b"Data", b"datum", b" data", _BOM + b"data", b"\xff"]

_VALUES = [
    *(b"", b" ", b"x", b" x", b"  x", b":", b" a: b", b"[DONE]", b'{"type": "x", "n": [1]}', b"10", b" 10", b"x" * 300),
    *("grün €😀".encode(), "\u2028\u2029\x85\x0b\x0c\x1c".encode(), b"\x00", b"a\x00b", _BOM),
    *(b"\xff", b"\xe2\x82", b"\xf0\x9f", b"\xed\xa0\x80", b"\xc0\xaf", b"\t", b"-1", b"1_0", b"+7", "\u0661".encode()),
]

_ODD_RETRY = re.compile(rb"(?:^|[\r\n])retry(?!: ?[0-9]{1,15}(?:[\r\n]|$))")
"""A field that holds no number of milliseconds."""


@frozen
class Event:
    """What both make of an event.

    Attributes:
        retry: The milliseconds to wait, if the stream has no field that only one of both takes for some.
    """

    name: str
    data: str
    id: str
    retry: int | None


@frozen
class Case:
    """A stream, in the pieces that it arrives in."""

    number: int
    pieces: tuple[bytes, ...] = field(repr=False)

    @property
    def stream(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


@frozen
class Finding:
    """A case that the two read in different ways."""

    number: int
    case: Case
    complaint: str


def make_case(seed: int, number: int) -> Case:
    """Make a case of its seed and number alone."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311  # no secret
    lines = b"".join(_lines(chance))
    stream = (_BOM if chance.random() < 0.1 else b"") + lines[: len(lines) - chance.choice([0, 0, 0, 1, 2, 5])]
    count = chance.choice([0, 1, 2, 5, 20, len(stream)])
    cuts = sorted(chance.randrange(len(stream) + 1) for _ in range(count))
    places = [0, *cuts, len(stream)]
    pieces = (stream[start:end] for start, end in pairwise(places))
    return Case(number, tuple(piece for piece in pieces if piece))


def _lines(chance: random.Random) -> Iterator[bytes]:
    one_end = chance.choice(_ENDS)
    is_mixed = chance.random() < 0.3
    for _ in range(chance.randrange(1, 25)):
        line = b"" if chance.random() < 0.35 else _line(chance)
        yield line + (chance.choice(_ENDS) if is_mixed else one_end)


def _line(chance: random.Random) -> bytes:
    name, value = chance.choice(_NAMES), chance.choice(_VALUES)
    return name if chance.random() < 0.05 else b"%b:%b" % (name, value if chance.random() < 0.4 else b" " + value)


def ours(case: Case) -> list[Event]:
    """Read a case with our parser."""
    parser = EventParser(1 << 20)
    takes_retry = not _ODD_RETRY.search(case.stream.removeprefix(_BOM))
    return [
        Event(event.event, event.data, event.id, event.retry if takes_retry else None)
        for piece in case.pieces
        for event in parser.feed(piece)
        if event.data
    ]


def theirs(case: Case) -> list[Event]:
    """Read a case with httpx-sse, as far as it keeps to the standard."""
    takes_retry = not _ODD_RETRY.search(case.stream.removeprefix(_BOM))
    headers = {"Content-Type": "text/event-stream"}
    response = httpx.Response(200, headers=headers, stream=_Pieces(_without_mark(case.pieces)))
    return [
        Event(event.event or "message", event.data, event.id, event.retry if takes_retry else None)
        for event in EventSource(response).iter_sse()
        if event.data
    ]


class _Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def _without_mark(pieces: Sequence[bytes]) -> list[bytes]:
    left = len(_BOM) if b"".join(pieces).startswith(_BOM) else 0
    found: list[bytes] = []
    for piece in pieces:
        found.append(piece[left:])
        left = max(0, left - len(piece))
    return [piece for piece in found if piece]


def run(seed: int, numbers: Sequence[int]) -> tuple[Counter[str], Finding | None]:
    """Read cases with both, up to the first that they read in different ways.

    Returns:
        How many streams had how many events, and the case at fault.
    """
    counts: Counter[str] = Counter()
    for number in numbers:
        case = make_case(seed, number)
        mine, other = ours(case), theirs(case)
        if mine != other:
            return counts, Finding(
                number, case, f"is {mine!r:.500} to us and {other!r:.500} to httpx-sse: {case.pieces}"
            )
        counts["no event" if not mine else "some events" if len(mine) < 5 else "many events"] += 1
    return counts, None
