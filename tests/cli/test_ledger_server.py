"""Ledgers on servers, without one: how long they are waited for, and what they need."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from attrs import define, field
from image_variations_cli import open_ledger
from image_variations_cli.errors import LedgerAwayError, LedgerError, LedgerFullError
from image_variations_cli.ledger.database import PatientDatabase
from sqlalchemy import Connection, create_engine

T = TypeVar("T")


@define(eq=False)
class FailingDatabase:
    """A database that fails as it is told, each time with the next error, and then works."""

    errors: list[LedgerError]

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Fail, or run a function."""
        if self.errors:
            raise self.errors.pop(0)
        with create_engine("sqlite://").connect() as connection:
            return work(connection)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do the same."""
        return await self.read(work)

    async def aclose(self) -> None:
        """Do nothing."""


@define(eq=False)
class Trouble:
    """What a caller is told, and how long it waits, without waiting."""

    told: list[LedgerError | None] = field(factory=list[LedgerError | None])
    pauses: list[float] = field(factory=list[float])

    async def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.pauses.append(seconds)

    def now(self) -> float:
        """Tell the time."""
        return sum(self.pauses)

    def open(self, *errors: LedgerError) -> PatientDatabase:
        """Open a database that fails so."""
        patient = PatientDatabase(FailingDatabase(list(errors)), self.told.append, self.sleep, self.now)
        patient.is_patient = True
        return patient


def find(_: Connection) -> int:
    """Return something."""
    return 42


async def test_a_server_that_is_away_is_tried_again_less_and_less_often() -> None:
    """Each wait is twice the one before, up to ten seconds. The caller is told once, and once when it is back."""
    trouble, away = Trouble(), LedgerAwayError("away")
    assert await trouble.open(*[away] * 8).write(find) == 42
    assert trouble.pauses == [0.5, 1, 2, 4, 8, 10, 10, 10]
    assert trouble.told == [away, None]


async def test_a_server_that_stays_away_ends_the_batch_once() -> None:
    """After the stated time it is an error that says so, and what comes after does not wait as long again."""
    trouble = Trouble()
    patient = trouble.open(*[LedgerAwayError("away")] * 1000)
    with pytest.raises(LedgerAwayError, match="away; it was away for 300 s"):
        await patient.write(find)
    assert 300 <= trouble.now() < 320
    pauses = list(trouble.pauses)
    with pytest.raises(LedgerAwayError):
        await patient.read(find)
    assert trouble.pauses == pauses


async def test_a_full_disk_is_waited_for_without_end() -> None:
    """Somebody frees some space some time, and images that were paid for are held."""
    trouble = Trouble()
    assert await trouble.open(*[LedgerFullError("full")] * 2000).write(find) == 42
    assert trouble.now() == 1000


async def test_a_missing_driver_is_said_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL needs an extra. One line names the command that installs it, and not the URL."""
    for name in ("postgresql", "postgresql_errors", "postgresql_url"):
        monkeypatch.delitem(sys.modules, f"image_variations_cli.ledger.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerError, match=r'pip install "image-variations\[cli,postgresql\]"') as caught:
        await open_ledger(tmp_path, ledger="postgresql://me:hunter2@db/photos")
    assert "hunter2" not in str(caught.value)
