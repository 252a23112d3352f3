"""What the pin asks of an image: the client's own rules, so that no limit stands here again."""

from collections.abc import Sequence
from typing import Protocol

from attrs import fields
from image_variations import CreateImageVariationRequest


class Rule(Protocol):
    """A rule of the client's, as its request keeps them in the field's metadata."""

    def holds(self, value: object, /) -> bool:
        """Return whether the value keeps the rule."""
        ...

    def max_octets(self) -> int | None:
        """Return the longest content that a file may have by this rule."""
        ...


RULES: Sequence[Rule] = fields(CreateImageVariationRequest).image.metadata["rules"]

MAX_OCTETS = min(limit for rule in RULES if (limit := rule.max_octets()) is not None)


def find_broken_rules(content: bytes) -> list[str]:
    """Return the rules that some content does not keep, in words."""
    return [str(rule) for rule in RULES if not rule.holds(content)]
