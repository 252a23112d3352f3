"""What arrived at the server of a round trip, held against what was passed: the wire has every value, and no other."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from uuid import UUID

from attrs import define

_LONGEST = 300


class TripError(Exception):
    """A call, or its response, is not what the document says."""


@define
class Arrival:
    """A request as it arrived."""

    head: str = ""
    body: bytes = b""

    @property
    def method(self) -> str:
        """The method."""
        return self.head.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path, encoded as it came."""
        return urlsplit(self._target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The pairs of the query."""
        return parse_qsl(urlsplit(self._target).query, keep_blank_values=True)

    @property
    def _target(self) -> str:
        return self.head.split(" ", 2)[1]

    def header(self, name: str) -> str:
        """Return a header; empty if there is none."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for found, _, value in lines if found.lower() == name.lower()), "")

    def parts(self) -> list[tuple[str, bytes]]:
        """Return the parts of a multipart body: names and contents."""
        head = f"Content-Type: {self.header('content-type')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return [
            (str(part.get_param("name", header="content-disposition")), cast(bytes, part.get_payload(decode=True)))
            for part in message.iter_parts()
        ]

    def fields(self) -> list[tuple[str, str]]:
        """Return the fields of a form."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)


def check_path(arrival: Arrival, prefix: str, template: str, values: Mapping[str, object]) -> None:
    """See that a path holds the values of its parameters.

    Args:
        arrival: The request.
        prefix: The path of the server.
        template: The path of the document, with `{name}` where a value goes.
        values: The values of the parameters that are written as is usual; the others may be anything.
    """
    names = re.findall(r"\{([^{}]+)\}", template)
    literal = quote(prefix + re.split("[?#]", template)[0], safe="{}%/:@!$&'()*+,;=")
    pattern = re.sub(r"\\\{[^{}]+?\\\}", "(.*)", re.escape(literal))
    found = re.fullmatch(pattern, arrival.path)
    if found is None:
        raise TripError(f"the path is {arrival.path}")
    for name, text in zip(names, found.groups(), strict=True):
        if name in values and not isinstance(values[name], list) and not _is_text_of(unquote(text), values[name]):
            raise TripError(f"the path has {text} for {name}, and {shown(values[name])} was passed")


def check_pairs(where: str, arrived: Sequence[tuple[str, str | bytes]], passed: Mapping[str, object]) -> None:
    """See that pairs of names and texts hold the values that were passed, an array in a pair for each item."""
    for name, value in passed.items():
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        if value is None or not items:
            continue
        found = [text for pair, text in arrived if pair == name]
        if len(found) != len(items):
            raise TripError(f"{where} has {len(found)} of {name}, and {shown(passed[name])} was passed")
        for text, item in zip(found, items, strict=True):
            if not _is_text_of(text, item):
                raise TripError(f"{where} has {shown(text)} for {name}, and {shown(item)} was passed")


def _is_text_of(arrived: str | bytes, value: object) -> bool:
    if isinstance(value, bytes):
        return arrived == value
    text = arrived.decode() if isinstance(arrived, bytes) else arrived
    if isinstance(value, str):
        return normal(text) == normal(value)
    try:
        return normal(json.loads(text)) == normal(value)
    except ValueError:
        return False


def normal(value: object) -> object:
    """Return a value without null members and empty arrays, its date-times as instants; no boolean equals a number."""
    if isinstance(value, Mapping):
        members = {name: normal(member) for name, member in cast("Mapping[str, object]", value).items()}
        return {name: member for name, member in members.items() if member is not None and member != []}
    if isinstance(value, list):
        return [normal(item) for item in cast("list[object]", value)]
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        except ValueError:
            return value
    return value


def plain(value: object) -> object:
    """Return the JSON value of a result."""
    to_dict = getattr(value, "to_dict", None)
    if callable(to_dict):
        return to_dict()
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[object]", value)]
    return value


def shown(value: object) -> str:
    """Return a value as one bounded line."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
