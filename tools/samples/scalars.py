"""Numbers and strings that a schema takes: the usual ones, and those at the edges."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import cast
from uuid import UUID

from tools.openapi.document import Node

_FORMATS: Mapping[str, str] = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05+00:00",
    "time": "03:04:05Z",
    "duration": "P1D",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "email": "a@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "dGV4dA==",
}
_DATES = ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.678901Z", "1999-12-31T23:59:59-05:30")
_READERS: Mapping[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "uuid": lambda text: text == text.lower() and UUID(text),
}
"""How Python reads strings of a format: a pattern also matches dates of the year 0, and capitals in a UUID."""

_TEXTS = ("text", "", "Grüße, 漢字 \N{OTTER}", 'a "quoted" \\ line\nand\tanother', "long " * 2_000)
_PLAIN_TEXTS = ("text", "a b", "x-1.5_~", "50%", "a+b")
_WHOLE = (7, -3, 0, 1, 2**53 - 1)
_BROKEN = (1.5, -0.25, 3, 1e-7, 12_345_678.5)

_MAX_MATCHES = 3
"""How many strings are made for a pattern."""

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0"
"""The beginning of a square picture: a file as good as any, if nothing else is asked for."""


def number(schema: Node, variant: int, *, is_whole: bool) -> object:
    """Return a number within the bounds of a schema, another one for each variant if they leave room."""
    step = cast("float | None", schema.get("multipleOf"))
    choices: tuple[float, ...] = _WHOLE if is_whole else _BROKEN
    if schema.get("format") == "int32":
        choices = (*_WHOLE[:4], 2**31 - 1)
    fitting = [choice for choice in choices if _is_within(schema, choice) and (step is None or choice % step == 0)]
    return fitting[variant % len(fitting)] if fitting else _between(schema, step, is_whole=is_whole)


def _is_within(schema: Node, value: float) -> bool:
    bounds = {name: cast("float | None", schema.get(name)) for name in _BOUNDS}
    return (
        ((least := bounds["minimum"]) is None or value >= least)
        and ((least := bounds["exclusiveMinimum"]) is None or value > least)
        and ((most := bounds["maximum"]) is None or value <= most)
        and ((most := bounds["exclusiveMaximum"]) is None or value < most)
    )


_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def _between(schema: Node, step: float | None, *, is_whole: bool) -> object:
    least = cast("float | None", schema.get("minimum", schema.get("exclusiveMinimum")))
    most = cast("float | None", schema.get("maximum", schema.get("exclusiveMaximum")))
    if is_whole or step is not None:
        start = least if least is not None else most if most is not None else 0
        unit = step or 1
        found = (-(-start // unit) if least is not None else start // unit) * unit
        if not _is_within(schema, found):
            found += unit if least is not None else -unit
        return int(found) if is_whole else found
    if least is not None and most is not None:
        return (least + most) / 2
    return least + 0.5 if least is not None else cast(float, most) - 0.5


def text(schema: Node, variant: int, *, has_files: bool, is_plain: bool) -> object:
    """Return a string that a schema takes, or the content of a file."""
    is_binary = schema.get("format") == "binary"
    if has_files and (is_binary or ("contentMediaType" in schema and "contentEncoding" not in schema)):
        return _PNG
    least, most = cast(int, schema.get("minLength", 0)), cast("int | None", schema.get("maxLength"))
    if isinstance(pattern := schema.get("pattern"), str):
        limits = (least, most, str(schema.get("format")))
        return _matching(pattern, *limits, is_plain=is_plain, choice=variant % _MAX_MATCHES)
    kind = str(schema.get("format"))
    if kind == "date-time":
        return _DATES[variant % len(_DATES)]
    made = _FORMATS.get(kind, "dGV4dA==" if schema.get("contentEncoding") else None)
    if made is None:
        choices = _PLAIN_TEXTS if is_plain else _TEXTS
        made = choices[variant % len(choices)]
    made += "x" * (least - len(made))
    return made if most is None else made[:most]


@cache  # each value of a schema needs it again
def _matching(pattern: str, least: int, most: int | None, kind: str, *, is_plain: bool, choice: int) -> str:
    """Return a string that matches, another one for each choice if there are so many."""
    earlier = [_matching(pattern, least, most, kind, is_plain=is_plain, choice=one) for one in range(choice)]

    def fits(found: str) -> bool:
        return (
            len(found) >= least
            and (most is None or len(found) <= most)
            and (not is_plain or (found.isascii() and bool(found.strip(" ."))))
            and found not in earlier
            and (kind not in _READERS or _is_read(_READERS[kind], found))
        )

    known = _DATES if kind == "date-time" else (_FORMATS[kind],) if kind in _FORMATS else ()
    if found := next((one for one in known if fits(one) and re.search(pattern, one)), None):
        return found
    import hypothesis  # half a second, which only patterns need
    from hypothesis import strategies
    from hypothesis.errors import NoSuchExample

    # The first that fits will do, and the same one each time: to look for a shorter one takes seconds.
    settings = hypothesis.settings(database=None, derandomize=True, phases=[hypothesis.Phase.generate])
    strings = strategies.from_regex(pattern).filter(str.isprintable)
    try:
        return hypothesis.find(strings, fits, settings=settings)
    except NoSuchExample:
        if earlier:
            return earlier[0]
        # A pattern that ends anywhere leaves room to reach the least length.
        found = hypothesis.find(strings, lambda one: most is None or len(one) <= most, settings=settings)
        found += "x" * (least - len(found))
        if not re.search(pattern, found):
            raise
        return found


def _is_read(reader: Callable[[str], object], found: str) -> bool:
    try:
        return bool(reader(found))
    except ValueError:
        return False
