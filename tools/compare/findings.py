"""The findings of a comparison so far, and its queue."""

from collections import deque
from collections.abc import Callable, Hashable

from attrs import define, evolve, field, frozen

from tools.compare.branches import Branch
from tools.compare.changes import Change, change, quoted
from tools.compare.contract import Contract
from tools.compare.exports import Role

EVENT_TYPE = "event.type"
"""The beginning of the id of a change of what an event may be."""


@frozen
class Subject:
    """The subject of a change.

    Attributes:
        place: Its short name.
        text: The beginning of a sentence about it.
        role: Whether it is sent or read.
        pointer: Its place in the document.
        changed_type: The beginning of the id of a change of its type.
    """

    place: str
    text: str
    role: Role
    pointer: str
    changed_type: str

    @classmethod
    def function(cls, name: str, pointer: str, role: Role = "request") -> "Subject":
        """Make the subject of a function, or of its result if that is read."""
        return cls(name, name if name.isidentifier() else quoted(name), role, pointer, "response.type")

    @classmethod
    def keyword(cls, function: str, name: str, pointer: str) -> "Subject":
        """Make the subject of a keyword of a function."""
        text = f"{function if function.isidentifier() else quoted(function)}: the keyword {quoted(name)}"
        return cls(f"{function}({name})", text, "request", pointer, "request.field.type")

    @classmethod
    def event(cls, function: str, pointer: str) -> "Subject":
        """Make the subject of each event that a function gives."""
        text = f"{function if function.isidentifier() else quoted(function)}: an event"
        return cls(f"{function}[]", text, "response", pointer, EVENT_TYPE)

    @classmethod
    def attribute(cls, owner: str, name: str, role: Role, pointer: str) -> "Subject":
        """Make the subject of an attribute of a class."""
        return cls(f"{owner}.{name}", quoted(f"{owner}.{name}"), role, pointer, f"{role}.field.type")

    def items(self, pointer: str) -> "Subject":
        """Make the subject of the items of a list."""
        changed_type = f"{self.role}.field.type"
        return Subject(f"{self.place}[]", f"{self.text}, in each item,", self.role, pointer, changed_type)

    def others(self, pointer: str) -> "Subject":
        """Make the subject of the members that the document does not name."""
        changed_type = f"{self.role}.field.type"
        return Subject(f"{self.place}.*", f"{self.text}, in other members,", self.role, pointer, changed_type)

    def at(self, pointer: str) -> "Subject":
        """Return the same subject, for another part of the document."""
        return evolve(self, pointer=pointer)


@define
class Findings:
    """The two documents, and how they differ.

    Attributes:
        old_names: The classes and types that the old client exports.
        new_names: Those of the new one.
        changes: What was found.
        renamed: The classes and types that others took the place of, and these.
    """

    old: Contract
    new: Contract
    old_names: frozenset[str]
    new_names: frozenset[str]
    changes: list[Change] = field(factory=list[Change])
    renamed: dict[str, str] = field(factory=dict[str, str])
    _waiting: deque[Callable[[], None]] = field(factory=deque[Callable[[], None]])
    _seen: set[Hashable] = field(factory=set[Hashable])

    def add(self, kind: str, subject: Subject, old: object, new: object, **gaps: str) -> None:
        """Note a change; a second one of the same words is the same."""
        found = change(kind, subject.place, subject.pointer, old, new, subject=subject.text, **gaps)
        if self._is_new((found.id, found.pointer, found.text)):
            self.changes.append(found)

    def later(self, key: Hashable, look: Callable[[], None]) -> None:
        """Look at something when all else is done, once for each key.

        Schemas refer to each other without end, and as deep as a document is long.
        """
        if self._is_new(key):
            self._waiting.append(look)

    def look(self) -> None:
        """Look at everything that waits."""
        while self._waiting:
            self._waiting.popleft()()

    def may_rename(self, old: Branch, new: Branch) -> bool:
        """Return whether a class can be another one under a new name: neither client has both names."""
        return old.class_name not in self.new_names and new.class_name not in self.old_names

    def _is_new(self, key: Hashable) -> bool:
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new
