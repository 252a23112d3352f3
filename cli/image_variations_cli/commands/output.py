"""What a command prints: results and JSON lines on standard output, everything else on standard error."""

import json
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, TextIO, TypeAlias

from attrs import define, field, frozen

from ..errors import BatchError
from ..text import show_text

Json: TypeAlias = str | int | float | bool | Sequence["Json"] | Mapping[str, "Json"] | None
"""A value in a JSON line."""


@frozen
class Failure:
    """An error that ends a command, as it is reported.

    Attributes:
        kind: The name of its class.
        billed: What a call can have cost, if the error is one of a call.
    """

    exit_status: int
    message: str
    kind: str
    billed: Literal["no", "unknown", "yes"] | None = None


NO_COUNTS: Mapping[str, int] = dict.fromkeys(("rows", "done", "failed", "unknown", "pending", "images", "requests"), 0)
"""The summary of a command that came to nothing."""


@define
class Output:
    """The two streams of a command.

    Args:
        is_json: Whether standard output is for JSON lines, and for nothing else.
        show_note: Shows a line on standard error.
        has_summary: Whether the last line is written.
    """

    is_json: bool = False
    show_note: Callable[[str], None] = field(default=lambda line: write_error(f"{line}\n"), init=False)
    has_summary: bool = field(default=False, init=False)

    def print(self, text: str = "") -> None:
        """Write a line of the result, unless it is JSON that is asked for."""
        if not self.is_json:
            self._write(show_text(text))

    def event(self, kind: str, **members: Json) -> None:
        """Write a JSON line of a type, if JSON is asked for."""
        if self.is_json:
            # Only ASCII: a file name that is not Unicode has no other spelling that every terminal and pipe takes.
            self._write(json.dumps({"type": kind, **members}))

    def summary(self, **members: Json) -> None:
        """Write the line of type `summary`, the last."""
        self.event("summary", **members)
        self.has_summary = True

    def note(self, text: str) -> None:
        """Write a line on standard error."""
        self.show_note(show_text(text))

    def fail(self, failure: Failure) -> None:
        """Say why the command ends, in a line on standard error and in one of type `error`."""
        self.note(f"image-variations: {failure.message}")
        self.event(
            "error", message=failure.message, error=failure.kind, status=failure.exit_status, billed=failure.billed
        )

    def _write(self, line: str) -> None:
        with tolerate_readers():
            print(line, flush=True)


@contextmanager
def tolerate_readers() -> Generator[None]:
    """Let readers of standard output go, as `head` does: what is under way may be paid for, and goes on.

    Raises:
        BatchError: It cannot be written to for another reason.
    """
    try:
        yield
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        raise BatchError(f"standard output cannot be written to: {error.strerror}") from error


def write_error(text: str) -> None:
    """Write to standard error, if anybody reads it."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def prepare_streams() -> None:
    """Have the standard streams take every character: what their encoding lacks is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:  # a test's stream may have none
            reconfigure(errors="backslashreplace")


def _discard(stream: TextIO) -> None:
    """Have a stream write nowhere from now on: what Python flushes at its end would fail, too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
