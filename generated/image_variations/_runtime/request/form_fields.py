# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The fields of a form, multipart or URL-encoded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from .values import items_of, to_json


class StyledField(Protocol):
    """A field that is written by a style."""

    @property
    def name(self) -> str:
        """Its name on the wire."""
        ...

    def pairs(self, value: object, /) -> Iterable[tuple[str, object]]:
        """Return the names and the values that a JSON value is written as."""
        ...


def pairs_of(styled: Sequence[StyledField], name: str, value: object) -> Iterable[tuple[str, object]]:
    """Return the pairs or parts of a field: by its style, or one for each item."""
    for style in styled:
        if style.name == name and value is not None:
            return style.pairs(to_json(value))
    if isinstance(value, str):
        return [(name, value)]
    # A field that the document does not know may be a model or a date still. What is written as JSON may hold them.
    return [(name, item if is_json(item) else to_json(item)) for item in items_of(value)]


def is_json(value: object) -> bool:
    """Return whether a value has a form only as JSON: an object, null, or an item that is a list.

    OpenAPI 3.1, section 4.8.15.1.
    """
    return value is None or isinstance(value, Mapping | list | tuple)
