"""The whole response of a call."""

from typing import Generic, TypeVar

import httpx
from attrs import field, frozen

from ..attempt import Attempt, Billed, billed_by

T = TypeVar("T")


@frozen
class Response(Generic[T]):
    """A whole response.

    Attributes:
        status_code: The HTTP status, a 2xx.
        headers: The response's headers.
        request_id: The server's identifier of the request (`x-request-id`), if it gave one.
        content: The body as it came, decoded.
        attempts: Every attempt of the call, the last of which succeeded.
        elapsed: Seconds from the call to the end of the response.
        parsed: The result.
    """

    status_code: int
    headers: httpx.Headers = field(repr=False)
    request_id: str | None
    content: bytes = field(repr=False)
    attempts: tuple[Attempt, ...]
    elapsed: float
    parsed: T

    @property
    def billed(self) -> Billed:
        """What the call has cost. A success is billed, unless the operation is free."""
        return billed_by(self.attempts)
