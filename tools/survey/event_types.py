"""The types of events: a module for type checkers, which says what the document says and fails if the client does not.

The classes are read from the document's references, and not from what the generator made of them.
"""

from pathlib import Path

from tools.compare.naming import class_name
from tools.openapi.document import Node, node, nodes, operations, resolve
from tools.openapi.events import event_part, event_schema
from tools.openapi.variants import UNIONS, Variants, name_of
from tools.survey.making import Made

_MODULE = '''"""What the events of an operation are, for type checkers."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import ParamSpec, TypeVar, assert_type

from . import {imports}

P = ParamSpec("P")
T = TypeVar("T")


def result_of(function: Callable[P, T]) -> T:
    """Stand for the result of a call."""
    raise NotImplementedError


def check() -> None:
    """See that each function for events gives those of the document, and any other as it came."""
{checks}
'''
_CHECK = "    assert_type(result_of({function}), AbstractAsyncContextManager[AsyncGenerator[{events}, None]])"


def write_event_check(package: Path, made: Made) -> None:
    """Write a module into a package that type-checks if its functions for events give what the document says.

    There is none if the document does not describe events by schemas with names.
    """
    classes = classes_of_events(made.pinned)
    if made.plan is None or made.plan.events is None or classes is None:
        return
    functions = [call.events for call in made.plan.calls]
    events = " | ".join([*classes, "ServerSentEvent"])
    checks = "\n".join(_CHECK.format(function=function, events=events) for function in functions)
    imports = ", ".join(sorted({*classes, "ServerSentEvent", *functions}))
    (package / "check_events.py").write_text(_MODULE.format(imports=imports, checks=checks), encoding="utf-8")


def classes_of_events(document: Node) -> list[str] | None:
    """Return the classes of the events of a document's only operation; None if schemas without names describe them."""
    [(_, _, operation)] = operations(document)
    responses = [resolve(document, part) for part in node(operation.get("responses")).values()]
    parts = [part for response in responses if (part := event_part(response.get("content"))) is not None]
    names = _names_in(document, event_schema(document, parts[0])) if parts else None
    return None if names is None else [class_name("", name) for name in dict.fromkeys(names)]


def _names_in(document: Node, schema: Node) -> list[str] | None:
    """Return the names of the schemas that a union, or a reference to one, is made of."""
    found = resolve(document, schema)
    if "properties" in found or "allOf" in found:
        name = name_of(schema.get("$ref"))
        return [name] if "$ref" in schema and not Variants(document).of(name) else None
    branches = [_names_in(document, branch) for keyword in UNIONS for branch in nodes(found.get(keyword))]
    return [name for names in branches for name in names or ()] if branches and None not in branches else None
