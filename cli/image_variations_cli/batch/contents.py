"""What is sent of a row: its source, which is read in a thread, and fitted."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..errors import ImageRefusedError
from ..ledger import Claim
from ..rows import Fit
from ..text import describe_system_error


class Fitted(Protocol):
    """What is sent of an image."""

    @property
    def content(self) -> bytes:
        """A square PNG that keeps the document's rules."""
        ...

    @property
    def note(self) -> str | None:
        """What was done to the image."""
        ...


FitImage = Callable[[bytes, Fit], Fitted]
"""Makes of an image what the endpoint takes, or raises `ImageRefusedError`. It is called in a thread."""


class ChangedError(ImageRefusedError):
    """A file has another content than the row, although its size and time may be the same."""

    def __init__(self, path: str) -> None:
        super().__init__("the file has changed since it was found: run the batch again")
        self.path = path


def read_source(claim: Claim) -> bytes:
    """Read the source of a row.

    Raises:
        ImageRefusedError: It cannot be read, or is another one by now.
    """
    if claim.path is None:
        raise ImageRefusedError("the ledger does not keep its content; run the batch again with this source")
    try:
        content = Path(claim.path).read_bytes()
    except (OSError, ValueError) as error:
        raise ImageRefusedError(f"it cannot be read: {describe_system_error(error)}") from error
    if hashlib.sha256(content).hexdigest() != claim.content_digest:
        raise ChangedError(claim.path)
    return content
