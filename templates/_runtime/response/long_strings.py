"""Taking the long strings out of a JSON body before it is parsed.

Base64 is nearly all of a response that holds images. A parser keeps every other thread
waiting while it is at one body, and makes a copy of it first. So each long string is read by
itself, and a number stands for it in the rest, which is short.
"""

import json
import os
from collections.abc import Iterator
from itertools import islice
from typing import cast

_LONG = 64 * 1024
"""Bytes from which on a string is taken out."""

_MAX_STRINGS = 500_000
"""How many strings are looked at; no response has so many."""

_MAX_QUOTES = 1000

_MAX_BACKSLASHES = 64
"""Escaped quotes in one string, and backslashes before one, that are looked at."""


def extract_long_strings(content: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body with a number in place of each long string, and the strings by the digits of these numbers.

    Raises:
        ValueError: A long string is none of JSON.
    """
    stamp = 10**30 + int.from_bytes(os.urandom(12))  # no sender can guess it
    rest = bytearray()
    strings: dict[str, str] = {}
    done = 0
    for start, end in islice(_strings(content), _MAX_STRINGS):
        if end - start >= _LONG:
            digits = f"{stamp}{len(strings):06}"
            rest += b"%b %b " % (content[done : start - 1], digits.encode())
            strings[digits] = _read_string(content, start, end)
            done = end + 1
    return (bytes(rest + content[done:]), strings) if strings else (content, strings)


def _strings(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each string begins and ends, without its quotes."""
    start = content.find(b'"') + 1 if len(content) >= _LONG else 0
    while start > 0 and (end := _closing_quote(content, start)) >= 0:
        yield start, end
        start = content.find(b'"', end + 1) + 1


def _closing_quote(content: bytes, start: int) -> int:
    """Return where the string ends that begins at `start`; -1 if that takes long to see, as it never does in base64."""
    end = start - 1
    for _ in range(_MAX_QUOTES):
        end = content.find(b'"', end + 1)
        before = content[max(start, end - _MAX_BACKSLASHES) : end]
        backslashes = len(before) - len(before.rstrip(b"\\"))
        if end < 0 or backslashes == _MAX_BACKSLASHES:
            return -1
        if backslashes % 2 == 0:
            return end
    return -1


def _read_string(content: bytes, start: int, end: int) -> str:
    """Return a string without JSON's escapes."""
    if content.find(b"\\", start, end) < 0:  # one byte is found 20 times as fast as two
        return decode_leniently(memoryview(content)[start:end], "utf-8")
    raw = content[start:end]
    if b"\\\\" not in raw:
        raw = raw.replace(b"\\/", b"/")  # the one that servers write within base64
    string = decode_leniently(raw, "utf-8")
    return cast(str, json.loads(f'"{string}"', strict=False)) if "\\" in string else string


def decode_leniently(content: bytes | memoryview, encoding: str) -> str:
    """Decode; octets that have no meaning become U+FFFD."""
    try:
        return str(content, encoding, "surrogatepass")
    except UnicodeDecodeError:
        return str(content, encoding, "replace")
