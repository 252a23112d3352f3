"""How long a server asks to wait, in every form in which one says it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.call.retry_after import read_retry_after

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC).timestamp()


def read(retry_after: str | None = None, *, ms: str | None = None, date: str | None = None) -> float | None:
    """The seconds that an answer with these headers asks for, read at noon."""
    given = {"Retry-After": retry_after, "Retry-After-Ms": ms, "Date": date}
    return read_retry_after(httpx.Headers({name: value for name, value in given.items() if value is not None}), NOW)


def test_an_answer_that_asks_for_nothing_has_no_wait() -> None:
    """Without either header there is nothing to read."""
    assert read() is None
    assert read(date="Mon, 23 Nov 2026 11:59:00 GMT") is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("1", 1.0), ("007", 7.0), ("121", 121.0), ("1.5", 1.5), ("0.25", 0.25), ("2.", 2.0)]
)
def test_seconds_are_read(text: str, seconds: float) -> None:
    """Digits are seconds; servers also send fractions, which the standard does not have."""
    assert read(text) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("1500", 1.5), ("20", 0.02), ("0.5", 0.0005)])
def test_milliseconds_are_read(text: str, seconds: float) -> None:
    """`retry-after-ms` is a thousandth of the other's unit."""
    assert read(ms=text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["Mon, 23 Nov 2026 12:00:30 GMT", "Monday, 23-Nov-26 12:00:30 GMT", "Mon Nov 23 12:00:30 2026"],
    ids=["IMF-fixdate", "RFC 850", "asctime"],
)
def test_each_form_of_an_http_date_is_read(text: str) -> None:
    """A date in any form of RFC 9110, section 5.6.7, is a wait until then."""
    assert read(text, date="Mon, 23 Nov 2026 12:00:00 GMT") == 30.0


@pytest.mark.parametrize(
    "date",
    ["Mon, 23 Nov 2026 09:00:00 GMT", "Monday, 23-Nov-26 09:00:00 GMT", "Mon Nov 23 09:00:00 2026"],
    ids=["IMF-fixdate", "RFC 850", "asctime"],
)
def test_a_date_is_measured_on_the_servers_clock(date: str) -> None:
    """The answer's own `Date` is the start: a server three hours behind us means its own half minute."""
    assert read("Mon, 23 Nov 2026 09:00:30 GMT", date=date) == 30.0


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_date_is_measured_on_our_clock_where_the_server_shows_none(date: str | None) -> None:
    """Without a `Date` that can be read the wait is from now."""
    assert read("Mon, 23 Nov 2026 12:00:45 GMT", date=date) == 45.0


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put this machine into a zone that is five hours behind."""
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
@pytest.mark.parametrize("text", ["Mon Nov 23 12:00:30 2026", "Mon, 23 Nov 2026 12:00:30"])
def test_a_date_without_a_zone_is_utc(text: str) -> None:
    """An asctime date names no zone and means UTC, wherever this machine is."""
    assert read(text) == 30.0


@pytest.mark.parametrize("text", ["Mon, 23 Nov 2026 12:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"])
def test_a_date_that_has_passed_is_no_wait(text: str) -> None:
    """A moment that is not in the future asks for nothing."""
    assert read(text) is None
    assert read(text, date="Mon, 23 Nov 2026 12:00:00 GMT") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "0", "0.0", "000", "-5", "-0.5", "+5", "nan", "NaN", "inf", "-inf", "Infinity"),
        *("soon", "5s", "5 s", "5, 5", "1,5", "5;q=1", "PT5S", "0x10", "1_000", "1e3", "1e-3", ".", "٣", "9" * 400),
        *("2026-11-23T12:00:30Z", "Mon, 31 Feb 2026 12:00:30 GMT", "Mon, 23 Nov 2026 25:00:00 GMT", "tomorrow"),
    ],
)
def test_what_is_no_time_to_come_is_ignored(text: str) -> None:
    """Zero, negative, endless and meaningless values are as if the header were not there."""
    assert read_retry_after({"retry-after": text}, NOW) is None
    assert read_retry_after({"retry-after-ms": text}, NOW) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("86400", 86_400.0), ("9" * 300, float("9" * 300)), ("Tue, 23 Nov 2027 12:00:00 GMT", 365 * 86_400.0)],
    ids=["a day", "longer than the universe", "a year"],
)
def test_a_huge_wait_is_still_a_wait(text: str, seconds: float) -> None:
    """How long is too long is not judged here."""
    assert read(text) == seconds


def test_milliseconds_come_before_seconds() -> None:
    """With both headers the finer one is read."""
    assert read("9", ms="1500") == 1.5
    assert read("Mon, 23 Nov 2026 12:00:30 GMT", ms="1500") == 1.5


@pytest.mark.parametrize("ms", ["", "0", "-1", "nan", "soon"])
def test_seconds_are_read_where_milliseconds_say_nothing(ms: str) -> None:
    """A `retry-after-ms` that is not a time does not hide the other header."""
    assert read("9", ms=ms) == 9.0


HEADER = st.none() | st.text() | st.text("0123456789.:, -+GMTSunNov") | st.floats().map(str) | st.integers().map(str)


@given(retry_after=HEADER, ms=HEADER, date=HEADER)
def test_no_header_is_more_than_it_can_read(retry_after: str | None, ms: str | None, date: str | None) -> None:
    """Whatever a server sends, the result is a time to come or nothing: a paid answer must not be lost to a header."""
    headers = {"retry-after": retry_after, "retry-after-ms": ms, "date": date}
    seconds = read_retry_after({name: value for name, value in headers.items() if value is not None}, NOW)
    assert seconds is None or 0 < seconds < float("inf")
