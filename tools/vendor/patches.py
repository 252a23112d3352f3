"""Edits as a unified diff that `git apply` and `patch` take, byte for byte."""

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
"""A line of a diff ends with LF alone: bytes.splitlines would also cut at CR."""


@dataclass(frozen=True)
class Edit:
    """A file that was edited.

    Attributes:
        path: Its path, as the patch is to name it.
        original: Its content before; None if it was not there.
        edited: Its content now.
    """

    path: str
    original: bytes | None
    edited: bytes


def patch_of(edits: Iterable[Edit]) -> bytes:
    """Return the patch that makes these edits, to be applied with `-p1`."""
    return b"".join(_difference(edit) for edit in edits)


def _difference(edit: Edit) -> bytes:
    # Without git's extended headers: with them `git apply` takes a path from the repository's top,
    # and skips it without a word if it is called from below.
    before = b"/dev/null" if edit.original is None else f"a/{edit.path}".encode()
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _LINE.findall(edit.original or b""),
        _LINE.findall(edit.edited),
        before,
        f"b/{edit.path}".encode(),
    )
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)


def save_beside(folder: Path, content: bytes) -> Path:
    """Write a patch beside a folder under a name that is free: `name.patch`, `name.2.patch` and so on."""
    number = 1
    while True:
        path = folder.with_name(f"{folder.name}.patch" if number == 1 else f"{folder.name}.{number}.patch")
        try:
            with path.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # the edits are removed next
        except FileExistsError:
            number += 1
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        else:
            return path
