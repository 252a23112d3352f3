"""A few hundred byte streams that no server should send; `make fuzz` plays twenty thousand."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.fuzz.connection import agree, play
from tests.fuzz.differences import DIFFERENCES, Difference, Reader, difference_in
from tests.fuzz.fragments import OTHER
from tests.fuzz.readings import Ending, Reading, make_headers, read_with_aiohttp, read_with_http_client
from tests.fuzz.stage import Stage
from tests.fuzz.streams import Case, Maker

READERS: dict[Reader, Callable[[bytes, Ending, str], Reading]] = {
    "http.client": read_with_http_client,
    "aiohttp": read_with_aiohttp,
}

SHOWN = [difference for difference in DIFFERENCES if difference.example]
GENUINE = b"HTTP/1.1 200 OK\r\nX-Number: 7\r\nContent-Length: 2\r\n\r\nhi"


def case_of(stream: bytes) -> Case:
    """A server that sends this and closes the connection."""
    return Case(7, "GET", 0, "after", (stream,), "closes", "all")


async def test_streams_end_as_they_must() -> None:
    """No stream hangs, crashes, leaks, answers another request, or is read in a way that is not explained."""
    counts, finding = await play(2026, range(300), set())
    assert finding is None
    assert counts["whole 200"] > 50
    assert counts["error"] > 50


async def test_streams_end_as_they_must_over_tls() -> None:
    """TLS changes nothing."""
    _, finding = await play(2026, [number for number in range(1000) if number % 20 < 2], set())
    assert finding is None


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    """What was found can be found again, whatever was played before it."""
    again = Maker(1)
    again.case(3)
    assert again.case(7) == Maker(1).case(7)
    assert again.case(7).stream != Maker(2).case(7).stream


@pytest.mark.parametrize("difference", SHOWN, ids=[difference.name for difference in SHOWN])
async def test_each_difference_is_one(difference: Difference) -> None:
    """An entry of the list explains its example, and has not become needless with a new version of a reader."""
    case = case_of(difference.example)
    async with Stage() as stage:
        ours = (await stage.play(case, may_wait=False)).ours
    readings = {reader: read(case.stream, case.ending, case.method) for reader, read in READERS.items()}
    differing: list[Reader] = [reader for reader in READERS if not agree(case, ours, readings[reader])]
    assert differing
    assert difference.reader in (None, *differing)
    assert all(difference_in(case, reader, ours) is difference for reader in differing)


@pytest.mark.parametrize(
    "wrong",
    [
        Reading("waits"),
        Reading("error"),
        Reading("whole", 201, make_headers([(b"X-Number", b"7")]), b"hi"),
        Reading("whole", 200, (), b"hi"),
        Reading("whole", 200, make_headers([(b"X-Number", b"7")]), b"h"),
    ],
)
async def test_a_wrong_reading_is_not_explained(wrong: Reading) -> None:
    """No entry of the list excuses another reading of a response in which nothing is odd."""
    case = case_of(GENUINE)
    for reader, read in READERS.items():
        theirs = read(case.stream, case.ending, case.method)
        assert theirs.is_same(Reading("whole", 200, make_headers([(b"X-Number", b"7")]), b"hi"))
        assert not agree(case, wrong, theirs)
        assert difference_in(case, reader, wrong) is None


async def test_a_response_of_another_request_is_noticed() -> None:
    """The number that the genuine response alone has tells them apart."""
    case = case_of(GENUINE.replace(b": 7", b": " + OTHER.encode()))
    async with Stage() as stage:
        outcome = await stage.play(case, may_wait=False)
    assert outcome.complaint == "took the response of another request"


def test_the_command_counts_differences() -> None:
    """`python -m tests.fuzz` prints how often each outcome and each difference came, and the seed."""
    command = [sys.executable, "-m", "tests.fuzz", "streams", "--cases", "60", "--seed", "5"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.search(r"^ +\d+ whole 200$", output, re.MULTILINE)
    assert re.search(r"^ +\d+ http.client: a length that is no number", output, re.MULTILINE)
    assert re.search(r"^ +60 streams of seed 5 in \d+\.\d s$", output, re.MULTILINE)
