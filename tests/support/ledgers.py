"""Ledgers of tests: beside the images, or in a PostgreSQL server. One suite serves for both."""

import hashlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import image_variations_cli as cli
import pytest

from tests.support import postgresql
from tests.support.postgresql import PostgresqlServer

P = ParamSpec("P")
R = TypeVar("R")

KINDS = ("sqlite", "postgresql") if postgresql.is_installed() else ("sqlite",)
"""Where ledgers are tested. `make test-machines` has both."""

in_a_file = pytest.mark.parametrize("ledger_kind", ["sqlite"], indirect=True)
"""Marks a test of what is a file's alone."""

_COMMANDS = ("batch", "retry", "status", "export")

_server: PostgresqlServer | None = None


@contextmanager
def ledgers_in(server: PostgresqlServer | None) -> Generator[None]:
    """Have the ledgers of this process in a server, or beside their images."""
    global _server
    before, _server = _server, server
    try:
        yield
    finally:
        _server = before


def ledger_of(output: Path) -> str | None:
    """Return the URL of an output directory's ledger, which has a schema of its own; None if it is a file there."""
    if _server is None:
        return None
    return _server.url(f"t{hashlib.sha256(bytes(output.absolute())).hexdigest()[:20]}")


def ledger_options(arguments: Sequence[str | Path], cwd: Path) -> tuple[str, ...]:
    """Return the options that name the ledger of a command."""
    texts = list(map(str, arguments))
    places = [texts[place + 1] for place, text in enumerate(texts) if text in ("--output-dir", "-o")]
    if not places or texts[0] not in _COMMANDS:
        return ()
    url = ledger_of(cwd / places[0])
    return () if url is None else ("--ledger", url)


def _placed(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that is told where the ledger of its last positional argument is."""

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        kwargs["ledger"] = ledger_of(cast(Path, args[-1]))
        return function(*args, **kwargs)

    return call


run_batch = _placed(cli.run_batch)
retry_batch = _placed(cli.retry_batch)
open_ledger = _placed(cli.open_ledger)
