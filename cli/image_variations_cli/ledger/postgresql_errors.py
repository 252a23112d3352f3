"""What the errors of PostgreSQL mean for a ledger, by their SQLSTATE (appendix A of its manual)."""

from collections.abc import Mapping

import psycopg

from ..errors import LedgerAwayError, LedgerError, LedgerFullError
from ..text import show_text
from .postgresql_url import PostgresqlUrl

_ROLLED_BACK = {"40001", "40P01"}
"""Serialization failure and deadlock."""

_AWAY = {"25006", "25P03", "53200", "53300", "55P03", "57014"}
"""Read-only, idle for too long, no memory, no connection, no lock, a timeout: it may pass."""

_LOST = ("08", "57P")
"""Classes of errors of connections that broke, and of servers that stop or start."""

_FULL = {"53100", "58030"}
"""A full disk, and one that fails. The transaction was rolled back."""

_ADVICE: Mapping[str, str] = {
    "25006": "this server is a read-only replica: name the primary, or add target_session_attrs=read-write to the URL",
    "3D000": "create the database, or name another one",
    "42501": "grant that to the user, or have the schema created for it",
}


def is_rolled_back(error: psycopg.Error) -> bool:
    """Return whether the server rolled a transaction back because of another one, so that it may be repeated."""
    return error.sqlstate in _ROLLED_BACK


def is_lost(error: psycopg.Error) -> bool:
    """Return whether the connection is lost."""
    state = error.sqlstate
    # What libpq itself notices has none.
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state == "25P03" or state.startswith(_LOST)


def read_error(url: PostgresqlUrl, error: psycopg.Error) -> LedgerError:
    """Return an error of the server as one of the ledger, in one line, without a secret."""
    state = error.sqlstate or ""
    message = show_text(". ".join(line.strip() for line in str(error).splitlines() if line.strip()))
    if password := url.options.get("password"):
        message = message.replace(password, "***")
    kind: type[LedgerError] = LedgerError
    if state in _FULL:
        kind = LedgerFullError
    elif is_lost(error) or state in _AWAY:
        kind = LedgerAwayError
    advice = f"; {_ADVICE[state]}" if state in _ADVICE else ""
    return kind(f"{url}: {message}{advice}")
