"""The scanner of answers: pictures found in JSON while it arrives, as a parser would find them in the whole."""

import itertools
import json
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_variations._runtime.images.scanner import Begin, Event, ImageScanner, Link, ScanError, Text

from tests.support.sampling import examples


def new_scanner() -> ImageScanner:
    """A scanner of the pin's answers."""
    return ImageScanner(items="data", payload="b64_json", link="url")


def scanned(pieces: list[bytes]) -> list[Event]:
    """Every event of an answer."""
    scanner = new_scanner()
    events = [event for piece in pieces for event in scanner.feed(piece)]
    scanner.finish()
    return events


def found(pieces: list[bytes]) -> dict[int, tuple[str, str]]:
    """The pictures of an answer by the place of their items: base64 text or link."""
    pictures: dict[int, tuple[str, str]] = {}
    item = -1
    for event in scanned(pieces):
        if isinstance(event, Begin):
            item = event.item
            pictures[item] = ("b64_json", "")
        elif isinstance(event, Text):
            pictures[item] = ("b64_json", pictures[item][1] + event.data.decode())
        elif isinstance(event, Link):
            pictures[event.item] = ("url", event.url)
    return pictures


def expected(answer: dict[str, object]) -> dict[int, tuple[str, str]]:
    """What a parser finds."""
    data = answer.get("data")
    values = cast("list[object]", data) if isinstance(data, list) else []
    items = [cast("dict[str, object]", value) for value in values if isinstance(value, dict)]
    pictures: dict[int, tuple[str, str]] = {}
    for number, item in enumerate(items):
        payload, link = item.get("b64_json"), item.get("url")
        if isinstance(payload, str) and payload:
            pictures[number] = ("b64_json", payload)
        elif isinstance(link, str) and link:
            pictures[number] = ("url", link)
    return pictures


NAMES = st.sampled_from(["data", "b64_json", "url", "usage", 'q"uote', "\\", "ü"]) | st.text(max_size=3)
BASE64 = st.text("ABC+/=", max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8) | BASE64,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=3) | st.fixed_dictionaries(
    {}, optional={"b64_json": BASE64, "url": st.text(max_size=9), "revised_prompt": st.text(max_size=9)}
)
ANSWERS = st.fixed_dictionaries(
    {}, optional={"created": st.integers(), "data": st.lists(ITEMS | VALUES, max_size=4), "usage": VALUES, "ü": VALUES}
)


@given(
    answer=ANSWERS,
    indent=st.sampled_from([None, 0, 2]),
    is_ascii=st.booleans(),
    cuts=st.lists(st.floats(0, 1), max_size=8),
    escapes_slashes=st.booleans(),
)
@settings(max_examples=examples(300))
def test_the_scanner_finds_what_a_parser_finds(
    answer: dict[str, object], indent: int | None, is_ascii: bool, cuts: list[float], escapes_slashes: bool
) -> None:
    """For any answer, however it is laid out, escaped and cut."""
    text = json.dumps(answer, indent=indent, ensure_ascii=is_ascii)
    content = (text.replace("/", "\\/") if escapes_slashes else text).encode(errors="surrogatepass")
    bounds = [0, *sorted(int(cut * len(content)) for cut in cuts), len(content)]
    pieces = [content[start:end] for start, end in itertools.pairwise(bounds)]
    assert found(pieces) == expected(answer)


@given(answer=ANSWERS, data=st.data())
@settings(max_examples=examples(100))
def test_what_is_cut_short_is_never_taken_for_whole(answer: dict[str, object], data: st.DataObject) -> None:
    """Every beginning of an answer but the whole is refused at its end."""
    content = json.dumps(answer).encode()
    end = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ScanError, match="is cut short"):
        scanned([content[:end]])


@pytest.mark.parametrize(
    "content",
    [
        b'"text"',
        b"7",
        b"null",
        b"<html>",
        b"{]",
        b"[}",
        b"{} {}",
        b'{"a": nope}',
        b"{}x",
        b'{"\\x": 1}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    """Other JSON, two answers in one, and what is not JSON raise."""
    with pytest.raises(ScanError, match=r"JSON|after its end|cut short"):
        scanned([content])


def test_a_text_is_handed_on_as_it_comes() -> None:
    """Base64 text is not held until its end."""
    scanner = new_scanner()
    assert list(scanner.feed(b'{"data":[{"b64_json":"AAAA')) == [Begin(0), Text(b"AAAA")]
    assert list(scanner.feed(b"BBBB")) == [Text(b"BBBB")]


def test_what_is_not_asked_for_is_not_kept() -> None:
    """A long text that is not a picture, and an endless number of levels, take no memory."""
    scanner = new_scanner()
    assert list(scanner.feed(b'{"data":[{"revised_prompt":"')) == []
    for _ in range(100):
        assert list(scanner.feed(b"x" * 100_000)) == []
    assert list(scanner.feed(b'","url":"/1"}]}')) == [Link(0, "/1")]
    with pytest.raises(ScanError, match="nested too deeply"):
        scanned([b'{"a":' + b"[" * 1_000_000])


def test_a_link_of_absurd_length_is_none() -> None:
    """What is longer than 64 KB is not a link."""
    assert found([b'{"data":[{"url":"%s"},{"url":"/2"}]}' % (b"x" * 70_000)]) == {1: ("url", "/2")}


def test_octets_that_are_no_utf_8_are_replaced() -> None:
    """A stray byte in a name or a link costs no picture, as where an answer is read whole."""
    assert found([b'{"n\xffme":"\xff","data":[{"url":"/\xff","x\xfe":1}]}']) == {0: ("url", "/\ufffd")}


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_byte_order_mark_changes_nothing(size: int) -> None:
    """As where an answer is read whole, wherever its chunks end."""
    answer = '{"data":[{"b64_json":"AAAA"},{"url":"/ü\U0001f9a6"}]}'.encode("utf-8-sig")
    pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
    assert found(pieces) == {0: ("b64_json", "AAAA"), 1: ("url", "/ü\U0001f9a6")}


def test_other_members_can_be_asked_for() -> None:
    """The names are the document's."""
    scanner = ImageScanner(items="works", payload="file", link="href")
    assert list(scanner.feed(b'{"data":[{"url":"/no"}],"works":[{"href":"/1"},{"file":"AAAA"}]}'))[:2] == [
        Link(0, "/1"),
        Begin(1),
    ]
