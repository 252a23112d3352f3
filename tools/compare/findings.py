"""What a comparison has found so far, and what it has yet to look at."""

from collections import deque
from collections.abc import Callable, Hashable

from attrs import define, evolve, field, frozen

from tools.compare.changes import Change, change, quoted
from tools.compare.contract import Contract
from tools.compare.exports import Role


@frozen
class Subject:
    """What a change is about.

    Attributes:
        place: Its short name.
        text: What a sentence about it begins with.
        role: Whether it is sent or read.
        pointer: Where the document says it.
        changed_type: What the id of a change of its type begins with.
    """

    place: str
    text: str
    role: Role
    pointer: str
    changed_type: str

    @classmethod
    def function(cls, name: str, pointer: str, role: Role = "request") -> "Subject":
        """A function; where it is read, what it returns."""
        return cls(name, name if name.isidentifier() else quoted(name), role, pointer, "response.type")

    @classmethod
    def keyword(cls, function: str, name: str, pointer: str) -> "Subject":
        """A keyword of a function."""
        text = f"{function if function.isidentifier() else quoted(function)}: the keyword {quoted(name)}"
        return cls(f"{function}({name})", text, "request", pointer, "request.field.type")

    @classmethod
    def attribute(cls, owner: str, name: str, role: Role, pointer: str) -> "Subject":
        """An attribute of a class."""
        return cls(f"{owner}.{name}", quoted(f"{owner}.{name}"), role, pointer, f"{role}.field.type")

    def items(self, pointer: str) -> "Subject":
        """What a list holds."""
        changed_type = f"{self.role}.field.type"
        return Subject(f"{self.place}[]", f"{self.text}, in each item,", self.role, pointer, changed_type)

    def others(self, pointer: str) -> "Subject":
        """The members of it that the document does not name."""
        changed_type = f"{self.role}.field.type"
        return Subject(f"{self.place}.*", f"{self.text}, in other members,", self.role, pointer, changed_type)

    def at(self, pointer: str) -> "Subject":
        """The same, where another part of the document speaks of it."""
        return evolve(self, pointer=pointer)


@define
class Findings:
    """The two documents, and how they differ.

    Attributes:
        changes: What was found.
        renamed: The classes and types that others took the place of, and these.
    """

    old: Contract
    new: Contract
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

    def _is_new(self, key: Hashable) -> bool:
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new
