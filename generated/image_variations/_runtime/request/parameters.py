# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The parameters of an operation: where each value goes in a request, and how it is written by its style.

The forms are those of OpenAPI 3.1, section 4.8.12. Delimiters are written as they are, and what stands in a value is
percent-encoded, so that `["a,b", "c"]` and `["a", "b", "c"]` differ.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard, TypeVar
from urllib.parse import parse_qsl, quote

from attrs import frozen

from ..errors import InvalidRequestError
from .operation import Operation, Parameter
from .query import EncodedText
from .rules import Required
from .values import text_of, to_json

T = TypeVar("T")

_DELIMITERS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
_RESERVED = ":/?[]@!$'()*,;="
"""What `allowReserved` leaves as it is: the reserved characters (RFC 3986, section 2.2) that do not end a value."""

_COOKIE = "!#$&'()*+-./:<=>?@[]^_`{|}~"
"""What a cookie's value holds as it is, beside letters and digits (RFC 6265, section 4.1.1)."""


@frozen
class RequestTarget:
    """Where one request goes, and what it says beside its body."""

    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]


def target_of(operation: Operation[T], arguments: Sequence[object]) -> RequestTarget:
    """Put the values of an operation's parameters where they belong. `None` is not given, nor is an empty list.

    Raises:
        InvalidRequestError: A value has no place in a URL or a header, or one that must be given is not.
    """
    path = operation.path
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for parameter, argument in zip(operation.parameters, arguments, strict=True):
        if argument is None and Required() in parameter.rules:
            raise InvalidRequestError(parameter.name, argument, str(Required()))
        value = None if argument is None else written(parameter, to_json(argument))
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", "" if value is None else in_path(parameter, value))
        elif value is None or value == []:
            continue
        elif parameter.location == "header":
            headers[parameter.name] = header_value(parameter.name, in_header(parameter, value))
        elif parameter.location == "cookie":
            cookies += in_cookies(parameter, value)
        else:
            query += in_query(parameter, value)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    # A document may tell operations apart by a query or a fragment in the path; a fragment is never sent.
    path, _, fixed = path.partition("#")[0].partition("?")
    return RequestTarget(path, [*parse_qsl(fixed, keep_blank_values=True), *query], headers)


def header_value(name: str, text: object) -> str:
    """Return text that a header line can carry as it is (RFC 9110, section 5.5).

    Raises:
        InvalidRequestError: It holds a control character, a character outside ASCII, or
            white space at an end, or is not a text.
    """
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or text != text.strip():
        raise InvalidRequestError(name, text, "must be printable ASCII without white space at its ends")
    return text


def written(parameter: Parameter, value: object) -> object:
    """Return the value that is written: for a parameter that is JSON, its text.

    Raises:
        InvalidRequestError: It has no form in JSON, or is an object where none may be.
    """
    if not parameter.is_json:
        return value if parameter.takes_object or not _is_object(value) else text_of(parameter.name, value)
    try:
        return json.dumps(value, ensure_ascii=parameter.location == "header", allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequestError(parameter.name, value, f"must be JSON ({error})") from error


def in_path(parameter: Parameter, value: object) -> str:
    """Return the text that stands in a path for a JSON value."""
    style, explode = parameter.form
    if style == "matrix":
        return "".join(f";{quote(name, safe='')}{'=' * bool(text)}{text}" for name, text in _pairs(parameter, value))
    texts = [*_flat(parameter, value, explode=explode)]
    return ("." if style == "label" else "") + ("." if style == "label" and explode else ",").join(texts)


def in_query(parameter: Parameter, value: object) -> Iterator[tuple[str, str]]:
    """Return the pairs of a query for a JSON value."""
    style, explode = parameter.form
    if style == "deepObject" and _is_object(value):
        yield from _deep(parameter.name, value)
    elif not (_is_object(value) or _is_array(value)):
        text = text_of(parameter.name, value)
        yield parameter.name, EncodedText(quote(text, safe=_RESERVED)) if parameter.allow_reserved else text
    elif not explode or parameter.allow_reserved:
        for name, text in _pairs(parameter, value):
            yield name, EncodedText(text)
    elif _is_object(value):
        for name, member in value.items():
            yield from ((name, text_of(name, item)) for item in _items(member))
    else:
        yield from ((parameter.name, text_of(parameter.name, item)) for item in _items(value))


def in_header(parameter: Parameter, value: object) -> str:
    """Return the text of a header for a JSON value."""
    if _is_object(value):
        equals = "=" if parameter.form[1] else ","
        return ",".join(f"{name}{equals}{text_of(name, member)}" for name, member in value.items())
    return ",".join(text_of(parameter.name, item) for item in _items(value))


def in_cookies(parameter: Parameter, value: object) -> Iterator[str]:
    """Return the cookies for a JSON value: each a name, an equals sign and a value."""
    for name, text in _pairs(parameter, value):
        yield f"{name}={text}"


def _pairs(parameter: Parameter, value: object) -> Iterator[tuple[str, str]]:
    """Yield names and encoded texts: one pair, or one for each item or member."""
    style, explode = parameter.form
    if explode and _is_object(value):
        yield from ((name, _encoded(parameter, member)) for name, member in value.items())
    elif explode and _is_array(value):
        yield from ((parameter.name, _encoded(parameter, item)) for item in _items(value))
    elif _is_object(value) or _is_array(value):
        yield parameter.name, _DELIMITERS.get(style, ",").join(_flat(parameter, value, explode=False))
    else:
        yield parameter.name, _encoded(parameter, value)


def _flat(parameter: Parameter, value: object, *, explode: bool) -> Iterator[str]:
    """Return the encoded texts of items, or of names and members."""
    if _is_object(value):
        for name, member in value.items():
            texts = quote(name, safe=""), _encoded(parameter, member)
            yield from ["=".join(texts)] if explode else texts
    else:
        yield from (_encoded(parameter, item) for item in _items(value))


def _encoded(parameter: Parameter, value: object) -> str:
    text = text_of(parameter.name, value)
    if parameter.location == "path" and parameter.form[0] == "simple" and text in ("", ".", ".."):
        raise InvalidRequestError(parameter.name, text, 'must not be empty, "." or "..": it is one segment of the path')
    if parameter.location == "cookie":
        return quote(text, safe=_COOKIE)
    return quote(text, safe=_RESERVED.replace(",", "") if parameter.allow_reserved else "")


def _deep(name: str, members: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, member in members.items():
        inner = f"{name}[{key}]"
        if _is_object(member):
            yield from _deep(inner, member)
        else:
            yield from ((inner, text_of(inner, item)) for item in _items(member))


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _items(value: object) -> Sequence[object]:
    return value if _is_array(value) else (value,)
