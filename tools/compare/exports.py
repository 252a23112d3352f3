"""The classes and types that the client of a document exports, and which way they go over the wire."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from tools.compare.branches import Branch, Site
from tools.compare.contract import Contract
from tools.compare.events import alias_of_events
from tools.compare.operations import Operation

Role: TypeAlias = Literal["request", "response"]


@frozen
class Export:
    """One class of an object, or one type of an enum's values.

    Attributes:
        kind: "model" or "alias".
        roles: Whether it is sent, read, or both.
        branch: What it stands for.
    """

    kind: str
    roles: frozenset[Role]
    branch: Branch


def exports_of(contract: Contract) -> Mapping[str, Export]:
    """Return every class and type, by its name."""
    walk = _Walk(contract)
    walk.follow("request", _sent(contract))
    walk.follow("response", _read(contract))
    # What no operation refers to, an error's body, can be made from a dictionary all the same.
    walk.follow("response", [site for site in contract.component_schemas() if site.pointer not in walk.reached])
    return {**walk.found, **dict(_unions_of_events(contract))}


class _Walk:
    def __init__(self, contract: Contract) -> None:
        self._shapes = contract.shapes
        self._walked: set[tuple[Role, str, str, str]] = set()
        self.found: dict[str, Export] = {}
        self.reached: set[str] = set()

    def follow(self, role: Role, sites: Iterable[Site]) -> None:
        waiting = list(sites)
        while waiting:
            site = waiting.pop()
            key = (role, site.pointer, site.parent, site.name)
            if key in self._walked:
                continue
            self._walked.add(key)
            for branch in self._shapes.of(site).branches:
                self.reached.add(branch.pointer)
                for name, kind in _names(branch):
                    known = self.found.get(name, Export(kind, frozenset(), branch))
                    self.found[name] = evolve(known, roles=known.roles | {role})
                waiting += _within(branch)


def _sent(contract: Contract) -> Iterator[Site]:
    for operation in contract.operations:
        for call in operation.calls:
            yield from (keyword.site for keyword in call.keywords)
            if call.body is not None:
                yield call.body
            if call.event_field is not None:  # it may be no keyword
                yield call.event_field.keyword.site


def _read(contract: Contract) -> Iterator[Site]:
    for operation in contract.operations:
        yield from (response.site for response in operation.responses.values() if response.site is not None)
        if operation.events is not None:
            yield operation.events


def _unions_of_events(contract: Contract) -> Iterator[tuple[str, Export]]:
    for operation in contract.operations:
        site = operation.events
        if site and (name := alias_of_events(contract.shapes, site, operation.id)):
            yield name, Export("alias", frozenset({"response"}), Branch("any", name, site.pointer))


def _names(branch: Branch) -> Iterator[tuple[str, str]]:
    if branch.type == "object":
        yield branch.class_name, "model"
    for alias in branch.aliases:
        yield alias, "alias"


def _within(branch: Branch) -> Iterator[Site]:
    yield from branch.fields.values()
    for site in (branch.items, branch.extra):
        if isinstance(site, Site):
            yield site


def files_of(operation: Operation) -> str | None:
    """Return the media types of a file that the client can stream and save, if an operation returns one."""
    files = [media_type for response in operation.responses.values() for media_type in response.files]
    return ", ".join(dict.fromkeys(files)) if operation.method != "HEAD" and files else None
