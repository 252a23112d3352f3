"""The operations of a document as values: functions with keywords, and what they return."""

from collections.abc import Mapping

from attrs import field, frozen

from tools.compare.branches import Site
from tools.compare.credentials import Security
from tools.openapi.cost import Cost


@frozen(eq=False)
class Keyword:
    """One keyword of a call that the document names.

    Attributes:
        keyword: Its name in the call.
        location: Where it goes: "path", "query", "header" or "body".
        style: How it is written there, if that is not as usual.
        is_json: Whether it is written as JSON.
    """

    keyword: str
    location: str
    wire_name: str
    site: Site
    is_required: bool
    style: Mapping[str, object] = field(factory=dict[str, object])
    media_type: str | None = None
    is_deprecated: bool = False
    is_json: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same keyword in two documents."""
        return self.location, self.wire_name.lower() if self.location == "header" else self.wire_name


@frozen
class EventField:
    """The part of a request that asks for events.

    Attributes:
        keyword: What it would be as a keyword.
        on: The value that asks for events.
        off: The value that other calls send, if a request has to have it.
    """

    keyword: Keyword
    on: object
    off: object


@frozen
class Call:
    """One function.

    Attributes:
        media_type: That of its body, if it has one.
        body: The schema of the body whose members are keywords.
        needs_body: Whether a request has to have its body.
        events: The function that gives events, if the operation has some.
        event_field: The part of a request that asks for events; if the operation has some, it is no keyword.
    """

    function: str
    pointer: str
    keywords: tuple[Keyword, ...]
    media_type: str | None = None
    body: Site | None = None
    needs_body: bool = False
    events: str | None = None
    event_field: "EventField | None" = None


@frozen
class Response:
    """A response with one status.

    Attributes:
        media_type: The one that is asked for.
        is_range: Whether the document leaves it to the server.
        others: Those that are not asked for, events aside.
        files: Those of a file, which functions of their own ask for.
        fixed_type: The Python type, if no schema says it.
        headers: By their names in lower case.
    """

    status: str
    pointer: str
    media_type: str | None
    is_range: bool
    others: tuple[str, ...]
    files: tuple[str, ...]
    site: Site | None
    fixed_type: str | None
    headers: Mapping[str, str]


@frozen
class Operation:
    """One operation.

    Attributes:
        id: Its operationId, or method and path if it has none.
        cost: What repeating it does.
        server: The URL of its server, and the place of that in the document.
        events: The schema of its events, if it gives some.
    """

    id: str
    function: str
    method: str
    path: str
    pointer: str
    is_deprecated: bool
    cost: Cost
    module: str
    server: str
    server_pointer: str
    security: Security
    calls: tuple[Call, ...]
    responses: Mapping[str, Response]
    errors: Mapping[str, Response]
    events: Site | None
