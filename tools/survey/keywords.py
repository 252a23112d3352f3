"""The values of keywords: what a caller passes for a JSON value of a parameter."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import cast
from uuid import UUID

from attrs import frozen

from tools.openapi.document import Node, nodes
from tools.openapi.variants import UNIONS
from tools.samples.samples import Samples

_ANY: Node = {}
_KINDS: Mapping[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "uuid": UUID,
}


def python_value(samples: Samples, schema: object, value: object) -> object:
    """Return the value that a caller passes for a JSON value of a parameter."""
    found = samples.whole(schema)
    unions = [branch for keyword in UNIONS for branch in nodes(found.get(keyword))]
    branches = [found, *map(samples.whole, unions)]
    if isinstance(value, list):
        items = next((branch["items"] for branch in branches if "items" in branch), _ANY)
        return [python_value(samples, items, item) for item in cast("list[object]", value)]
    if isinstance(value, Mapping):
        return _Members(dict(cast("Mapping[str, object]", value)))
    for kind in (kind for branch in branches if (kind := _KINDS.get(str(branch.get("format"))))):
        with suppress(ValueError):
            return kind(value) if isinstance(value, str) else value
    return value


@frozen
class _Members:
    """An object of a parameter, as the models are."""

    members: dict[str, object]

    def to_dict(self) -> dict[str, object]:
        """Return the members by their names on the wire."""
        return self.members
