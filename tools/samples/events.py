"""Values of the events of an operation."""

from tools.openapi.document import Node, node, resolve
from tools.openapi.events import event_part, event_schema
from tools.samples.samples import MIN_WIDTH, Samples
from tools.samples.validity import Judge

_ANY: Node = {}
_ERROR = "error"
_DONE = "[DONE]"


def events_of(document: Node, operation: Node, judge: Judge, *, is_least: bool = False) -> list[object]:
    """Return values of the events of an operation: each type, with each value of its enums."""
    responses = [resolve(document, part) for part in node(operation.get("responses")).values()]
    parts = [part for response in responses if (part := event_part(response.get("content"))) is not None]
    schema = event_schema(document, parts[0]) or _ANY
    width = max(MIN_WIDTH, Samples(document, judge=judge).width(schema))
    return [Samples(document, variant, is_least=is_least, judge=judge).of(schema) for variant in range(width)]


def is_error(value: object) -> bool:
    """Return whether an event is one that a call raises."""
    return _ERROR in (node(value).get("type"), node(value).get("event"))


def is_end(value: object) -> bool:
    """Return whether an event is the end of the stream, which is not given."""
    return node(value).get("data") == _DONE
