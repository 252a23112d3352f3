"""The model of the ledger, on PostgreSQL."""

import pytest
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection, create_engine

from tests.cli.test_ledger_model import GUARDS, MODEL, MORE, LedgerModel, Sequence
from tests.support.postgresql import PostgresqlServer


@pytest.fixture
def model(postgresql: PostgresqlServer) -> type[LedgerModel]:
    """The model over the server. Each run is one transaction, which is rolled back."""
    url = f"postgresql+psycopg://postgres@/postgres?host={postgresql.folder}"

    class PostgresqlModel(LedgerModel):
        def connect(self) -> Connection:
            connection = create_engine(url, use_native_hstore=False).connect()
            connection.exec_driver_sql("CREATE SCHEMA model")
            connection.exec_driver_sql("SET LOCAL search_path TO model")
            return connection

    return PostgresqlModel


def test_no_row_is_sent_by_two_workers(model: type[LedgerModel]) -> None:
    """No sequence of claims, crashes, late outcomes, leases that run out and clocks that jump breaks the promise."""
    run_state_machine_as_test(model, settings=MODEL)


@pytest.mark.parametrize("sequence", dict.fromkeys([*(guard[2] for guard in GUARDS.values()), *MORE]))
def test_late_workers_do_no_harm(model: type[LedgerModel], sequence: Sequence) -> None:
    """The sequences against which there is a guard keep the ledger's promise."""
    machine = model()
    machine.register()
    sequence(machine)
    machine.teardown()
