"""The client: its settings, its connections, and the way of one call through them."""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import ClassVar, Protocol, Self, TypeVar

import httpx

from . import rules
from .bodies import Fields
from .configuration import Settings, checked_headers, checked_seconds, merged, resolve_api_key, resolve_base_url
from .credentials import ApiKey, current_key
from .errors import CallTimeoutError, ClientStateError, ConfigurationError, InvalidRequestError, ResponseError
from .exchange import Outgoing, exchange
from .failures import read_details, status_error
from .files import Upload
from .operation import Operation, UnusableAnswerError, target_of

T = TypeVar("T")

_PACKAGE = __name__.removesuffix("._runtime.client")
_logger = logging.getLogger(_PACKAGE)

_KEEPALIVE_SECONDS = 2.0
"""Less than servers keep an idle connection, because a request that meets one that is
just being closed has an unknown outcome."""


class Model(Protocol):
    """A request's body, as the models are."""

    def to_dict(self) -> dict[str, object]:
        """The fields that are given, by their names on the wire."""
        ...


class BaseClient:
    """What a client is, whatever document it is generated from."""

    server: ClassVar[str]
    user_agent: ClassVar[str]

    def __init__(
        self,
        *,
        api_key: ApiKey | None = None,
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 600.0,
        connect_timeout: float = 5.0,
        validate: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Make a client. It connects when it is first called.

        Args:
            api_key: The key, or a function (which may be a coroutine function) that
                gives it before each request. By default `OPENAI_API_KEY`, but only
                where `base_url` is not passed: a key goes to no host that it was not
                meant for. Without a key none is sent.
            base_url: The server's URL, to which the operation's path is added. By
                default `OPENAI_BASE_URL`, else the server that the document names.
            headers: Headers for every request.
            timeout: Seconds for a whole call, from reading the picture to the last
                byte of the answer; `math.inf` for no limit.
            connect_timeout: Seconds for opening a connection.
            validate: Whether arguments are held against the document's rules before
                anything is sent.
            transport: Another way to send than httpx's own. Proxies from the
                environment are httpx's affair and are not used with it.

        Raises:
            ConfigurationError: An argument or the environment cannot be used, or the
                document's own server would be called without a key.
        """
        self._settings = Settings(
            base_url=resolve_base_url(base_url, self.server),
            api_key=resolve_api_key(api_key, base_url_given=base_url is not None),
            headers=checked_headers(headers),
            timeout=checked_seconds("timeout", timeout),
            validate=validate,
        )
        if self._settings.api_key is None and self._settings.base_url.host == httpx.URL(self.server).host:
            raise ConfigurationError(
                f"{self._settings.base_url.host} asks for a key: set OPENAI_API_KEY or pass api_key, "
                "or pass the base_url of a compatible server"
            )
        connect = checked_seconds("connect_timeout", connect_timeout)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=None if math.isinf(connect) else connect),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=None, keepalive_expiry=_KEEPALIVE_SECONDS
            ),
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._settings.base_url}>"

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. A closed client stays closed."""
        await self._http.aclose()

    def _check_open(self) -> None:
        if self._http.is_closed:
            raise ClientStateError("the client is closed: make a new one")

    async def send(
        self,
        operation: Operation[T],
        *,
        body: Model | None = None,
        parameters: Sequence[object] = (),
        extra_fields: Mapping[str, object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> T:
        """Call an operation. The generated functions are made of this.

        Args:
            operation: What to call.
            body: The request's body.
            parameters: The values of the operation's parameters, in their order.
            extra_fields: Fields for the body that the document does not know.
            extra_headers: Headers for this request; they win over the client's.

        Raises:
            ImageVariationsError: Whatever went wrong.
        """
        self._check_open()
        timeout = self._settings.timeout
        scope = asyncio.timeout(None if math.isinf(timeout) else timeout)
        try:
            async with scope:
                return await self._send(operation, body, parameters, extra_fields or {}, extra_headers)
        except TimeoutError as error:
            if scope.expired():
                raise CallTimeoutError(f"{operation.name} took longer than {timeout:g} s") from error
            raise

    async def _send(
        self,
        operation: Operation[T],
        body: Model | None,
        parameters: Sequence[object],
        extra_fields: Fields,
        extra_headers: Mapping[str, str] | None,
    ) -> T:
        outgoing = await self._outgoing(operation, body, parameters, extra_fields, checked_headers(extra_headers))
        answer = await exchange(self._http, outgoing)
        _logger.debug("%s: HTTP %d", operation.name, answer.status_code)
        if not 200 <= answer.status_code < 300:
            raise status_error(answer)
        try:
            return operation.answer_for(answer.status_code).read(answer.content)
        except UnusableAnswerError as reason:
            message = read_details(answer.content).message
            raise ResponseError(
                f"HTTP {answer.status_code}, and the answer {reason}" + (f": {message[:500]}" if message else ""),
                status_code=answer.status_code,
                content=answer.content,
                request_id=answer.request_id,
            ) from None

    async def _outgoing(
        self,
        operation: Operation[T],
        body: Model | None,
        parameters: Sequence[object],
        extra_fields: Fields,
        extra_headers: Mapping[str, str],
    ) -> Outgoing:
        target = target_of(operation, parameters)
        if self._settings.validate:
            for parameter, argument in zip(operation.parameters, parameters, strict=True):
                if argument is not None:
                    rules.check(parameter.name, argument, parameter.rules)
        content = None
        if operation.body is not None and body is not None:
            fields = _with_extras(body.to_dict(), extra_fields)
            limits = rules.octet_limits(body) if self._settings.validate else {}
            read = await operation.body.read_files(fields, limits)
            if self._settings.validate:
                rules.check_model(body, _contents(read))
            content = operation.body.write(read)
        headers = {"User-Agent": self.user_agent, "Accept": operation.accept}
        query: list[tuple[str, str | int | float | bool | None]] = [*target.query]
        key = await current_key(self._settings.api_key)
        if key is not None and operation.security is not None:
            headers |= operation.security.headers(key)
            query += operation.security.query(key).items()
        url = self._settings.base_url.copy_with(
            raw_path=self._settings.base_url.raw_path + target.path.removeprefix("/").encode()
        )
        if query:
            url = url.copy_merge_params(query)
        headers = merged(headers, self._settings.headers, target.headers, extra_headers)
        return Outgoing(operation.method, url, headers, content)


def _with_extras(fields: dict[str, object], extra_fields: Fields) -> Fields:
    for name, value in extra_fields.items():
        if name in fields:
            raise InvalidRequestError(name, value, "must be given either as a keyword or in extra_fields")
    return fields | {name: value for name, value in extra_fields.items() if value is not None}


def _contents(fields: Fields) -> dict[str, object]:
    """What the rules for files look at: the content that was read."""
    return {name: value.content for name, value in fields.items() if isinstance(value, Upload)}
