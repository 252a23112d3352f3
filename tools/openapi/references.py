"""References: each to a component, whatever part of the document it leads to.

A reference may lead into a component (`#/components/schemas/Tag/allOf/0`), to what an operation says, or to the
`$defs`, an `$anchor` or the `$id` of a schema. What it leads to becomes a component, with a name made of its place.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, count
from typing import cast
from urllib.parse import unquote

from attrs import Factory, define

from tools.openapi.document import BUNDLE, DocumentError, Node, abbreviate, is_node, node
from tools.openapi.places import Place, describe_place
from tools.openapi.schemas import pointer
from tools.openapi.walk import FIELDS, describe_kind, kind_at

SECTIONS = {name: kind[1:-1] for name, kind in FIELDS["components"].items()}
"""The kinds of the components, by the names of their sections."""

_SECTION_OF = {kind: name for name, kind in SECTIONS.items()}

_DEFINITIONS = frozenset({"$defs", "definitions"})
_SILENT = frozenset({"components", "paths", "properties", "content", "schema", *SECTIONS})
"""Steps that say nothing of what they lead to."""

_MOST_FOLLOWED = 50
"""How many references may lead to one another; more are a circle."""


@define
class References:
    """The references of a document."""

    _document: Node
    _made: dict[tuple[str, str], Place] = Factory(dict[tuple[str, str], Place])
    _named: dict[str, Place] = Factory(dict[str, Place])
    _times: Counter[str] = Factory(Counter[str])
    _is_searched: bool = False

    def component_of(self, reference: str, kind: str, place: Place) -> str:
        """Return a reference to a component for one to anything.

        Args:
            reference: What a `$ref` says.
            kind: The kind of what it has to lead to (see `FIELDS`).
            place: The place of the reference.

        Raises:
            DocumentError: It leads nowhere, to another file, to another kind of component, or in a circle.
        """
        try:
            return self._component_of(reference, kind, place, _MOST_FOLLOWED)
        except DocumentError as error:
            raise DocumentError(f"{describe_place(place)}: {error}") from error

    def is_open(self, reference: str, place: Place) -> bool:
        """Return whether what a `$dynamicRef` leads to depends on who refers to the schema that it stands in."""
        self._names()
        return place[:1] == ("components",) and self._times[f"#{reference.partition('#')[2]}"] > 1

    def declared(self, section: str, name: str) -> tuple[object, Place] | None:
        """Return a component and its place in the document, or None if there is no such component."""
        place = self._made.get((section, name), ("components", section, name))
        components = node(node(self._document.get("components")).get(section))
        if place == ("components", section, name) and name not in components:
            return None
        return self._at(place), place

    def _component_of(self, reference: str, kind: str, place: Place, left: int) -> str:
        if (section := _SECTION_OF.get(kind)) is None:
            raise DocumentError(f"{reference}: a reference cannot stand here; put what it leads to in its place")
        found = self._place_of(reference, place, left)
        if found[:2] == ("components", section) and len(found) == 3:
            return pointer(*found)
        if kind_at(found) not in (None, kind):
            raise DocumentError(f"{reference} is no {describe_kind(kind)}")
        value = self._at(found)
        if not is_node(value) and not (kind == "schema" and isinstance(value, bool)):
            raise DocumentError(f"{reference} leads to {_shown(value)}, and an object has to be there")
        if set(node(value)) == {"$ref"}:
            return self._component_of(str(node(value)["$ref"]), kind, found, left - 1)
        return pointer("components", section, self._name_for(section, found))

    def _name_for(self, section: str, place: Place) -> str:
        taken = node(node(self._document.get("components")).get(section))
        stem = _name_of(place)
        for name in chain([stem], (f"{stem}_{number}" for number in count(2))):
            if name not in taken and self._made.setdefault((section, name), place) == place:
                return name
        raise AssertionError

    def _place_of(self, reference: str, place: Place, left: int) -> Place:
        if left <= 0:
            raise DocumentError(f"{reference} refers to itself")
        base, hash_sign, fragment = reference.partition("#")
        if base and f"{base}#" not in self._names():
            raise DocumentError(f"{abbreviate(reference)} is in another file; {BUNDLE}")
        resource = self._names()[f"{base}#"] if base else ()
        if fragment.startswith("/"):
            return self._walked(reference, resource or self._start(fragment, place), left)
        if fragment:
            return self._anchor(reference, fragment, place)
        if resource:
            return resource
        if place[:2] == ("components", "schemas") and hash_sign:  # the document is no schema, and so it is the schema's
            return place[:3]
        raise DocumentError(f"{reference or 'an empty reference'} leads to the document itself")

    def _anchor(self, reference: str, name: str, place: Place) -> Place:
        """Return the place of an anchor: among the `$defs` around the reference, or anywhere."""
        for length in range(len(place), 0, -1):
            for key, part in node(node(self._at(place[:length])).get("$defs")).items():
                if name in _anchors_of(part):
                    return (*place[:length], "$defs", key)
        if (found := self._names().get(f"#{name}")) is None:
            raise DocumentError(f"{reference} leads nowhere: no schema has the $anchor {name}")
        return found

    def _start(self, fragment: str, place: Place) -> Place:
        """Return the place that a pointer begins at: the document, or the outermost object around it that has its step.

        That is the schema with an `$id`, or one whose author forgot that it stands in a document.
        """
        first = fragment.split("/")[1]
        around = (place[:length] for length in range(len(place)))
        return next((start for start in around if first in node(self._at(start))), ())

    def _walked(self, reference: str, start: Place, left: int) -> Place:
        current = start
        for raw in reference.partition("#")[2].split("/")[1:]:
            value = self._at(current)
            step = raw.replace("~1", "/").replace("~0", "~")
            if _part(value, step) is None:
                step = unquote(step)  # it is part of a URL (RFC 6901, section 6)
            if not _has(value, step) and isinstance(onward := node(value).get("$ref"), str):
                current = self._place_of(onward, current, left - 1)
                value = self._at(current)
            if not _has(value, step):
                raise DocumentError(f"{reference} leads nowhere: {_missing(value, step, current)}")
            current = (*current, step)
        return current

    def _at(self, place: Place) -> object:
        value: object = self._document
        for step in place:
            value = _part(value, step)
        return value

    def _names(self) -> dict[str, Place]:
        """Return the places of what has a name: `#anchor`, or the URL of an `$id` with a `#` behind it."""
        if not self._is_searched:
            self._is_searched = True
            for name, place in _names_in(self._document):
                self._named.setdefault(name, place)
                self._times[name] += 1
        return self._named


def _names_in(document: Node) -> Iterator[tuple[str, Place]]:
    waiting: list[tuple[object, Place]] = [(document, ())]
    while waiting:
        value, place = waiting.pop()
        for anchor in _anchors_of(value):
            yield f"#{anchor}", place
        if is_node(value) and isinstance(own := value.get("$id"), str):
            yield f"{own.partition('#')[0]}#", place
        parts = enumerate(cast("list[object]", value)) if isinstance(value, list) else node(value).items()
        waiting += [(part, (*place, str(name))) for name, part in parts]


def _anchors_of(value: object) -> list[str]:
    return [name for keyword in ("$anchor", "$dynamicAnchor") if isinstance(name := node(value).get(keyword), str)]


def _has(value: object, step: str) -> bool:
    return step in value if is_node(value) else _part(value, step) is not None


def _part(value: object, step: str) -> object:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items[int(step)] if step.isdecimal() and int(step) < len(items) else None
    return node(value).get(step)


def _missing(value: object, step: str, place: Place) -> str:
    where = describe_place(place) or "the document"
    if isinstance(value, list):
        count = len(cast("list[object]", value))
        return f"{where} has {count} item{'' if count == 1 else 's'}"
    return f"{where} has no {step}" if is_node(value) else f"{where} is {_shown(value)}"


def _shown(value: object) -> str:
    return "empty" if value is None else "an array" if isinstance(value, list) else repr(value)[:40]


def _name_of(place: Place) -> str:
    """Return a name for a component, made of its place in the document."""
    starts = [index + 1 for index, step in enumerate(place[:-1]) if step in _DEFINITIONS]
    steps = [step for step in place[starts[-1] if starts else 0 :] if step not in _SILENT and "/json" not in step]
    words = re.sub(r"[^A-Za-z0-9.-]+", "_", "_".join(steps)).strip("_")
    return words or "part"
