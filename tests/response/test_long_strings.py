"""Long texts are set aside before a body is parsed, and nobody can tell."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.response.json_text import UnreadableJsonError, parse_json, parses_quickly
from image_variations._runtime.response.long_strings import extract_long_strings

LONG = 64 * 1024
BASE64 = "QUJD" * (LONG // 4)


def answer(*payloads: str) -> bytes:
    """An answer with these base64 texts."""
    return json.dumps({"created": 1, "data": [{"b64_json": payload} for payload in payloads]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(answer(*[BASE64] * 3), id="base64"),
        pytest.param(answer(BASE64.replace("QUJD", "QU/+")).replace(b"/", b"\\/"), id="escaped slashes"),
        pytest.param(answer("\\" * LONG, '"' * 999 + "a" * LONG, BASE64), id="quotes and backslashes"),
        pytest.param(answer('\\"' * 40_000, BASE64), id="more of them than are looked at"),
        pytest.param(answer("a" * LONG + "\\" * 65, BASE64), id="a run of them at the end"),
        pytest.param(answer("ü" * LONG, "\n\t\U0001f9a6" * LONG), id="escapes"),
        pytest.param(
            json.dumps([BASE64 + "ü\U0001f9a6"], ensure_ascii=False).encode("utf-8-sig"), id="UTF-8 with a mark"
        ),
        pytest.param(json.dumps([BASE64]).encode("utf-16"), id="UTF-16"),
        pytest.param(json.dumps({BASE64: BASE64, "a": BASE64}).encode(), id="a long name"),
        pytest.param(json.dumps(BASE64).encode(), id="nothing else"),
        pytest.param(b'["%b", 12, -1e3, "%b"]' % (BASE64.encode(), b"a\tb\n" * LONG), id="control characters"),
    ],
)
def test_a_body_with_long_texts_reads_as_it_is(content: bytes) -> None:
    """Wherever they stand, whatever is escaped in them."""
    assert parse_json(content) == json.loads(content, strict=False)


@given(
    st.lists(
        st.text('"\\/,:{}[]aü\n', max_size=9) | st.sampled_from([BASE64, '\\"' + BASE64, BASE64 + "\\"]), max_size=9
    )
)
def test_long_texts_among_others_read_as_they_are(texts: list[str]) -> None:
    """Quotes and backslashes in short texts do not move the ends of the long ones."""
    assert parse_json(json.dumps(texts).encode()) == texts


def test_what_is_parsed_at_one_go_is_short() -> None:
    """A parser holds up the event loop for as long as it is at one body: of the pictures it sees only numbers."""
    rest, texts = extract_long_strings(answer(*[BASE64] * 10))
    assert len(rest) < 1000
    assert list(texts.values()) == [BASE64] * 10


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'["%b"5]', id="a number after it"),
        pytest.param(b'[5"%b"]', id="a number before it"),
        pytest.param(b'["%b" "%b"]', id="two in a row"),
        pytest.param(b'["%b", "\\x%b"]', id="an escape that is none"),
        pytest.param(b'["%b", "%b', id="no end"),
        pytest.param(b'"%b" = "%b"', id="no value"),
    ],
)
def test_what_is_no_json_is_refused_as_before(content: bytes) -> None:
    """A number in place of a text makes nothing valid that was not."""
    with pytest.raises(UnreadableJsonError, match="is not JSON"):
        parse_json(content.replace(b"%b", BASE64.encode()))


def test_octets_that_are_no_utf_8_are_replaced_in_long_texts_too() -> None:
    """As in short ones."""
    assert parse_json(b'["%b\xff"]' % BASE64.encode()) == [BASE64 + "\ufffd"]


@pytest.mark.parametrize(
    ("content", "is_quick"),
    [
        (b"[" + b"1," * 100_000 + b"1]", True),
        (b'{"data": [{"b64_json": "%b"}]}' % (b"A" * 1_000_000), True),
        (b'{"data": [{"b64_json": "%b"}]}' % (b"A\\/" * 300_000), False),
        (b'{"data": [{"b64_json": "%b"}]}' % (b"\xc3\xa9" * 300_000), False),
        (b"[" + b"1," * 300_000 + b"1]", False),
        (b"[" + b'"",' * 300_000 + b'""]', False),
        (b'{"data": "' + b"A" * 1_000_000, False),
        (b'"%b"' % (b"A" * 40_000_000), False),
    ],
    ids=["short", "base64", "escaped", "not ASCII", "numbers", "short strings", "cut", "too long"],
)
def test_only_a_body_that_takes_no_time_is_parsed_on_the_event_loop(content: bytes, *, is_quick: bool) -> None:
    """A short body, or one of long plain strings, is parsed at once; any other goes to a thread."""
    assert parses_quickly(content) is is_quick
