"""What goes into a ledger and comes out of it, but for whole rows."""

from collections.abc import Mapping

from attrs import frozen
from image_variations import Attempt

from ..rows import Billed, FieldValue, Fit, State


@frozen(kw_only=True)
class Entry:
    """A source with its digests, to be registered."""

    digest: str
    occurrence: int
    content_digest: str
    fit: Fit
    fields: Mapping[str, FieldValue]
    name: str
    path: str | None
    stem: str
    problem: str | None = None
    """Why it cannot be sent. Its row fails."""


@frozen
class Registered:
    """A row of an entry: an old one or a new one."""

    id: int
    state: State


@frozen(kw_only=True)
class Claim:
    """A row that one process alone may send."""

    process: int
    """The number under which it was claimed. A process whose lease ran out goes on under another one."""
    id: int
    name: str
    path: str | None
    content_digest: str
    fit: Fit
    fields: Mapping[str, FieldValue]
    stem: str
    state: State
    """Its state so far, to which it returns if a request turns out not to have been carried out."""
    attempts: int
    billed: Billed
    files: tuple[str, ...]
    """Those of earlier responses, which brought some of their images."""
    idempotency_key: str | None


@frozen
class Intent:
    """A request that is to be sent."""

    process: int
    """The number under which the row was claimed."""
    row: int
    number: int
    """Which attempt of the row it is, from 1, over all runs."""
    key: str
    key_minted: float | None
    """When the key was made, in seconds since 1970, if that was just now."""
    start: float


@frozen(kw_only=True)
class Record:
    """What became of a row, or of one attempt of it."""

    process: int
    """The number under which the row was claimed."""
    row: int
    number: int
    """Its last attempt; 0 if there was none."""
    state: State
    is_held: bool = False
    """Whether the row stays with this process, which tries it again."""
    attempt: Attempt | None = None
    billed: Billed = "no"
    problem: str | None = None
    note: str | None = None
    files: tuple[str, ...] = ()


@frozen
class Difference:
    """The same bytes, which the ledger knows with other fields or another fit."""

    name: str
    """The source's name, in the input."""
    old_fit: Fit
    old_fields: Mapping[str, FieldValue]
    fit: Fit
    fields: Mapping[str, FieldValue]
