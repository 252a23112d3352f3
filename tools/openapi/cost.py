"""What repeating an operation does, and whether it is paid for: by its method, or as the document says."""

from attrs import frozen

from tools.openapi.document import DocumentError, Node

IDEMPOTENT = "x-idempotent"
BILLED = "x-billed"

_SAFE = frozenset({"get", "head", "options", "trace"})
"""Methods that only read (RFC 9110, section 9.2.1)."""

_IDEMPOTENT = _SAFE | {"put", "delete"}
"""Methods that do no more twice than once (RFC 9110, section 9.2.2)."""


@frozen
class Cost:
    """What repeating an operation does.

    Attributes:
        is_idempotent: Whether carrying it out twice has the effect of doing so once.
        is_billed: Whether carrying it out can cost something.
    """

    is_idempotent: bool
    is_billed: bool


def cost_of(path: str, method: str, operation: Node) -> Cost:
    """Return the cost of an operation.

    Raises:
        DocumentError: What the document says of it is not a boolean.
    """

    def said(name: str, otherwise: bool) -> bool:
        value = operation.get(name, otherwise)
        if not isinstance(value, bool):
            raise DocumentError(f"{method.upper()} {path}/{name}: has to be true or false, and is {value!r}")
        return value

    return Cost(said(IDEMPOTENT, method in _IDEMPOTENT), said(BILLED, method not in _SAFE))
