"""What came of a re-pin, as a value."""

from collections.abc import Sequence

from attrs import field, frozen

from tools.compare.changes import Change, is_breaking
from tools.compare.report import summary
from tools.openapi.provenance import Provenance
from tools.openapi.read import Source

UNCHANGED, FAILED, CHANGED, BREAKING = 0, 1, 10, 20


@frozen
class Proof:
    """A command that was run to prove the result.

    Attributes:
        command: The command, as a person would type it.
        seconds: The time that it took.
        result: What came of it.
    """

    command: str
    seconds: float
    result: str = "passed"


@frozen
class Failures:
    """The project's tests that failed with the new pin.

    Attributes:
        to_adapt: Those that pass with the old pin, and so hold it as it was.
        failed_before: Those that fail with the old pin as well.
        failed_once: Those that passed when they ran again.
    """

    to_adapt: Sequence[str] = ()
    failed_before: Sequence[str] = ()
    failed_once: Sequence[str] = ()

    def __str__(self) -> str:
        """Return how many there are of each kind that there is."""
        counts = {
            "to adapt": self.to_adapt,
            "failed before as well": self.failed_before,
            "passed when run again": self.failed_once,
        }
        return ", ".join(f"{len(tests)} {kind}" for kind, tests in counts.items() if tests)


@frozen
class Outcome:
    """What came of a re-pin.

    Attributes:
        source: The document that was read.
        before: The provenance of the pin as it was.
        after: That of the new one.
        is_new: Whether the pin says something else than before.
        changes: What changes for users of the client.
        notes: What `make pin` and `make generate` said.
        proofs: The commands that were run.
        failures: The project's tests that failed, and what that means. They do not change the status.
    """

    source: Source
    before: Provenance | None
    after: Provenance | None
    is_new: bool
    changes: Sequence[Change] = ()
    notes: Sequence[str] = ()
    proofs: Sequence[Proof] = field(default=())
    failures: Failures = Failures()

    @property
    def status(self) -> int:
        """The exit status of the command."""
        if not self.is_new:
            return UNCHANGED
        return BREAKING if is_breaking(self.changes) else CHANGED

    @property
    def summary(self) -> str:
        """The changes, counted."""
        return summary(self.changes) if self.changes else "Nothing changes for users of the client."
