"""A client of operations that are at several servers."""

from collections.abc import Mapping
from typing import ClassVar, TypeVar

import httpx
from attrs import evolve

from .call.call import Call
from .client import BaseClient
from .request.build import Arguments
from .request.operation import Operation
from .settings import resolve_base_url

T = TypeVar("T")


class ServersClient(BaseClient):
    """A client that calls some operations elsewhere, unless a `base_url` of another server was given for all.

    Attributes:
        elsewhere: The URLs of the servers of these operations, by the names of the operations.
    """

    elsewhere: ClassVar[Mapping[str, str]]

    def call(self, operation: Operation[T], arguments: Arguments) -> Call[T]:
        """Return a call of an operation at its own server, to be made.

        Raises:
            ClientStateError: The client is closed, or belongs to another event loop.
            ConfigurationError: An option of the call cannot be used.
        """
        call = super().call(operation, arguments)
        server = self.elsewhere.get(operation.name)
        if server and self._settings.base_url == self._url_of(self.server):
            call.settings = evolve(call.settings, base_url=self._url_of(server))
        return call

    def _url_of(self, server: str) -> httpx.URL:
        return resolve_base_url(server, self.base_url_variable, server)
