"""Overlay: changes of this project to a document that is not its own, by OpenAPI Overlay 1.0.

https://spec.openapis.org/overlay/v1.0.0.html. Two extensions of an action are known here:
with `x-optional: true` it may match nothing, which is otherwise an error, and with
`x-if: <JSONPath>` it belongs to something that not every document has, and without that
it is skipped. With `x-for: <JSONPath>` the overlay as a whole says which documents it is for.
"""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TypeAlias, cast

import jsonpath_rfc9535 as jsonpath
from attrs import frozen

from tools.openapi.document import DocumentError, Node, is_node, node

_ACTION_FIELDS = frozenset({"target", "description", "update", "remove"})


@frozen
class Action:
    """One change.

    Attributes:
        target: The JSONPath (RFC 9535) of the objects and arrays that are changed.
        update: The value that is merged into an object, or added to an array.
        remove: Whether the target is taken out instead.
        condition: A JSONPath that has to match something, if there is one.
        is_optional: Whether the target may match nothing.
        where: The name of the action in errors.
    """

    target: str
    update: object
    remove: bool
    condition: str | None
    is_optional: bool
    where: str


@frozen
class Overlay:
    """A document of changes.

    Attributes:
        header: The comment for the top of the document (`x-header`).
    """

    actions: tuple[Action, ...]
    header: str = ""

    def apply(self, document: Node) -> tuple[dict[str, object], list[str]]:
        """Make a document with the changes, and a note of the actions that matched nothing and may.

        Raises:
            DocumentError: An action matches nothing, or cannot be done.
        """
        result = cast("dict[str, object]", deepcopy(document))
        missed = [action.target for action in self.actions if not _apply(action, result)]
        return result, [f"overlay: nothing matches {', '.join(missed)}"] if missed else []


NO_OVERLAY = Overlay(())
"""No changes."""


def read_overlay(document: Node, name: str) -> Overlay:
    """Read an overlay.

    Args:
        document: The overlay, as a document.
        name: Its name in errors.

    Raises:
        DocumentError: It is not an overlay of version 1.0.
    """
    version = document.get("overlay")
    if not isinstance(version, str) or not re.fullmatch(r"1\.0\.\d+", version):
        raise DocumentError(f"{name}: overlay: has to be a version 1.0, and is {version!r}")
    info = node(document.get("info"))
    if not all(isinstance(info.get(field), str) for field in ("title", "version")):
        raise DocumentError(f"{name}: info: a title and a version are needed")
    actions = document.get("actions")
    if not isinstance(actions, list) or not actions:
        raise DocumentError(f"{name}: actions: has to be an array of at least one action")
    header = document.get("x-header", "")
    listed = enumerate(cast("list[object]", actions), start=1)
    return Overlay(
        tuple(_action(action, f"{name}: action {number}") for number, action in listed),
        header if isinstance(header, str) else "",
    )


def is_for(overlay: Node, document: Node, name: str) -> bool:
    """Return whether an overlay is for a document. One without `x-for` is for any.

    Raises:
        DocumentError: `x-for` is no JSONPath.
    """
    path = overlay.get("x-for", "$")
    if not isinstance(path, str):
        raise DocumentError(f"{name}: x-for: has to be a JSONPath, and is {path!r}")
    return bool(_found(path, document, f"{name}: x-for"))


def _action(action: object, where: str) -> Action:
    if not is_node(action):
        raise DocumentError(f"{where} has to be an object")
    target, condition, is_optional = action.get("target"), action.get("x-if"), action.get("x-optional", False)
    if not isinstance(target, str):
        raise DocumentError(f"{where} has no target")
    if not isinstance(condition, str | None) or not isinstance(is_optional, bool):
        raise DocumentError(f"{where} ({target}): x-if has to be a JSONPath, and x-optional a boolean")
    if unknown := [field for field in action if field not in _ACTION_FIELDS and not field.startswith("x-")]:
        raise DocumentError(f"{where} ({target}): {unknown[0]} is not a field of an action")
    remove = action.get("remove", False)
    if not isinstance(remove, bool):
        raise DocumentError(f"{where} ({target}): remove has to be a boolean")
    if not remove and "update" not in action:
        raise DocumentError(f"{where} ({target}): there is neither an update nor remove: true")
    return Action(
        target=target,
        update=action.get("update"),
        remove=remove,
        condition=condition,
        is_optional=is_optional,
        where=f"{where} ({target})",
    )


def _apply(action: Action, document: dict[str, object]) -> bool:
    """Change the document, and say whether there was something to change, or need not have been."""
    if action.condition is not None and not _found(action.condition, document, action.where):
        return True
    found = _found(action.target, document, action.where)
    if not found and not action.is_optional:
        raise DocumentError(f"{action.where} matches nothing")
    if action.remove:
        _remove(found, document, action)
    else:
        for place in found:
            _update(_at(document, place), action)
    return bool(found)


_Steps: TypeAlias = tuple[int | str, ...]


def _found(path: str, document: Node, where: str) -> list[_Steps]:
    try:
        nodes = jsonpath.find(path, cast("dict[str, jsonpath.JSONValue]", document))
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise DocumentError(f"{where}: {path} is not a JSONPath: {' '.join(str(error).split())}") from error
    return list(dict.fromkeys(found.location for found in nodes))


def _at(document: object, place: Sequence[int | str]) -> object:
    for step in place:
        document = cast("dict[int | str, object]", document)[step]
    return document


def _update(target: object, action: Action) -> None:
    if isinstance(target, list):
        cast("list[object]", target).append(deepcopy(action.update))
        return
    if not isinstance(target, dict):
        raise DocumentError(f"{action.where} selects what is neither an object nor an array")
    if not is_node(action.update):
        raise DocumentError(f"{action.where}: the update of an object has to be an object")
    _merge(cast("dict[str, object]", target), action.update)


def _merge(target: dict[str, object], update: Node) -> None:
    """Merge objects, level by level; whatever else is of one name replaces what was there."""
    for name, part in update.items():
        present = target.get(name)
        if isinstance(present, dict) and is_node(part):
            _merge(cast("dict[str, object]", present), part)
        else:
            target[name] = deepcopy(part)


def _remove(found: Sequence[_Steps], document: dict[str, object], action: Action) -> None:
    for place in _last_first(found):
        if not place:
            raise DocumentError(f"{action.where}: the document itself cannot be removed")
        if not isinstance(_at(document, place), dict | list):
            raise DocumentError(f"{action.where} selects what is neither an object nor an array")
        parent = _at(document, place[:-1])
        del cast("dict[int | str, object]", parent)[place[-1]]


def _last_first(found: Sequence[_Steps]) -> Iterator[_Steps]:
    """Yield the places in an order in which the removal of one moves none of the others."""
    return iter(sorted(found, key=lambda place: [(isinstance(step, str), step) for step in place], reverse=True))
