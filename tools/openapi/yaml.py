"""YAML and JSON as the values that JSON has.

YAML is read by its version 1.2, as OpenAPI asks for: `on` and `2024-02-29` are strings, and
so is every key. libyaml finds the events, and the values are made here, because a composer
of PyYAML's refuses an anchor that is defined twice, keeps one of two equal keys, and bounds
nothing.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import TypeAlias, cast

import yaml
from attrs import Factory, define

MAX_VALUES = 2_000_000
"""The number of values that a document may hold, those behind an alias included."""

MAX_LEVELS = 200
"""The depth to which they may be nested."""

_MAX_DIGITS = 400
"""The number of digits of a number: more than any double has, and few enough to be converted at once."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The core schema of YAML 1.2.2, section 10.3.2.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_FLAGS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_PREFIXED = {"0o": (re.compile(r"0o[0-7]+"), 8), "0x": (re.compile(r"0x[0-9a-fA-F]+"), 16)}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_TAG = "tag:yaml.org,2002:"
_TAGS = {f"{_TAG}{name}": name for name in ("str", "int", "float", "bool", "null", "map", "seq")}


class ParseError(ValueError):
    """A text is not YAML or JSON, or too much of it; the message is one line that says where."""


def parse(text: str, *, is_json: bool = False) -> object:
    """Read a text.

    Args:
        text: YAML or JSON. A text that begins with a bracket may be JSON.
        is_json: Whether it has to be JSON.

    Raises:
        ParseError: It is neither, or repeats a key, or is larger, deeper or more entangled
            than a document of an API is.
    """
    if is_json or text.lstrip()[:1] in ("{", "["):
        try:
            return _json(text)
        except json.JSONDecodeError as error:
            if is_json:
                raise ParseError(f"line {error.lineno}: {error.msg}") from error
            # YAML may begin with a brace too.
    return _yaml(text)


def _json(text: str) -> object:
    try:
        value: object = json.loads(
            text, object_pairs_hook=_unique, parse_int=_integer, parse_float=_float, parse_constant=_float
        )
    except RecursionError as error:
        raise _too_deep() from error
    _check_size(value)
    _check_text(value)
    return value


