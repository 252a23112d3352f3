"""Long texts are set aside before a body is parsed, and nobody can tell."""

import asyncio
import json
import threading

import pytest
from attrs import Factory, frozen
from hypothesis import given
from hypothesis import strategies as st
from image_variations import Client
from image_variations._runtime.request.build import Arguments
from image_variations._runtime.request.operation import Operation
from image_variations._runtime.response.json_text import UnreadableJsonError, parse_json, read_json
from image_variations._runtime.response.long_strings import Extraction
from image_variations._runtime.response.readers import JsonReader
from image_variations._runtime.response.values import read_any

from tests.support.server import ScriptedServer
from tests.support.turns import reply

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
    extraction = Extraction(answer(*[BASE64] * 10))
    steps = sum(1 for _ in extraction.steps())
    assert len(extraction.rest) < 1000
    assert list(extraction.strings.values()) == [BASE64] * 10
    assert steps >= 10


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


async def test_other_tasks_run_while_long_texts_are_read() -> None:
    """The loop has a turn after each of them, and one now and then where there are many short ones."""
    for content in (answer(*[BASE64] * 10), json.dumps([""] * 4000 + [BASE64]).encode()):
        turns = 0
        reading = asyncio.create_task(read_json(content, read_any))
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        assert await reading == json.loads(content)
        assert turns > 10


@frozen
class Recording:
    """A reading of an answer that notes in which thread it runs, and whether other long ones wait.

    Attributes:
        parsing: What they wait for.
    """

    parsing: asyncio.Lock
    threads: list[int] = Factory(list[int])
    waits: list[bool] = Factory(list[bool])

    def convert(self, value: object) -> object:
        """The value, as it is."""
        self.threads.append(threading.get_ident())
        self.waits.append(self.parsing.locked())
        return value


@pytest.mark.parametrize(
    ("content", "is_on_loop", "is_long"),
    [
        (b"1" + b" " * (256 * 1024 - 1), True, False),
        (b"1" + b" " * 256 * 1024, False, True),
        (b'{"data": [{"b64_json": "%b"}]}' % (b"A" * 1_000_000), True, True),
        (b'{"data": [{"b64_json": "%b"}]}' % (b"A\\/" * 300_000), True, True),
        (b'{"data": [{"b64_json": "%b"}]}' % ("é".encode() * 300_000), True, True),
        (b"[" + b'"",' * 100_000 + b'""]', False, True),
        (b'["%b"%b]' % (BASE64.encode(), b',""' * 100_000), False, True),
    ],
    ids=["short", "long", "base64", "escaped", "not ASCII", "short strings", "base64 among them"],
)
async def test_what_is_long_without_its_long_texts_is_parsed_off_the_loop(
    scripted: ScriptedServer, content: bytes, is_on_loop: bool, is_long: bool
) -> None:
    """More than 256 KB is parsed and converted in a thread, and what was longer as it came, one after the other."""
    scripted.routes["/v1/answer"] = [reply(200, content)]
    async with Client(base_url=scripted.base_url) as client:
        recording = Recording(client.parts()[1].parsing)
        operation = Operation("answer", "GET", "/answer", {"200": JsonReader(recording.convert)})
        assert (await client.send(operation, Arguments())).parsed == json.loads(content)
    assert (recording.threads == [threading.get_ident()]) is is_on_loop
    assert recording.waits == [is_long]
