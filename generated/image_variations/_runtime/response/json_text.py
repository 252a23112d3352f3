# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Parsing JSON leniently, in bounded memory: what was paid for is not lost to a stray byte or a giant number."""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice

from ..request.operation import UnusableBodyError
from ..tasks import MIN_THREAD_SIZE
from .long_strings import decode_leniently, extract_long_strings, find_strings

_MAX_DIGITS = 640
"""Digits that Python converts whatever its limit is set to (`sys.set_int_max_str_digits`)."""

_MAX_VALUES = 250_000
"""No response has so many. Two bytes of text can be a list of 64 bytes, so memory is bounded by this."""

_MAX_QUICK = 32 * 1024 * 1024
_MAX_QUICK_STRINGS = 200

_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{,])', re.DOTALL)
"""A string, or a character that begins a value outside one."""


class UnreadableJsonError(UnusableBodyError, ValueError):
    """A body is not JSON that can be read. The message says why."""


def parses_quickly(content: bytes) -> bool:
    """Tell whether a body may be parsed on the event loop: it is short, or long ASCII strings and little else.

    20 MB of base64 take 5 ms. A thread allocates in an arena of its own and cannot use what the bodies
    have freed again, so that eight such calls at once need half as much memory again.
    """
    if len(content) <= MIN_THREAD_SIZE:
        return True
    if len(content) > _MAX_QUICK or b"\\" in content or not content.isascii():
        return False
    in_strings = sum(end - start for start, end in islice(find_strings(content), _MAX_QUICK_STRINGS))
    return len(content) - in_strings <= MIN_THREAD_SIZE


def parse_json(content: bytes) -> object:
    """Parse JSON in any encoding of Unicode.

    More lenient than RFC 8259: octets that are no UTF-8 become U+FFFD, control characters
    may stand in strings, and a number that is too long for Python is infinite, as one too
    large for a double is anyway (section 6).

    Raises:
        UnreadableJsonError: It is not JSON, is nested too deeply, or has more values than
            any response has.
    """
    with suppress(ValueError):  # a long name, for which no number can stand, or what is not JSON anyway
        if json.detect_encoding(content).startswith("utf-8"):
            rest, strings = extract_long_strings(content)
            if strings:
                return _parse(rest, strings)
    return _parse(content, {})


def _parse(content: bytes, strings: Mapping[str, str]) -> object:
    """Parse JSON in which numbers stand for strings."""
    values = (match for match in _STRUCTURE.finditer(content) if match[1])
    may_be_many = sum(map(content.count, (b",", b"[", b"{"))) > _MAX_VALUES  # which is counted in no time
    if may_be_many and next(islice(values, _MAX_VALUES, None), None):
        raise UnreadableJsonError(f"is JSON of more than {_MAX_VALUES} values")
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
