"""Taking the long strings out of a JSON body before it is parsed.

Base64 is nearly all of a response that holds images. A parser keeps every other thread
waiting while it is at one body, and makes a copy of it first. So each long string is read by
itself, and a number stands for it in the rest, which is short.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import cast

from attrs import Factory, define, field

_LONG = 64 * 1024
"""Bytes from which on a string is taken out."""

_MAX_STRINGS = 500_000
"""How many strings are looked at; no response has so many."""

_SHORT_STRINGS = 200
"""How many strings that stay are passed in a step."""

_STRING = re.compile(rb'(?:[^"\\]++|\\[^u]|\\u[^"\\]{4}|\\u(?=[^"\\]{,3}["\\]))*+', re.DOTALL)
"""What stands between quotes, without an escape that is cut at the end. The last kind of escape is none of JSON."""

_MAX_ESCAPE = len(r"\u0041")


@define(eq=False)
class Extraction:
    """A JSON body, and what becomes of it while the long strings are taken out.

    Attributes:
        rest: The body, and in the end that with a number in place of each long string.
        strings: The long strings in the end, by the digits of these numbers.
    """

    content: bytes
    rest: bytes = field(default=Factory(lambda self: self.content, takes_self=True), init=False)
    strings: Mapping[str, str] = field(factory=dict[str, str], init=False)

    def steps(self) -> Iterator[None]:
        """Take the strings out. Each step reads one long string, or many short ones.

        Raises:
            ValueError: A long string is none of JSON.
        """
        content = self.content
        if len(content) < _LONG or not json.detect_encoding(content).startswith("utf-8"):
            return
        stamp = 10**30 + int.from_bytes(os.urandom(12))  # no sender can guess it
        rest = bytearray()
        strings: dict[str, str] = {}
        done = 0
        for number, (start, end) in enumerate(islice(find_strings(content), _MAX_STRINGS)):
            if end - start >= _LONG:
                digits = f"{stamp}{len(strings):06}"
                rest += b"%b %b " % (content[done : start - 1], digits.encode())
                has_escapes = content.find(b"\\", start, end) >= 0  # else it is not copied
                raw = memoryview(content)[start:end]
                strings[digits] = read_string(bytes(raw)) if has_escapes else decode_leniently(raw, "utf-8")
                done = end + 1
            elif number % _SHORT_STRINGS:
                continue
            yield
        if strings:
            self.rest, self.strings = bytes(rest + content[done:]), strings


def find_strings(content: bytes) -> Iterator[tuple[int, int]]:
    """Give where each string begins and ends, without its quotes."""
    start = content.find(b'"') + 1
    while start > 0 and content.startswith(b'"', end := end_of_string(content, start)):
        yield start, end
        start = content.find(b'"', end + 1) + 1


def end_of_string(content: bytes, start: int) -> int:
    """Return where the closing quote is of the string that begins at `start`.

    If there is none, return the end of the content, or where an escape begins that is cut there.
    """
    quote = content.find(b'"', start)
    end = len(content) if quote < 0 else quote
    escape = content.find(b"\\", max(start, end - _MAX_ESCAPE), end)
    if escape < 0:
        return end
    escape = start + len(content[start:escape].rstrip(b"\\"))  # one begins where a run of backslashes does
    match = _STRING.match(content, escape)
    return match.end() if match else escape


def read_string(raw: bytes) -> str:
    """Return a string without JSON's escapes.

    Raises:
        ValueError: It is none of JSON.
    """
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
