"""Values as the columns of a ledger hold them."""

import json
import os
import unicodedata
from collections.abc import Mapping
from typing import cast

from image_variations import Attempt, Outcome
from sqlalchemy import Row as Record

from ..rows import Billed, FieldValue, Fit, State


def encode_fields(fields: Mapping[str, FieldValue]) -> str:
    """Write fields as JSON, always in the same way: a digest is made of it."""
    return _FIELDS.encode(dict(fields))


_FIELDS = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
"""Made once: `json.dumps` with options makes one for each call."""


def read_fields(text: str) -> dict[str, FieldValue]:
    """Read fields."""
    return cast(dict[str, FieldValue], json.loads(text))


def encode_path(path: str | None) -> bytes | None:
    """Write a path in the bytes that the system has for it: not every one is Unicode."""
    return None if path is None else os.fsencode(path)


def read_path(path: bytes | None) -> str | None:
    """Read a path."""
    return None if path is None else os.fsdecode(path)


def read_files(text: str) -> tuple[str, ...]:
    """Read the names of files."""
    return tuple(cast(list[str], json.loads(text)))


def read_state(text: str) -> State:
    """Read a state. An intended row counts as pending: its process lives, unless the caller knows better."""
    return "pending" if text == "intended" else cast(State, text)


def read_fit(text: str) -> Fit:
    """Read a fit."""
    return cast(Fit, text)


def read_billed(text: str) -> Billed:
    """Read a cost."""
    return cast(Billed, text)


def stem_key(stem: str) -> str:
    """Return what is equal for stems that a disk may not tell apart."""
    return unicodedata.normalize("NFC", stem).casefold()


def file_stem(stem: str, number: int) -> str:
    """Return what the names of a row's files begin with."""
    return stem if number == 1 else f"{stem}~{number}"


def read_attempt(record: "Record[*tuple[object, ...]]") -> Attempt:
    """Read an attempt. One without an outcome may have reached the server."""
    return Attempt(
        number=record.number,
        start=record.start,
        end=record.start if record.end is None else record.end,
        outcome=Outcome.UNKNOWN if record.outcome is None else Outcome(record.outcome),
        status_code=record.status_code,
        wait=record.wait,
        request_id=record.request_id,
        retry_after=record.retry_after,
        is_final=bool(record.is_final),
    )
