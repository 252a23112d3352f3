# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The rules of strings, and of the contents of files. Any other value keeps them."""

import re
from typing import Literal

from attrs import frozen

from .rules import Rule, counted

LengthUnit = Literal["character", "byte"]
"""What is counted: characters of text, bytes of binary content (OpenAPI 3.1, section 4.8.14.2)."""


@frozen
class MinLength(Rule):
    """`minLength`."""

    limit: int
    unit: LengthUnit = "character"

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return not isinstance(value, str | bytes) or len(value) >= self.limit

    def __str__(self) -> str:
        return f"must be at least {counted(self.limit, self.unit)} long"


@frozen
class MaxLength(Rule):
    """`maxLength`."""

    limit: int
    unit: LengthUnit = "character"

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        return not isinstance(value, str | bytes) or len(value) <= self.limit

    def max_octets(self) -> int:
        """Return the limit, by which a file's content is judged."""
        return self.limit

    def __str__(self) -> str:
        return f"must be at most {counted(self.limit, self.unit)} long"


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
        """Return whether the value keeps the rule."""
        return not isinstance(value, str) or re.search(self.expression or self.pattern, value) is not None

    def __str__(self) -> str:
        return f"must match {self.pattern}"
