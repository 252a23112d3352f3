"""How long a server asks to wait (RFC 9110, section 10.2.3)."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DIGITS = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
"""The standard's whole number, and the fraction that servers add. `float` alone reads much more: 1_0, ٣, 1e3, nan."""


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that `retry-after-ms` or `Retry-After` ask for, if they ask for a time above 0.

    Args:
        headers: The response's headers, by names of any case.
        now: Seconds since 1970, for a response that has no `Date` of its own.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    return seconds if seconds is not None else _until(text, headers.get("date"), now)


def _number(text: str | None) -> float | None:
    if text is None or not _DIGITS.fullmatch(text):
        return None
    number = float(text)
    return number if 0 < number < math.inf else None


def _until(text: str | None, date: str | None, now: float) -> float | None:
    """Return the seconds from the response's own clock to a date: the server's clock and ours need not agree."""
    start, end = _timestamp(date), _timestamp(text)
    seconds = 0.0 if end is None else end - (now if start is None else start)
    return seconds if seconds > 0 else None


def _timestamp(text: str | None) -> float | None:
    """Return the seconds since 1970 for an HTTP date in any of its three forms."""
    try:
        moment: datetime = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
