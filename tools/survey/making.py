"""One operation of a document, pinned and generated into a package of its own."""

from pathlib import Path

from attrs import frozen

from tools.compare.contract import Contract
from tools.compare.tree import tree_of
from tools.generate.generate import render_package
from tools.generate.identity import BASE_ERROR, identity_of
from tools.generate.load import PinnedDocument, readable_view
from tools.generate.operations import Operation
from tools.generate.patterns import with_python_patterns
from tools.openapi.choice import Found
from tools.openapi.derive import take_out
from tools.openapi.document import DocumentError, Node, node
from tools.openapi.settings import Settings, generator_config
from tools.survey.findings import Finding, refusal_of
from tools.survey.untyped import untyped_members

_PIN = PinnedDocument("0" * 64, None)
_SETTINGS = Settings(base_error=BASE_ERROR)  # that of the runtime that all packages share
_IDENTITY = identity_of(_SETTINGS, "surveyed")


@frozen
class Made:
    """What became of an operation up to its package.

    Attributes:
        place: The operation's method and path.
        package: The name of its package.
        pinned: The document of the operation alone, if it could be pinned, with patterns as Python has them.
        plan: What the package's module of the operation says, if it was generated.
    """

    finding: Finding
    place: str
    package: str
    pinned: Node
    plan: Operation | None


def make(document: Node, found: Found, folder: Path, package: str) -> Made:
    """Pin an operation and generate its package, without the runtime and not laid out.

    Args:
        document: The whole document.
        found: The operation.
        folder: Where the package goes.
        package: Its name.
    """
    stage = "pin"
    pinned: Node = {}
    try:
        pinned, _ = take_out(document, [found.name])
        stage = "generate"
        readable, view = readable_view(pinned)
        config = generator_config(_SETTINGS, folder / package)
        project, plan = render_package(readable, view.document, _PIN, config, _IDENTITY, [])
    except DocumentError as error:
        return Made(_refused(found, stage, str(error)), found.place, package, pinned, None)
    except Exception as error:  # a failure of the tools is a finding too
        message = f"{type(error).__name__}: {error}"
        return Made(_refused(found, stage, message), found.place, package, pinned, None)
    [operation] = plan.operations.values()
    field = None if operation.events else stream_field_of(pinned)
    finding = Finding(found.name, (), tuple(untyped_members(view.document, project)), stream_field=field)
    return Made(finding, found.place, package, with_python_patterns(pinned), operation)


def stream_field_of(document: Node) -> str | None:
    """Return the field by which an operation asks for events, if there is one."""
    try:
        calls = [call for operation in Contract(node(tree_of(document))).operations for call in operation.calls]
    except (DocumentError, RecursionError):  # a hint is no reason to refuse a document
        return None
    for found in (call.event_field for call in calls):
        # A boolean of another name need not ask for events: `streamable`, say.
        if found and (found.on is not True or found.keyword.wire_name == "stream"):
            return found.keyword.wire_name
    return None


def _refused(found: Found, stage: str, message: str) -> Finding:
    return Finding(found.name, (refusal_of(found.name, stage, message, found.place),))
