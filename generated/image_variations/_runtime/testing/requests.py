# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Requests as they arrived, taken apart."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.message import Message
from typing import cast
from urllib.parse import parse_qsl

import httpx
from attrs import field, frozen

from ..errors import format_value
from ..request.values import json_bytes
from ..response.json_text import UnreadableJsonError, parse_json


class UnreadableBodyError(Exception):
    """A body is not what its `Content-Type` says. The message says why."""


@frozen(eq=False)
class FakeField:
    """A field of a request: it is equal to its value, to its text, and to its bytes.

    Attributes:
        value: What it says, by the type that the document gives it: a number for `n`, and the
            content of a file. A field that came several times has a list of these.
        content: Its bytes; of a field that came several times, those of the first.
        file_name: The name of the file, if it is one.
        mime_type: Its media type, if the request says it.
    """

    value: object = field(repr=format_value)
    content: bytes = field(repr=False)
    file_name: str | None = None
    mime_type: str | None = None

    @property
    def text(self) -> str:
        """Its bytes as a string."""
        return self.content.decode(errors="replace")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FakeField):
            return (self.value, self.file_name, self.mime_type) == (other.value, other.file_name, other.mime_type)
        return other in (self.value, self.text, self.content)


@frozen
class FakeRequest:
    """A request that arrived.

    Attributes:
        method: The method.
        url: The URL.
        headers: The headers, by names of any case.
        content: The body.
        attempt: Which attempt of its call it is, from 1. Over a socket, where nothing says so, it
            is counted by equal bodies since the last success.
        operation: The operation, as the document calls it; empty if the document has none there.
        fields: The fields of the body, by their names on the wire. A body that has no fields is
            the field `body`.
    """

    method: str
    url: httpx.URL
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)
    attempt: int
    operation: str = ""
    fields: Mapping[str, FakeField] = field(factory=dict[str, FakeField])

    def __str__(self) -> str:
        return f"{self.method} {self.url.copy_with(query=None)}"  # a query may hold a key


def read_fields(content_type: str, content: bytes) -> list[tuple[str, FakeField]]:
    """Take a body apart. A name may come more than once.

    Raises:
        UnreadableBodyError: It is not what its media type says.
    """
    media_type, options = _parse_header(content_type)
    try:
        if media_type == "multipart/form-data":
            return list(_read_parts(options.get("boundary", "").encode(), content))
        if media_type == "application/x-www-form-urlencoded":
            pairs = parse_qsl(content.decode(), keep_blank_values=True, errors="strict")
            return [(name, FakeField(value, value.encode())) for name, value in pairs]
        if media_type.endswith(("/json", "+json")) and content:
            return list(_read_members(parse_json(content)))
    except UnicodeDecodeError as error:
        raise UnreadableBodyError("a name or a value is not UTF-8") from error
    except UnreadableJsonError as error:
        raise UnreadableBodyError(f"it {error}") from error
    return [("body", FakeField(content, content, mime_type=content_type or None))] if content else []


def _read_members(value: object) -> Iterator[tuple[str, FakeField]]:
    members = cast("Mapping[str, object]", value if isinstance(value, Mapping) else {"body": value})
    for name, member in members.items():
        content = member.encode() if isinstance(member, str) else json_bytes(name, member)
        yield name, FakeField(member, content)


def _read_parts(boundary: bytes, content: bytes) -> Iterator[tuple[str, FakeField]]:
    """Yield the parts of a form (RFC 7578; RFC 2046, section 5.1.1)."""
    if not boundary:
        raise UnreadableBodyError("its Content-Type names no boundary")
    for part in (b"\r\n" + content).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        head, _, body = part.partition(b"\r\n\r\n")
        lines = [line.partition(":") for line in head.decode().split("\r\n")]
        headers = {name.strip().lower(): value.strip() for name, _, value in lines}
        disposition, options = _parse_header(headers.get("content-disposition", ""))
        if disposition != "form-data" or "name" not in options:
            raise UnreadableBodyError("a part has no Content-Disposition of form-data with a name")
        mime_type, file_name = headers.get("content-type"), options.get("filename")
        value: object = body if file_name is not None else body.decode()
        if file_name is None and mime_type == "application/json":
            with suppress(UnreadableJsonError):  # a string that is said to be JSON is written as it is
                value = parse_json(body)
        yield options["name"], FakeField(value, body, file_name, mime_type)
    raise UnreadableBodyError("it ends before its last boundary")


def _parse_header(value: str) -> tuple[str, dict[str, str]]:
    """Return the first word of a header, in lower case, and its parameters."""
    message = Message()
    message["Content-Type"] = value
    (first, _), *options = message.get_params([("", "")])
    return first.lower(), dict(options)
