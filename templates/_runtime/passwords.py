"""A client with a user and a password, for operations that ask for HTTP Basic."""

import ssl
from collections.abc import Collection, Mapping
from copy import copy
from typing import Self, TypedDict, TypeVar, Unpack, cast

import httpx
from attrs import evolve

from .api_key import ApiKey
from .call.call import Call
from .call.observer import OnAttempt
from .client import BaseClient
from .errors import ConfigurationError
from .request.basic import Basic, basic_key
from .request.build import Arguments
from .request.operation import Operation
from .settings import same_origin

T = TypeVar("T")


class CopyOptions(TypedDict, total=False):
    """The options of `BaseClient.with_options`."""

    api_key: ApiKey | None
    base_url: str | None
    headers: Mapping[str, str] | None
    timeout: float | None
    connect_timeout: float | None
    max_retries: int | None
    retry_unknown: bool | None
    validate: bool | None
    max_response_bytes: int | None
    on_attempt: OnAttempt | None
    query: Mapping[str, object] | None
    download_hosts: Collection[str] | None


class ClientOptions(TypedDict, total=False):
    """The options of `BaseClient`."""

    api_key: ApiKey | None
    base_url: str | None
    headers: Mapping[str, str] | None
    timeout: float
    connect_timeout: float
    max_retries: int
    retry_unknown: bool
    max_concurrency: int
    max_per_minute: int | None
    validate: bool
    max_response_bytes: int
    on_attempt: OnAttempt | None
    query: Mapping[str, object] | None
    ssl_context: ssl.SSLContext | None
    proxy: str | httpx.URL | None
    download_hosts: Collection[str]
    transport: httpx.AsyncBaseTransport | None
    http_client: httpx.AsyncClient | None


class PasswordClient(BaseClient):
    """A client whose operations, or some of them, ask for a user and a password."""

    def __init__(self, *, auth: tuple[str, str] | None = None, **options: Unpack[ClientOptions]) -> None:
        """Make a client. It connects when it is first called.

        Args:
            auth: The user and the password, for the operations that ask for HTTP Basic. Without
                them, these calls carry none.
            **options: The options of every client, as `BaseClient` has them; `api_key` is for the
                other operations.

        Raises:
            ConfigurationError: An argument or the environment cannot be used.
        """
        super().__init__(**options)
        self._set_auth(auth)

    def with_options(self, *, auth: tuple[str, str] | None = None, **options: Unpack[CopyOptions]) -> Self:
        """Return a client with other settings over the same connections, as `BaseClient.with_options` does.

        With the `base_url` of another server the user and the password are not taken along either.

        Raises:
            ConfigurationError: An option cannot be used.
        """
        copied = super().with_options(**options)
        if auth is not None or not same_origin(copied._settings.base_url, self._settings.base_url):
            copied._set_auth(auth)
        return copied

    def _set_auth(self, auth: tuple[str, str] | None) -> None:
        self._basic_key = None if auth is None else basic_key(*_checked(auth))
        self._connections.note_key(None if auth is None else auth[1])  # a server may send it back

    def call(self, operation: Operation[T], arguments: Arguments) -> Call[T]:
        """Return a call of an operation, to be made with the credentials that it asks for.

        Raises:
            ClientStateError: The client is closed, or belongs to another event loop.
            ConfigurationError: An option of the call cannot be used, or the document's own server
                would be called without the user and the password that the operation asks for.
        """
        if not isinstance(operation.security, Basic):
            return super().call(operation, arguments)
        if self._basic_key is None and self._calls_the_pins_host and not operation.is_key_optional:
            raise ConfigurationError(
                f"{self._settings.base_url.host} requires a user and a password: pass auth=(user, password), "
                "or the base_url of a compatible server"
            )
        shown = copy(self)
        shown._settings = evolve(self._settings, api_key=self._basic_key)
        return super(PasswordClient, shown).call(operation, arguments)


def _checked(auth: object) -> tuple[str, str]:
    parts = list(cast("tuple[object, ...]", auth)) if isinstance(auth, tuple | list) else []
    if len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        raise ConfigurationError("auth must be a user and a password: auth=(user, password)")
    return cast("tuple[str, str]", tuple(parts))
