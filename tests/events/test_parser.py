"""The parser of server-sent events keeps to the WHATWG's standard, wherever the bytes are cut."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates._runtime.events.parser import EventParser, LongEventError, ServerSentEvent
from tests.fuzz import events as fuzz

Event = ServerSentEvent


def parsed(*chunks: bytes, limit: int = 1 << 20) -> list[ServerSentEvent]:
    """The events of a stream."""
    parser = EventParser(limit)
    return [event for chunk in chunks for event in parser.feed(chunk)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        pytest.param(b"data: a\n\ndata: b\n\n", [Event("a"), Event("b")], id="LF"),
        pytest.param(b"data: a\r\rdata: b\r\r", [Event("a"), Event("b")], id="CR"),
        pytest.param(b"data: a\r\n\r\ndata: b\r\n\r\n", [Event("a"), Event("b")], id="CRLF"),
        pytest.param(b"data: a\r\n\ndata: b\n\r\n", [Event("a"), Event("b")], id="mixed ends of lines"),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", [Event("a")], id="a byte order mark"),
        pytest.param(b"data: \xef\xbb\xbf\n\n", [Event("\ufeff")], id="one that is data"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [Event("b")], id="two, the second a name's"),
        pytest.param(b": a comment\n:\ndata: a\n\n", [Event("a")], id="comments"),
        pytest.param(b"data: a\ndata: b\ndata:\n\n", [Event("a\nb\n")], id="several lines of data"),
        pytest.param(b"data:a\n\ndata:  b\n\n", [Event("a"), Event(" b")], id="one space is not data"),
        pytest.param(b"data\n\ndata:\n\n", [Event(""), Event("")], id="data of no characters"),
        pytest.param(b"event: x\n\ndata: a\n\n", [Event("a")], id="an event without data is none"),
        pytest.param(b"event: x\ndata: a\n\ndata: b\n\n", [Event("a", "x"), Event("b")], id="a name is for one event"),
        pytest.param(
            b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
            [Event("a", id="1"), Event("b", id="1"), Event("c")],
            id="an id holds until another",
        ),
        pytest.param(b"id: 1\n\nid: \x00\ndata: a\n\n", [Event("a", id="1")], id="an id with NUL is none"),
        pytest.param(b"retry: 10\ndata: a\n\ndata: b\n\n", [Event("a", retry=10), Event("b")], id="a time to wait"),
        pytest.param(b"retry: 1.5\nretry: -1\nretry: \xd9\xa1\ndata: a\n\n", [Event("a")], id="what is no time"),
        pytest.param(b"retry: " + b"9" * 5000 + b"\ndata: a\n\n", [Event("a")], id="a time without end"),
        pytest.param(b"Data: a\n data: b\ndatum: c\n{}\ndata: d\n\n", [Event("d")], id="other fields"),
        pytest.param(b"data: a\n\ndata: b\n", [Event("a")], id="no blank line at the end"),
        pytest.param(b"data: \xff\xe2\x82\n\n", [Event("\ufffd\ufffd")], id="what is no UTF-8"),
        pytest.param("data: a\u2028b\x0bc\x85d\n\n".encode(), [Event("a\u2028b\x0bc\x85d")], id="no ends of lines"),
        pytest.param("data: ö€😀\n\n".encode(), [Event("ö€😀")], id="characters of several octets"),
    ],
)
def test_events_are_those_of_the_standard(stream: bytes, events: list[ServerSentEvent]) -> None:
    """Each rule of the standard holds, whether the stream comes at once, a byte at a time, or cut anywhere."""
    assert parsed(stream) == events
    assert parsed(*(stream[place : place + 1] for place in range(len(stream)))) == events
    for place in range(len(stream)):
        assert parsed(stream[:place], b"", stream[place:]) == events


def test_an_event_comes_with_its_blank_line() -> None:
    """A CR ends the blank line at once: nothing waits for the LF that may follow."""
    parser = EventParser(100)
    assert list(parser.feed(b"data: a\r\n\r")) == [Event("a")]
    assert list(parser.feed(b"\ndata: b\n\n")) == [Event("b")]


def test_what_lacks_its_blank_line_is_given_at_the_end_alone() -> None:
    """The standard discards it; whoever reads the stream decides."""
    parser = EventParser(100)
    assert list(parser.feed(b"event: x\ndata: a")) == []
    assert list(parser.finish()) == [Event("a", "x")]
    assert list(EventParser(100).finish()) == []


@given(st.binary(), st.lists(st.integers(0, 100)))
def test_where_a_stream_is_cut_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    """Any bytes give the same events however they arrive."""
    whole = b"data: x\r\n" + stream.replace(b"a", b"data:").replace(b"b", b"\n\n") + b"\r\r"
    places = [0, *sorted(cuts), len(whole)]
    assert parsed(*(whole[start:end] for start, end in pairwise(places))) == parsed(whole)


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([b"data: " + b"x" * 2000 + b"\n\n"], id="whole"),
        pytest.param([b"data: ", *[b"x" * 100] * 20], id="one line"),
        pytest.param([b"data: x\n"] * 1000, id="many lines"),
        pytest.param([b"data\n" * 1000], id="many lines of nothing"),
        pytest.param([b": ", *[b"x" * 100] * 20], id="a comment"),
    ],
)
def test_an_event_that_is_too_long_is_an_error(chunks: list[bytes]) -> None:
    """No more is held of an event than was said, and those before it are given."""
    parser = EventParser(500)
    assert list(parser.feed(b"data: a\n\n")) == [Event("a")]
    with pytest.raises(LongEventError, match=r"an event is longer than max_response_bytes \(500\)"):
        _ = [list(parser.feed(chunk)) for chunk in chunks]


def test_the_events_before_one_that_is_too_long_are_given() -> None:
    """Also if they came in the same piece."""
    events = EventParser(50).feed(b"data: a\n\n" + b"data: " + b"x" * 100 + b"\n\n")
    assert next(events) == Event("a")
    with pytest.raises(LongEventError):
        next(events)


def test_a_stream_may_be_longer_than_an_event() -> None:
    """Events, comments and fields that were read are not kept."""
    parser = EventParser(1000)
    tracemalloc.start()
    for _ in range(2000):
        assert list(parser.feed(b": ping\nid: 1\nevent: x\nnothing\n" + b"data: " + b"x" * 900 + b"\n\n"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize(("data", "value"), [('{"a": [1]}', {"a": [1]}), ("null", None), ("{", None), ('"\t"', "\t")])
def test_the_data_of_an_event_may_be_json(data: str, value: object) -> None:
    """`json` is the value, or `None` if there is none."""
    assert ServerSentEvent(data).json == value


def test_a_second_implementation_reads_the_same() -> None:
    """A few hundred streams, cut at random places; `make fuzz` reads twenty thousand."""
    counts, finding = fuzz.run(2026, range(500))
    assert finding is None
    assert min(counts[name] for name in ("no event", "some events", "many events")) > 5
