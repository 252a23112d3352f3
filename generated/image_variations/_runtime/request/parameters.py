# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The parameters of an operation: where each value goes in a request."""

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast
from urllib.parse import quote

from attrs import frozen

from ..errors import InvalidRequestError
from .operation import Operation
from .rules import Required
from .values import text_of, to_json

T = TypeVar("T")


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
    for parameter, argument in zip(operation.parameters, arguments, strict=True):
        if argument is None and Required() in parameter.rules:
            raise InvalidRequestError(parameter.name, argument, str(Required()))
        texts = [text_of(parameter.name, item) for item in _items(to_json(argument))]
        if parameter.location == "path":
            segment = ",".join(_segment(parameter.name, text) for text in texts)
            path = path.replace(f"{{{parameter.name}}}", segment)
        elif parameter.location == "header" and texts:
            headers[parameter.name] = header_value(parameter.name, ",".join(texts))
        elif parameter.separator is not None and texts:
            query.append((parameter.name, parameter.separator.join(texts)))
        else:
            query += [(parameter.name, text) for text in texts]
    return RequestTarget(path, query, headers)


def header_value(name: str, text: object) -> str:
    """Return text that a header line can carry as it is (RFC 9110, section 5.5).

    Raises:
        InvalidRequestError: It holds a control character, a character outside ASCII, or
            white space at an end, or is not a text.
    """
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or text != text.strip():
        raise InvalidRequestError(name, text, "must be printable ASCII without white space at its ends")
    return text


def _segment(name: str, text: str) -> str:
    if text in ("", ".", ".."):
        raise InvalidRequestError(name, text, 'must not be empty, "." or "..": it is one segment of the path')
    return quote(text, safe="")


def _items(value: object) -> Sequence[object]:
    if isinstance(value, list):
        return cast("Sequence[object]", value)
    return () if value is None else (value,)
