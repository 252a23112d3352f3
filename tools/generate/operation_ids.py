"""An id for each operation, of which its function's name is made."""

from collections.abc import Mapping
from itertools import chain, count

from openapi_python_client.strings import PythonIdentifier

from tools.generate.own_names import own_functions
from tools.openapi.document import Node, operations

Paths = Mapping[str, Mapping[str, Node]]


def with_operation_ids(paths: Paths) -> tuple[dict[str, dict[str, Node]], list[str]]:
    """Return the operations with an id each, by path and method, and a note for each that has a number.

    An operation without an id is called by its method and path: `GET /v1/forecast` is `get_v1_forecast`. So is one with
    an id that is a name of the client's own. If two are one name in Python, or one is that of the other's function for
    the whole response, the later one gets a number. An id of the document goes before one that is made here.
    """
    every = list(operations({"paths": paths}))
    every.sort(key=lambda found: not isinstance(found[2].get("operationId"), str))
    ids: dict[tuple[str, str], str] = {}
    notes: list[str] = []
    taken: set[str] = set()
    for path, method, operation in every:
        own = operation.get("operationId")
        wanted = own if isinstance(own, str) else _made_of(method, path)
        stem = _made_of(method, path) if _identifier(wanted) in own_functions() else wanted
        numbered = (f"{stem}_{number}" for number in count(2))
        chosen = next(name for name in chain([stem], numbered) if taken.isdisjoint(_functions(name)))
        if chosen != wanted:
            others = [name for name in _functions(wanted) if name in taken]
            whose = f"{others[0]} is another operation's" if others else f"{_identifier(wanted)} is the client's own"
            notes.append(f"{method.upper()} {path}: the function {whose}; its own is {_identifier(chosen)}")
        taken.update(_functions(chosen))
        ids[path, method] = chosen
    kept: dict[str, dict[str, Node]] = {
        path: {method: {**operation, "operationId": ids[path, method]} for method, operation in item.items()}
        for path, item in paths.items()
    }
    return kept, notes


def _made_of(method: str, path: str) -> str:
    words = "".join(character if character.isalnum() else "_" for character in path)
    return f"{method}_{words}"


def _functions(name: str) -> list[str]:
    """Return the function of an operation, and the one that returns the whole response."""
    function = _identifier(name)
    return [function, f"{function.removesuffix('_')}_detailed"]


def _identifier(name: str) -> str:
    return str(PythonIdentifier(name, "field_"))
