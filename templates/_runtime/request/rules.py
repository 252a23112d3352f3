"""The rules that a document sets for what is sent, as attrs validators.

They are kept in a field's `metadata` under `"rules"` and run by the client before it
sends, so building a model never fails. Each is named after the JSON Schema keyword
that sets it (JSON Schema 2020-12, validation vocabulary).
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar, cast
from uuid import UUID

import attrs
from attrs import frozen

from ..errors import InvalidRequestError
from .files import as_file_input

T = TypeVar("T")

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PNG_HEADER_SIZE = 24
"""The signature, the first chunk's length and name, then width and height (PNG, section 11.2.1)."""


class Rule(Protocol):
    """A condition on one value. As an attrs validator it is called with instance, attribute and value."""

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        ...

    def __str__(self) -> str:
        """Return the rule in words, to be read after the field's name."""
        ...

    def __call__(self, instance: object, attribute: "attrs.Attribute[T]", value: T) -> None:
        """Raise `InvalidRequestError` unless the value keeps the rule."""
        if not self.holds(value):
            raise InvalidRequestError(attribute.name, value, str(self))


def check(name: str, value: object, rules: Sequence[Rule]) -> None:
    """Hold a value against rules, in order.

    Raises:
        InvalidRequestError: With the first rule that the value breaks.
    """
    for rule in rules:
        if not rule.holds(value):
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


@frozen
class Minimum(Rule):
    """`minimum`."""

    limit: float

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, int | float) or value >= self.limit

    def __str__(self) -> str:
        return f"must be at least {self.limit}"


@frozen
class Maximum(Rule):
    """`maximum`."""

    limit: float

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, int | float) or value <= self.limit

    def __str__(self) -> str:
        return f"must be at most {self.limit}"


@frozen
class ExclusiveMinimum(Rule):
    """`exclusiveMinimum`."""

    limit: float

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, int | float) or value > self.limit

    def __str__(self) -> str:
        return f"must be more than {self.limit}"


@frozen
class ExclusiveMaximum(Rule):
    """`exclusiveMaximum`."""

    limit: float

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, int | float) or value < self.limit

    def __str__(self) -> str:
        return f"must be less than {self.limit}"


@frozen
class MultipleOf(Rule):
    """`multipleOf`."""

    factor: float

    def holds(self, value: object, /) -> bool:
        if not isinstance(value, int | float) or not math.isfinite(value):
            return True
        # As JSON writes them, in decimal: in binary 0.3 is not a multiple of 0.1.
        from fractions import Fraction  # with decimal, a megabyte that few documents need

        return Fraction(str(value)) % Fraction(str(self.factor)) == 0

    def __str__(self) -> str:
        return f"must be a multiple of {self.factor}"


LengthUnit = Literal["character", "byte"]
"""What is counted: characters of text, bytes of binary content (OpenAPI 3.1, section 4.8.14.2)."""


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@frozen
class MinLength(Rule):
    """`minLength`."""

    limit: int
    unit: LengthUnit = "character"

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, str | bytes) or len(value) >= self.limit

    def __str__(self) -> str:
        return f"must be at least {_counted(self.limit, self.unit)} long"


@frozen
class MaxLength(Rule):
    """`maxLength`."""

    limit: int
    unit: LengthUnit = "character"

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, str | bytes) or len(value) <= self.limit

    def __str__(self) -> str:
        return f"must be at most {_counted(self.limit, self.unit)} long"


@frozen
class Pattern(Rule):
    """`pattern`: a regular expression that matches somewhere in the text.

    Attributes:
        pattern: The expression of the document, which is one of ECMA-262.
        expression: The same as Python writes it, if that is not the same text.
    """

    pattern: str
    expression: str | None = None

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, str) or re.search(self.expression or self.pattern, value) is not None

    def __str__(self) -> str:
        return f"must match {self.pattern}"


@frozen
class MinItems(Rule):
    """`minItems`."""

    limit: int

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, list | tuple) or len(cast("Sequence[object]", value)) >= self.limit

    def __str__(self) -> str:
        return f"must have at least {_counted(self.limit, 'item')}"


@frozen
class MaxItems(Rule):
    """`maxItems`."""

    limit: int

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, list | tuple) or len(cast("Sequence[object]", value)) <= self.limit

    def __str__(self) -> str:
        return f"must have at most {_counted(self.limit, 'item')}"


@frozen
class UniqueItems(Rule):
    """`uniqueItems`."""

    def holds(self, value: object, /) -> bool:
        if not isinstance(value, list | tuple):
            return True
        # With its type: to Python True equals 1, to JSON it does not.
        items = [(isinstance(item, bool), item) for item in cast("Sequence[object]", value)]
        return all(item not in items[:index] for index, item in enumerate(items))

    def __str__(self) -> str:
        return "must not hold an item twice"


@frozen
class Items(Rule):
    """`items`: what each item of an array keeps."""

    rules: tuple[Rule, ...]

    def holds(self, value: object, /) -> bool:
        if not isinstance(value, list | tuple):
            return True
        return all(rule.holds(item) for item in cast("Sequence[object]", value) for rule in self.rules)

    def __str__(self) -> str:
        return f"each item {' and '.join(map(str, self.rules))}"


@frozen
class AnyOf(Rule):
    """`anyOf` and `oneOf`: the value keeps all rules of at least one branch."""

    branches: tuple[tuple[Rule, ...], ...]

    def holds(self, value: object, /) -> bool:
        return any(all(rule.holds(value) for rule in branch) for branch in self.branches)

    def __str__(self) -> str:
        return ", or ".join(" and ".join(map(str, branch)) for branch in self.branches)


@frozen
class Png(Rule):
    """`contentMediaType: image/png`: the content begins as a PNG does. The image is not decoded."""

    def holds(self, value: object, /) -> bool:
        if not isinstance(value, bytes):
            return True
        if len(value) < _PNG_HEADER_SIZE or not value.startswith(_PNG_SIGNATURE) or value[12:16] != b"IHDR":
            return False
        return all(0 < int.from_bytes(value[at : at + 4]) < 2**31 for at in (16, 20))  # PNG, section 11.2.1

    def __str__(self) -> str:
        return "must be a PNG file"


@frozen
class Square(Rule):
    """`x-square`: the PNG's width equals its height, by its header."""

    def holds(self, value: object, /) -> bool:
        return not isinstance(value, bytes) or not Png().holds(value) or value[16:20] == value[20:24]

    def __str__(self) -> str:
        return "must be square: as wide as it is high"
