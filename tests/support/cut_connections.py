"""A PostgreSQL server behind connections that are cut, at the worst moments."""

import asyncio
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from attrs import define, field

from tests.support.postgresql import PostgresqlServer

_SOCKET = ".s.PGSQL.5432"

Moment = Literal["before COMMIT", "after COMMIT", "in the middle"]
"""When a connection is cut: before the server has a COMMIT, after it has done it, or before it has the next message."""


@define(eq=False)
class CutConnections:
    """Passes messages on between clients and a server.

    Attributes:
        cuts: When the next connections are cut, each once.
        is_silent: Whether messages are not passed on any more, although the connection stays.
    """

    server: PostgresqlServer
    cuts: list[Moment] = field(factory=list[Moment])
    is_silent: bool = False
    _folder: "tempfile.TemporaryDirectory[str]" = field(factory=tempfile.TemporaryDirectory[str], init=False)
    _listening: asyncio.Server | None = field(default=None, init=False)

    def url(self, schema: str) -> str:
        """Return the URL of a ledger behind it."""
        return self.server.url(schema).replace(str(self.server.folder), self._folder.name)

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_unix_server(self._serve, Path(self._folder.name) / _SOCKET)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listening is not None
        self._listening.close()
        self._folder.cleanup()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = await asyncio.open_unix_connection(self.server.folder / _SOCKET)
        back = asyncio.create_task(self._pass_back(to_server[0], writer))
        try:
            while data := await reader.read(65536):
                if self.is_silent:
                    continue
                if self.cuts and ("COMMIT" not in self.cuts[0] or b"COMMIT" in data):
                    if self.cuts.pop(0) == "after COMMIT":
                        back.cancel()
                        to_server[1].write(data)
                        await to_server[0].read(65536)
                    break
                to_server[1].write(data)
        finally:
            back.cancel()
            to_server[1].close()
            writer.close()

    async def _pass_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.is_silent:
                writer.write(data)
        writer.close()
