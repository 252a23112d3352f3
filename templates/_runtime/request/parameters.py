"""The parameters of an operation: where each value goes in a request."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl

from attrs import frozen

from ..errors import InvalidRequestError
from .operation import Operation
from .rules import Required
from .styles import in_cookies, in_header, in_path, in_query, written
from .values import to_json

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
    cookies: list[str] = []
    for parameter, argument in zip(operation.parameters, arguments, strict=True):
        if argument is None and Required() in parameter.rules:
            raise InvalidRequestError(parameter.name, argument, str(Required()))
        value = None if argument is None else written(parameter, to_json(argument))
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", "" if value is None else in_path(parameter, value))
        elif value in (None, [], {}):
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
