# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""When a call may be repeated: what an attempt can have cost, and how long to wait. Pure values, no input or output.

A variation costs money and is not idempotent, so an attempt is classed by what the
server may have done with it. Two facts decide, and no exception's name does: whether
the tail of the body was handed to the transport, and what status line came back.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Literal

from attrs import define, frozen

Billed = Literal["no", "unknown", "yes"]
"""What is known of a bill: `unknown` means that the server may have made the images but did not report success."""

LONGEST_WAIT = 60.0
"""Seconds: a server that asks for more than this is not waited for."""

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
        """What it can have cost."""
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
    """

    tail_handed_over: bool = False
    status_code: int | None = None
    is_api_error: bool = False
    retry_after: float | None = None
    is_final: bool = False
    is_refused_by_tls: bool = False

    @property
    def outcome(self) -> Outcome:
        """The class of the attempt."""
        status = self.status_code
        if status is None:
            may_have_arrived = self.tail_handed_over and not self.is_refused_by_tls
            return Outcome.UNKNOWN if may_have_arrived else Outcome.NOT_SENT
        if 200 <= status < 300:
            return Outcome.BILLED
        if status in _REJECTED or (status in _REJECTED_IN_THE_APIS_WORDS and self.is_api_error):
            return Outcome.REJECTED
        if status == 503 and self.retry_after is not None:
            return Outcome.REJECTED
        if status == 408 or not 300 <= status < 500:
            return Outcome.UNKNOWN if self.tail_handed_over else Outcome.NOT_SENT
        return Outcome.PERMANENT


@frozen
class Retry:
    """Send the request again, after a wait in seconds."""

    wait: float


@frozen
class Stop:
    """Do not send it again. The reason is for a person, where there is more to say than the error says."""

    reason: str | None = None


@frozen
class RetryPolicy:
    """What is done after an attempt that failed.

    Attributes:
        max_retries: How often a call may be repeated.
        retry_unknown: Whether it may be repeated although the server may have made the images.
    """

    max_retries: int
    retry_unknown: bool

    def decide(
        self, facts: Facts, *, retries: int, time_left: float, uniform: Callable[[float, float], float]
    ) -> Retry | Stop:
        """Decide after the attempt that `facts` tell of.

        Args:
            facts: What is known of the attempt.
            retries: How often the call was repeated so far.
            time_left: Seconds until the call's timeout.
            uniform: Gives a random number between two others.
        """
        if not self._may_repeat(facts):
            return Stop()
        if retries >= self.max_retries:
            return Stop()
        if facts.retry_after is None:
            wait = back_off(retries, uniform)
        elif facts.retry_after > min(LONGEST_WAIT, time_left):
            asked_for = f"the server asks for a wait of {facts.retry_after:g} s"
            return Stop(f"{asked_for}, which is longer than this call can wait")
        else:
            wait = facts.retry_after * uniform(1.0, 1.1)
        return Retry(wait) if wait < time_left else Stop("the call would time out before the next attempt")

    def _may_repeat(self, facts: Facts) -> bool:
        if facts.is_final:
            return False
        if facts.outcome is Outcome.UNKNOWN:
            return self.retry_unknown
        return facts.outcome in (Outcome.NOT_SENT, Outcome.REJECTED)


def back_off(retries: int, uniform: Callable[[float, float], float]) -> float:
    """Seconds to wait before the next attempt: full jitter under a bound that doubles, up to 8 s."""
    return uniform(0.1, min(8.0, 0.5 * 2.0 ** min(retries, 10)))


def billed_by(outcomes: Iterable[Outcome]) -> Billed:
    """What a whole call can have cost."""
    costs = {outcome.billed for outcome in outcomes}
    if "yes" in costs:
        return "yes"
    return "unknown" if "unknown" in costs else "no"
