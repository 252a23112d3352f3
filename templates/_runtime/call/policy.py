"""When a call may be repeated: what an attempt can have cost, and how long to wait. Pure values, no input or output.

A call may cost money and do its work twice, so an attempt is classed by what the
server may have done with it. Two facts decide, and no exception's name does: whether
the tail of the body was handed to the transport, and what status line came back.
"""

from collections.abc import Callable

from attrs import frozen

from ..attempt import Attempt, Facts, Outcome

MAX_WAIT = 60.0
"""Seconds: a server that asks for more than this is not waited for."""


@frozen
class Retry:
    """Send the request again, after a wait in seconds."""

    wait: float


@frozen
class Stop:
    """Do not send it again. The reason is for a person, if there is more to say than the error says."""

    reason: str | None = None


@frozen
class RetryPolicy:
    """What is done after an attempt that failed.

    Attributes:
        max_retries: How often a call may be repeated.
        retry_unknown: Whether it may be repeated although the server may have carried it out.
        is_idempotent: Whether the operation is idempotent, so that doing it twice does no more than doing it once.
    """

    max_retries: int
    retry_unknown: bool
    is_idempotent: bool = False

    def decide(
        self, facts: Facts | Attempt, *, retries: int, time_left: float, uniform: Callable[[float, float], float]
    ) -> Retry | Stop:
        """Decide after the attempt that `facts` tell of.

        Args:
            facts: What is known of the attempt.
            retries: How often the call was repeated so far.
            time_left: Seconds until the call's timeout.
            uniform: Gives a random number between two others.
        """
        if not self._may_repeat(facts) or retries >= self.max_retries:
            return Stop()
        if facts.retry_after is None:
            wait = back_off(retries, uniform)
        elif facts.retry_after > min(MAX_WAIT, time_left):
            asked_for = f"the server asks for a wait of {facts.retry_after:g} s"
            return Stop(f"{asked_for}, which is longer than this call can wait")
        else:
            wait = facts.retry_after * uniform(1.0, 1.1)
        return Retry(wait) if wait < time_left else Stop("the call would time out before the next attempt")

    def _may_repeat(self, facts: Facts | Attempt) -> bool:
        if facts.is_final:
            return False
        if facts.outcome is Outcome.UNKNOWN:
            return self.retry_unknown or self.is_idempotent
        return facts.outcome in (Outcome.NOT_SENT, Outcome.REJECTED)


def back_off(retries: int, uniform: Callable[[float, float], float]) -> float:
    """Return the seconds to wait before the next attempt: full jitter under a bound that doubles, up to 8 s."""
    return uniform(0.1, min(8.0, 0.5 * 2.0 ** min(retries, 10)))
