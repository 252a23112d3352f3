"""What a call gives beside its result."""

from typing import Generic, TypeVar

import httpx
from attrs import field, frozen

T = TypeVar("T")


@frozen
class Response(Generic[T]):
    """A whole answer.

    Attributes:
        status_code: The HTTP status, a 2xx.
        headers: The answer's headers.
        request_id: The server's own name for the request (`x-request-id`), if it gave one.
        content: The body as it came, decoded.
        elapsed: Seconds from the call to the end of the answer.
        parsed: The result.
    """

    status_code: int
    headers: httpx.Headers = field(repr=False)
    request_id: str | None
    content: bytes = field(repr=False)
    elapsed: float
    parsed: T
