"""One attempt of a call, as it is told to observers and kept with results and errors."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from attrs import define, frozen

Billed = Literal["no", "unknown", "yes"]
"""What is known of a bill: `unknown` means that the server may have made the images but did not report success."""

_REJECTED = frozenset({409, 425, 429, 521, 522, 523, 529})
"""Statuses that say that the request was not processed. 521 to 523 are Cloudflare's: it did not reach the server."""

_REJECTED_IN_THE_APIS_WORDS = frozenset({500, 502, 503, 504})
"""Statuses that say so when the API itself sends them. A proxy in front of it sends the same after losing it."""


class Outcome(StrEnum):
    """What became of one attempt."""

    NOT_SENT = "not sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    BILLED = "billed"
    PERMANENT = "permanent"

    @property
    def billed(self) -> Billed:
        """What it can have cost, unless the operation is free."""
        if self is Outcome.BILLED:
            return "yes"
        return "unknown" if self is Outcome.UNKNOWN else "no"


@define
class Facts:
    """What is known of an attempt.

    Attributes:
        tail_handed_over: Whether the tail of the body was handed to the transport.
        status_code: The status that came back, if one did.
        is_api_error: Whether the body was the API's own `{"error": {...}}`.
        retry_after: How many seconds the server asked to wait, if it did.
        is_final: Whether it is known that repeating changes nothing: an untrusted
            certificate, a host that does not exist, a quota that is used up, or the
            server's own word.
        is_refused_by_tls: Whether the server ended the TLS handshake, before which it reads no request.
        begins_with_error: Whether the body was an event stream whose first event was an error.
    """

    tail_handed_over: bool = False
    status_code: int | None = None
    is_api_error: bool = False
    retry_after: float | None = None
    is_final: bool = False
    is_refused_by_tls: bool = False
    begins_with_error: bool = False

    @property
    def outcome(self) -> Outcome:
        """The class of the attempt."""
        status = self.status_code
        if status is None:
            may_have_arrived = self.tail_handed_over and not self.is_refused_by_tls
            return Outcome.UNKNOWN if may_have_arrived else Outcome.NOT_SENT
        if 200 <= status < 300:
            # Servers send their overload as the first event of a stream, when the status is said already.
            return Outcome.UNKNOWN if self.begins_with_error else Outcome.BILLED
        if status in _REJECTED or (status in _REJECTED_IN_THE_APIS_WORDS and self.is_api_error):
            return Outcome.REJECTED
        if status == 503 and self.retry_after is not None:
            return Outcome.REJECTED
        if status == 408 or not 300 <= status < 500:
            return Outcome.UNKNOWN if self.tail_handed_over else Outcome.NOT_SENT
        return Outcome.PERMANENT


@frozen
class Attempt:
    """One time that a call's request was sent, or was to be sent.

    Attributes:
        number: Which attempt of its call it is, from 1.
        start: When it began, in seconds since 1970.
        end: When it was over, in seconds since 1970.
        outcome: What became of it, which says what it can have cost.
        status_code: The HTTP status that came back, if one did.
        wait: Seconds until the next attempt, if there is to be one.
        request_id: The server's identifier of the request (`x-request-id`), if it gave one.
        retry_after: Seconds after which the server asked to be called again, if it did.
        is_billed: Whether the operation can cost something.
        is_final: Whether it is known that repeating changes nothing, as `Facts` says.
    """

    number: int
    start: float
    end: float
    outcome: Outcome
    status_code: int | None = None
    wait: float | None = None
    request_id: str | None = None
    retry_after: float | None = None
    is_billed: bool = True
    is_final: bool = False

    @property
    def billed(self) -> Billed:
        """What it can have cost."""
        return self.outcome.billed if self.is_billed else "no"


def billed_by(attempts: Iterable[Attempt]) -> Billed:
    """Return what a whole call can have cost."""
    costs = {attempt.billed for attempt in attempts}
    if "yes" in costs:
        return "yes"
    return "unknown" if "unknown" in costs else "no"
