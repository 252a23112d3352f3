# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The rules that a document sets for what is sent, as attrs validators.

They are kept in a field's `metadata` under `"rules"` and run by the client before it
sends, so building a model never fails. Each is named after the JSON Schema keyword
that sets it (JSON Schema 2020-12, validation vocabulary). Here are those that hold for
values of any type.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

import attrs
from attrs import frozen

from ..errors import InvalidRequestError
from .files import as_file_input

T = TypeVar("T")


class Rule(Protocol):
    """A condition on one value. As an attrs validator it is called with instance, attribute and value."""

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        ...

    def __str__(self) -> str:
        """Return the rule in words, to be read after the field's name."""
        ...

    def max_octets(self) -> int | None:
        """Return the longest content that a file may have by this rule, or that each file of a list may have."""
        return None

    def __call__(self, instance: object, attribute: "attrs.Attribute[T]", value: T) -> None:
        """Raise `InvalidRequestError` unless the value keeps the rule."""
        if not self.holds(value):
            raise InvalidRequestError(attribute.name, value, str(self))


def check(name: str, value: object, rules: Sequence[Rule], content: object = None) -> None:
    """Hold a value, or what was read of the files that it stands for, against rules, in order.

    Raises:
        InvalidRequestError: With the first rule that is broken.
    """
    for rule in rules:
        if not rule.holds(value if content is None else content):
            raise InvalidRequestError(name, value, str(rule))


@frozen
class Required(Rule):
    """`required`: the field must be given."""

    def holds(self, value: object, /) -> bool:
        return value is not None

    def __str__(self) -> str:
        return "must be given"


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "date": (date,),
    "date-time": (datetime,),
    "uuid": (UUID,),
    "null": (type(None),),
}


@frozen
class Type(Rule):
    """`type`, and for dates, UUIDs and files `format`: what Python type stands for it."""

    name: str

    def holds(self, value: object, /) -> bool:
        if self.name == "binary":
            return as_file_input(value) is not None
        if self.name == "object":
            return isinstance(value, Mapping) or attrs.has(type(value))
        # To Python a bool is an int, and a datetime a date; to JSON Schema they are not.
        if isinstance(value, bool) and self.name != "boolean":
            return False
        if isinstance(value, datetime):
            return self.name == "date-time" and value.utcoffset() is not None
        return isinstance(value, _TYPES[self.name])

    def __str__(self) -> str:
        if self.name == "binary":
            return "must be one file"
        # RFC 3339, section 5.6: a date-time has its offset from UTC.
        return f"must be of type {self.name}" + (" with a time zone" if self.name == "date-time" else "")


@frozen
class Enum(Rule):
    """`enum` and `const`: one of these values."""

    values: tuple[str | int | float | bool, ...]

    def holds(self, value: object, /) -> bool:
        # To Python True is 1, to JSON it is not. An int may stand for a float, as it does in annotations.
        kinds = (int, float) if type(value) is int else (type(value),)
        return any(value == allowed and type(allowed) in kinds for allowed in self.values)

    def __str__(self) -> str:
        return f"must be {' or '.join(map(repr, self.values))}"


def counted(count: int, unit: str) -> str:
    """Return a number of things in words."""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
