"""What a batch is made of: its sources, and the rows that the ledger has of them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from attrs import field, frozen
from image_variations import Attempt

State: TypeAlias = Literal["pending", "done", "failed", "unknown"]
"""What became of a row. Each row of a ledger is in exactly one of these states.

- `pending`: it is still to be sent, or under way in a living process.
- `done`: its images are on the disk.
- `failed`: it was refused, or it cannot be sent.
- `unknown`: a request may have reached the server, and nothing is known of its outcome.
"""

Fit: TypeAlias = Literal["pad", "crop", "stretch", "refuse"]
"""How an image becomes the square PNG that the endpoint takes."""

FieldValue: TypeAlias = str | int | float | bool
"""A value of a form field."""

Billed: TypeAlias = Literal["no", "unknown", "yes"]
"""What a row cost so far: the same words as an error's `billed`."""


@frozen
class Source:
    """An image that a batch is to vary, before anything is known of its content."""

    name: str
    """How it is shown: a path as it was given or found, or a list and its line."""
    stem: str
    """What its files are named after."""
    path: Path | None = None
    """Where its content is; None if `content` has it."""
    content: bytes | None = None
    fields: Mapping[str, FieldValue] = field(factory=dict[str, FieldValue])
    """Form fields of its own, which go before those of the whole batch."""
    problem: str | None = None
    """Why it cannot be read, in one line. Its row fails."""


@frozen(kw_only=True)
class Row:
    """A source's bytes, `fit` and fields, and its occurrence among equals in the input: a line of the ledger."""

    id: int
    """Its number in the ledger. Rows are numbered in the order in which they came."""
    digest: str
    """SHA-256 of the content's digest, `fit` and fields, in hexadecimal."""
    occurrence: int
    """0 for the first of equal sources, 1 for the second, and so on."""
    name: str
    path: str | None
    stem: str
    """What its files begin with: the source's stem, told apart from that of other rows."""
    content_digest: str
    """SHA-256 of the source's bytes, in hexadecimal; empty if it could not be read."""
    fit: Fit
    fields: Mapping[str, FieldValue]
    state: State = "pending"
    billed: Billed = "no"
    problem: str | None = None
    """Why it failed, or why its outcome is unknown, in one line."""
    note: str | None = None
    """What was done to make it what the endpoint takes."""
    files: tuple[str, ...] = ()
    """The files of its images, relative to the output directory."""
    attempts: tuple[Attempt, ...] = ()
    idempotency_key: str | None = None
    key_minted: datetime | None = None
    """When the key was made, in UTC. A server that honours keys forgets them after a while."""


@frozen(kw_only=True)
class Counts:
    """How many rows of a ledger are in each state. `rows` is the sum of the four."""

    done: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0
    images: int = 0
    """Images that are on the disk."""
    requests: int = 0
    """Requests that were intended, over all runs."""
    billed_failures: int = 0
    """Failed rows that were billed: `retry --failed` leaves them out."""
    images_pending: int = 0
    """Images that the pending rows ask for."""
    images_billed: int = 0
    """Images that were asked for by requests that were billed: what was paid at the least."""
    images_unknown: int = 0
    """Images that were asked for by requests that may have been billed: what was paid at the most has these, too."""

    @property
    def rows(self) -> int:
        """The rows of the whole ledger."""
        return self.done + self.failed + self.unknown + self.pending
