# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""One attempt of a call, as it is told to observers and kept with results and errors."""

from attrs import frozen

from .policy import Outcome


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
    """

    number: int
    start: float
    end: float
    outcome: Outcome
    status_code: int | None = None
    wait: float | None = None
    request_id: str | None = None
    retry_after: float | None = None
