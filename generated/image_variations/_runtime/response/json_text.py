# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Parsing JSON leniently, in bounded memory: what was paid for is not lost to a stray byte or a giant number."""

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from typing import TypeVar

from ..request.operation import UnusableBodyError
from ..tasks import MIN_THREAD_SIZE, in_thread
from .long_strings import Extraction, decode_leniently

T = TypeVar("T")

_MAX_DIGITS = 640
"""Digits that Python converts whatever its limit is set to (`sys.set_int_max_str_digits`)."""

_MAX_VALUES = 250_000
"""No response has so many. Two bytes of text can be a list of 64 bytes, so memory is bounded by this."""

_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{,])', re.DOTALL)
"""A string, or a character that begins a value outside one."""


class UnreadableJsonError(UnusableBodyError, ValueError):
    """A body is not JSON that can be read. The message says why."""


def parse_json(content: bytes) -> object:
    """Parse JSON in any encoding of Unicode.

    More lenient than RFC 8259: octets that are no UTF-8 become U+FFFD, control characters
    may stand in strings, and a number that is too long for Python is infinite, as one too
    large for a double is anyway (section 6).

    Raises:
        UnreadableJsonError: It is not JSON, is nested too deeply, or has more values than
            any response has.
    """
    extraction = Extraction(content)
    with suppress(ValueError):
        for _ in extraction.steps():
            pass
    return _parse_extracted(extraction)


async def read_json(content: bytes, convert: Callable[[object], T]) -> T:
    """Parse JSON as `parse_json` does, and convert it, without holding up the event loop.

    Of long strings one is read in each turn of the loop. What is long without them is parsed in a thread.
    """
    extraction = Extraction(content)
    with suppress(ValueError):
        for _ in extraction.steps():
            await asyncio.sleep(0)
    if len(extraction.rest) <= MIN_THREAD_SIZE:
        return convert(_parse_extracted(extraction))
    return await in_thread(lambda: convert(_parse_extracted(extraction)))


def _parse_extracted(extraction: Extraction) -> object:
    if extraction.strings:
        with suppress(ValueError):  # a long name, for which no number can stand, or what is not JSON anyway
            return _parse(extraction.rest, extraction.strings)
    return _parse(extraction.content, {})


def _parse(content: bytes, strings: Mapping[str, str]) -> object:
    """Parse JSON in which numbers stand for strings."""
    if sum(map(content.count, (b",", b"[", b"{"))) > _MAX_VALUES:  # which is counted in no time
        values = (match for match in _STRUCTURE.finditer(content) if match[1])
        if next(islice(values, _MAX_VALUES, None), None):
            raise UnreadableJsonError(f"is JSON of more than {_MAX_VALUES} values")
    decoder = _DECODER
    if strings:
        decoder = json.JSONDecoder(parse_int=lambda digits: strings.get(digits) or _integer(digits), strict=False)
    try:
        return decoder.decode(decode_leniently(content, json.detect_encoding(content)))
    except RecursionError:
        reason = "is JSON that is nested too deeply"
    except ValueError:
        reason = "is not JSON"
    # Not raised above: the exception there holds the whole text.
    raise UnreadableJsonError(reason)


def _integer(digits: str) -> int | float:
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return -math.inf if digits.startswith("-") else math.inf


_DECODER = json.JSONDecoder(parse_int=_integer, strict=False)
