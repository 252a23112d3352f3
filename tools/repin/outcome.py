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
        to_adapt: The project's tests that hold the pin as it was.
    """

    source: Source
    before: Provenance | None
    after: Provenance | None
    is_new: bool
    changes: Sequence[Change] = ()
    notes: Sequence[str] = ()
    proofs: Sequence[Proof] = field(default=())
    to_adapt: Sequence[str] = ()

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
