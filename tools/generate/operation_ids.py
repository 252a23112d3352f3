"""An id for each operation, of which its function's name is made."""

from collections.abc import Mapping
from itertools import chain, count

from openapi_python_client.strings import PythonIdentifier

from tools.openapi.document import Node, operations

Paths = Mapping[str, Mapping[str, Node]]


def with_operation_ids(paths: Paths) -> tuple[dict[str, dict[str, Node]], list[str]]:
    """Return the operations with an id each, by path and method, and a note for each that has a number.

    An operation without an id is called by its method and path: `GET /v1/forecast` is `get_v1_forecast`. If two are one
    name in Python, the later one gets a number. An id of the document goes before one that is made here.
    """
    every = list(operations({"paths": paths}))
    every.sort(key=lambda found: not isinstance(found[2].get("operationId"), str))
    ids: dict[tuple[str, str], str] = {}
    notes: list[str] = []
    taken: set[str] = set()
    for path, method, operation in every:
        own = operation.get("operationId")
        stem = own if isinstance(own, str) else _made_of(method, path)
        numbered = (f"{stem}_{number}" for number in count(2))
        chosen = next(name for name in chain([stem], numbered) if _identifier(name) not in taken)
        taken.add(_identifier(chosen))
        ids[path, method] = chosen
        if chosen != stem:
            other, function = _identifier(stem), _identifier(chosen)
            notes.append(f"{method.upper()} {path}: the function {other} is another operation's; its own is {function}")
    kept: dict[str, dict[str, Node]] = {
        path: {method: {**operation, "operationId": ids[path, method]} for method, operation in item.items()}
        for path, item in paths.items()
    }
    return kept, notes


def _made_of(method: str, path: str) -> str:
    words = "".join(character if character.isalnum() else "_" for character in path)
    return f"{method}_{words}"


def _identifier(name: str) -> str:
    return str(PythonIdentifier(name, "field_"))
