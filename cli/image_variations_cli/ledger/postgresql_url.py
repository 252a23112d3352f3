"""The URL of a PostgreSQL database, as libpq reads it, and the schema in it that is a ledger."""

import re
from collections.abc import Mapping
from typing import Self

from attrs import field, frozen
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ..errors import UsageError

SCHEMA = "image_variations"
"""The schema of a ledger, unless the URL names another."""

_DEFAULTS: Mapping[str, str] = {
    "application_name": "image-variations",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""What libpq is told unless the URL says otherwise: a server that vanished is noticed within half a minute."""

_SCHEMA_OPTION = re.compile(r"(?<=[?&])schema=([^&]*)(?:&|\Z)")

_SCHEMA_NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")


@frozen
class PostgresqlUrl:
    """Where a ledger is.

    Attributes:
        schema: The schema that holds its tables, and nothing else.
        options: What libpq is told, with the password.
    """

    schema: str
    options: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL.

        Raises:
            UsageError: It cannot be read. The message does not repeat it: it may hold a password.
        """
        named = _SCHEMA_OPTION.search(url)
        schema = SCHEMA if named is None else named[1]
        if not _SCHEMA_NAME.fullmatch(schema):
            raise UsageError(
                f"--ledger: {schema!r} cannot be a schema: its name has lower-case letters, digits and underscores, "
                "and does not begin with a digit or pg_"
            )
        try:
            given = conninfo_to_dict(_SCHEMA_OPTION.sub("", url).rstrip("?&"))
        except ProgrammingError as error:
            option = re.search(r'invalid URI query parameter: "([^"]*)"', str(error))
            fault = f"{option[1]!r} is no option of PostgreSQL" if option else "a part of it is not URL-encoded"
            raise UsageError(
                f"--ledger is no URL like postgresql://user@host/database?schema={SCHEMA}: {fault}"
            ) from None
        return cls(schema, {**_DEFAULTS, **{name: str(value) for name, value in given.items() if value is not None}})

    @property
    def conninfo(self) -> str:
        """The options in one string, as libpq takes them."""
        return make_conninfo(**self.options)

    def __str__(self) -> str:
        """Return the URL without what may be secret."""
        user, host, port, database = (self.options.get(name, "") for name in ("user", "host", "port", "dbname"))
        is_folder = "/" in host
        place = "" if is_folder else host + (f":{port}" if port.strip(",") else "")
        query = [f"host={host}"] if is_folder else []
        query += [f"port={port}"] if is_folder and port else []
        query += [f"schema={self.schema}"] if self.schema != SCHEMA else []
        return f"postgresql://{user}{'@' if user else ''}{place}/{database}{'?' if query else ''}{'&'.join(query)}"