def _check_text(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ParseError("half of a surrogate pair is not a character") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ParseError(f"the key {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _check_size(value: object) -> None:
    count, level = 0, [value]
    for _ in range(MAX_LEVELS):
        count += len(level)
        if count > MAX_VALUES:
            raise _too_many()
        level = [part for container in level for part in _parts(container)]
        if not level:
            return
    raise _too_deep()


def _parts(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else ()


def _too_deep() -> ParseError:
    return ParseError(f"more than {MAX_LEVELS} levels are nested")


def _too_many() -> ParseError:
    return ParseError(f"it holds more than {MAX_VALUES:,} values, its aliases unfolded")


def _integer(text: str, base: int = 10) -> int:
    if len(text) > _MAX_DIGITS:
        raise ParseError(f"the number {text[:20]}... has more than {_MAX_DIGITS} digits")
    return int(text, base)


def _float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ParseError(f"{text[:20]} is not a number of JSON's")
    return number


def _yaml(text: str) -> object:
    line = 0
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = _line_of(event.start_mark)
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = _line_of(error.problem_mark) or line
        raise ParseError(f"line {line}: {' '.join(filter(None, (error.problem, error.context)))}") from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise ParseError(f"line {max(line, 1)}: {' '.join(str(error).split())}") from error
    except ParseError as error:
        raise ParseError(f"line {line}: {error}") from error
    return builder.document


def _line_of(mark: object) -> int:
    """Return the line of a place, from 1, or 0 if there is no place."""
    return int(getattr(mark, "line", -1)) + 1


_Container: TypeAlias = dict[str, object] | list[object]
_Start: TypeAlias = yaml.MappingStartEvent | yaml.SequenceStartEvent


@define
class _Open:
    """A container that has begun and not ended.

    Attributes:
        size: The number of values that it holds so far, those behind an alias included.
        key: The key whose value is next.
        merged: The mappings that `<<` merges: their keys, unless the mapping has them itself.
    """

    value: _Container
    anchor: str | None
    size: int = 1
    key: str | None = None
    merged: list[dict[str, object]] = Factory(list[dict[str, object]])


@define
class _Builder:
    """The values of a stream of events.

    An anchor stands for `None` until what it marks has ended. One that is defined twice
    stands for the last before it is used (YAML 1.2.2, section 7.1).
    """

    document: object = None
    _documents: int = 0
    _open: list[_Open] = Factory(list[_Open])
    _anchors: dict[str, tuple[object, int] | None] = Factory(dict[str, tuple[object, int] | None])

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, event, "map")
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], event, "seq")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise ParseError("a second document begins")

    @property
    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        if self._wants_key:
            self._take_key(event.value)
            self._mark(event.anchor, event.value, 1)
            return
        value = _scalar(event)
        self._mark(event.anchor, value, 1)
        self._add(value, 1)

    def _take_key(self, key: object) -> None:
        [*_, container] = self._open
        if not isinstance(key, str):
            raise ParseError("a key has to be text")
        if key in cast("dict[str, object]", container.value):
            raise ParseError(f"the key {key!r} is there twice")
        container.key = key

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        if name not in self._anchors:
            raise ParseError(f"the alias *{name} stands for nothing")
        marked = self._anchors[name]
        if marked is None:
            raise ParseError(f"the alias *{name} is within what it stands for")
        value, size = marked
        if self._wants_key:
            self._take_key(value)
        else:
            self._add(value, size)

    def _begin(self, value: _Container, event: _Start, kind: str) -> None:
        if self._wants_key:
            raise ParseError("a key has to be text")
        if event.tag is not None and event.tag != "!" and _TAGS.get(event.tag) != kind:
            raise ParseError(f"the tag {event.tag} is none of JSON's")
        if len(self._open) >= MAX_LEVELS:
            raise _too_deep()
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(value, event.anchor))

    def _end(self) -> None:
        container = self._open.pop()
        for merged in container.merged:
            cast("dict[str, object]", container.value).update(
                {name: part for name, part in merged.items() if name not in container.value}
            )
        self._mark(container.anchor, container.value, container.size)
        self._add(container.value, container.size)

    def _mark(self, anchor: str | None, value: object, size: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, size)

    def _add(self, value: object, size: int) -> None:
        if not self._open:
            self.document = value
            return
        container = self._open[-1]
        container.size += size
        if container.size > MAX_VALUES:
            raise _too_many()
        if isinstance(container.value, list):
            container.value.append(value)
            return
        key, container.key = cast(str, container.key), None
        if key == "<<":
            container.merged += _mappings(value)
        else:
            container.value[key] = value


def _mappings(value: object) -> list[dict[str, object]]:
    """Return the mappings that `<<` merges: YAML 1.2 has no such key, but many documents use it."""
    found = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(part, dict) for part in found):
        raise ParseError("what << names has to be a mapping")
    return cast("list[dict[str, object]]", found)


def _scalar(event: yaml.ScalarEvent) -> object:
    text = event.value
    if event.tag is not None and event.tag != "!":
        return _tagged(text, event.tag)
    is_plain = event.implicit[0] and event.tag is None
    return _plain(text) if is_plain else text


def _tagged(text: str, tag: str) -> object:
    kind = _TAGS.get(tag)
    if kind is None:
        raise ParseError(f"the tag {tag} is none of JSON's")
    value = text if kind == "str" else _plain(text)
    kinds: dict[str, type[object]] = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}
    if type(value) is not kinds.get(kind):
        raise ParseError(f"{text[:40]!r} is not a value of the tag {tag}")
    return value


def _plain(text: str) -> object:
    if text in _NULL:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if text[:2] in _PREFIXED:
        pattern, base = _PREFIXED[text[:2]]
        return _integer(text, base) if pattern.fullmatch(text) else text
    return _float(text) if _FLOAT.fullmatch(text) or _NO_NUMBER.fullmatch(text) else text
