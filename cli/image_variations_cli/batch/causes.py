"""Whether what one row met concerns every row: a wrong key, a spent quota, a server that is not there."""

import asyncio

from attrs import define, field
from image_variations import (
    AuthenticationError,
    CallTimeoutError,
    ClientStateError,
    ConfigurationError,
    ConnectionFailedError,
    ImageVariationsError,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
    QuotaExceededError,
    RedirectError,
)

MAX_SUSPECTS = 3
"""So many rows in a row that met the same kind of cause are enough to stop."""

MAX_COSTLY_FAILURES = 20
"""So many rows in a row that may have been paid for, and brought no image, are enough to stop."""

_CERTAIN = (QuotaExceededError, ConfigurationError, ClientStateError)

_COMMON = (AuthenticationError, PermissionDeniedError, NotFoundError, RedirectError, ConnectionFailedError)


def concerns_every_row(error: ImageVariationsError) -> bool:
    """Return whether an error that cost nothing may be every row's."""
    if isinstance(error, (*_CERTAIN, *_COMMON)):
        return True
    outcomes = {attempt.outcome for attempt in error.attempts[-1:]}
    # A server that refuses again and again is overloaded, or down; a call can also wait for its turn for too long.
    return bool(outcomes & {Outcome.REJECTED, Outcome.NOT_SENT}) or (
        isinstance(error, CallTimeoutError) and not outcomes
    )


@define(eq=False)
class CommonCause:
    """Watches what rows end with.

    Rows that met what may be a common cause are kept as suspects, until another row shows whether it was their own.

    Attributes:
        stopping: Set as soon as there is a common cause, before any other row is sent.
    """

    stopping: asyncio.Event
    problem: str | None = field(default=None, init=False)
    """Why the run stops, in one line, if it does."""
    has_succeeded: bool = field(default=False, init=False)
    _costly: int = field(default=0, init=False)
    _suspects: int = field(default=0, init=False)

    def note_success(self) -> None:
        """Note that a row succeeded, or was refused for a reason of its own: there is no common cause."""
        self.has_succeeded = True
        self._suspects = self._costly = 0

    def note_suspect(self, error: ImageVariationsError) -> None:
        """Note a row that met what may be every row's."""
        self._suspects += 1
        if self._suspects >= MAX_SUSPECTS or isinstance(error, _CERTAIN):
            self._stop(f"every row meets this, so the batch stops: {error}")

    def note_costly(self, error: ImageVariationsError) -> None:
        """Note a row that may have been paid for in vain."""
        self._costly += 1
        if self._costly >= MAX_COSTLY_FAILURES:
            self._stop(
                f"{self._costly} rows in a row may have been paid for and brought no image, so the batch stops: {error}"
            )

    def _stop(self, problem: str) -> None:
        self.problem = self.problem or problem
        self.stopping.set()
