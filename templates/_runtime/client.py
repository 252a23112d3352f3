"""The client: its settings, and the connections that it shares with its copies."""

import math
import ssl
from collections.abc import Collection, Mapping
from copy import copy
from typing import ClassVar, Self, TypeVar

import httpx
from attrs import evolve

from .api_key import ApiKey, checked_key
from .attempt import Attempt
from .call.call import Call
from .call.limits import CallLimits
from .call.observer import BeforeAttempt, OnAttempt, chain_observers, checked_observer
from .call.policy import Retry, RetryPolicy
from .call.shared import Connections
from .clock import Clock
from .connection.http_client import choose_http_client, default_ssl_context
from .errors import ClientStateError, ConfigurationError
from .redaction import guard_logs, without_credentials
from .request.build import Arguments
from .request.headers import checked_headers
from .request.operation import Operation
from .request.query import checked_query
from .response.response import Response
from .settings import Settings, check_count, checked_hosts, resolve_api_key, resolve_base_url, same_origin
from .urls import host_of

T = TypeVar("T")

_MIB = 1024 * 1024


class BaseClient:
    """What a client is, whatever document it is generated from.

    Attributes:
        server: The URL of the document's server.
        user_agent: The `User-Agent` header.
        requires_key: Whether every operation asks for a key; else only the calls of those that do need one.
        clock: The clock by which calls are timed.
    """

    server: ClassVar[str]
    user_agent: ClassVar[str]
    api_key_variable: ClassVar[str]
    base_url_variable: ClassVar[str]
    retired: ClassVar[str | None] = None
    requires_key: ClassVar[bool] = True
    clock: Clock = Clock()

    def __init__(
        self,
        *,
        api_key: ApiKey | None = None,
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 600.0,
        connect_timeout: float = 5.0,
        max_retries: int = 2,
        retry_unknown: bool = False,
        max_concurrency: int = 100,
        max_per_minute: int | None = None,
        validate: bool = True,
        max_response_bytes: int = 128 * _MIB,
        on_attempt: OnAttempt | None = None,
        query: Mapping[str, object] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | httpx.URL | None = None,
        download_hosts: Collection[str] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Make a client. It connects when it is first called.

        Args:
            api_key: The key, or a function (which may be a coroutine function) that
                returns it before every attempt. By default that of the environment, but
                only if `base_url` is not passed: a key never goes to a host that it was
                not meant for. Without a key, requests carry none.
            base_url: The server's URL, to which the operation's path is added. By
                default that of the environment, else the server that the document names.
            headers: Headers for every request.
            timeout: Seconds for a whole call, from waiting in the queue to the last byte of the
                response; `math.inf` for no limit.
            connect_timeout: Seconds for opening a connection; `math.inf` for no limit.
            max_retries: How many times a call may be repeated, if that cannot be billed
                twice: if nothing was sent, the server says that it did nothing, or the operation
                is idempotent.
            retry_unknown: Whether it may also be repeated if the server may have made the
                images, and billed them, without reporting success.
            max_concurrency: How many calls may send or receive at once; further calls queue,
                within their timeout. Copies share the limit. Downloads of linked images are not
                counted.
            max_per_minute: How many attempts may start in a minute, retries included, evenly
                spaced: after an idle second its share may start at once (one at 50, ten at
                600). The others queue, first come, first served, within their timeout; a call
                that times out there is not sent. Copies share the limit. Downloads of linked
                images are not counted. By default there is no limit.
            validate: Whether arguments are checked against the document's rules before
                anything is sent.
            max_response_bytes: The longest response that is accepted, in bytes after decompression.
            on_attempt: A plain function, called with each attempt of a call when it is over. It
                may start a task, but no call waits for it. An exception that it raises is logged
                and otherwise ignored.
            query: Query parameters for every call, such as an API version; a list is sent as a
                parameter for each item, `None` not at all. Downloads carry none of them. A
                call's own parameter, of the operation or of `extra_query`, replaces those of
                the same name here, and these replace the parameter that carries the key.
                Values are kept out of errors and logs, because they may be secret.
            ssl_context: What TLS goes by: the authorities that are trusted, and a certificate of
                your own. By default httpx's authorities, or those that `SSL_CERT_FILE` or
                `SSL_CERT_DIR` names.
            proxy: The URL of the proxy for all requests. By default the proxies that `HTTP_PROXY`,
                `HTTPS_PROXY` and `ALL_PROXY` name, but for what `NO_PROXY` names.
            download_hosts: Hosts that links may lead to although they are in a private network,
                as names or addresses, whatever the port. Links to the server's own host and to
                public addresses are followed anyway, and no others.
            transport: A transport to use in place of the default one, with certificates and
                proxies of its own. This package's module `transports` has some.
            http_client: Your own `httpx.AsyncClient`, whose connections are used. It is
                never closed here, and its own authentication, headers, cookies and
                redirects stay out of these calls.

        Raises:
            ConfigurationError: An argument or the environment cannot be used, or the
                document's own server would be called without a key.
        """
        self._settings = Settings(
            base_url=resolve_base_url(base_url, self.base_url_variable, self.server),
            api_key=resolve_api_key(api_key, self.api_key_variable, base_url_given=base_url is not None),
            headers=checked_headers(headers),
            query=checked_query(query),
            timeout=timeout,
            connect_timeout=connect_timeout,
            max_retries=max_retries,
            retry_unknown=retry_unknown,
            validate=validate,
            max_response_bytes=max_response_bytes,
            download_hosts=checked_hosts(download_hosts),
        )
        check_count("max_concurrency", max_concurrency, 1)
        if max_per_minute is not None:
            check_count("max_per_minute", max_per_minute, 1)
        http = choose_http_client(transport, http_client, ssl_context, proxy)
        self.clock = (http.stand_in and http.stand_in.clock) or self.clock
        limits = CallLimits(max_concurrency, self.clock.monotonic, self.clock.sleep, max_per_minute)
        self._connections = Connections(http, limits, self.clock.timeout)
        if self.requires_key:
            self._check_key()
        if http.transport is not None and self._settings.base_url.scheme == "https" and ssl_context is None:
            default_ssl_context()  # certificates that cannot be used are found out now
        self._on_attempt = checked_observer(on_attempt)
        self._before_attempt: BeforeAttempt | None = None
        self._is_copy = self._is_closed = False
        guard_logs()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._settings.base_url}>"

    async def __aenter__(self) -> Self:
        self._check_usable()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        try:
            await self.aclose()
        except AssertionError:  # a fake's: what was not done is no news after an error
            if kind is None:
                raise

    async def aclose(self) -> None:
        """End the calls that are under way, and close the connections, except those of your `http_client`.

        A call ends with a `ClientStateError`, or a `ResponseError` if a success had begun to
        arrive. A copy made by `with_options` closes only itself. A closed client stays closed.

        Raises:
            ClientStateError: The client belongs to another event loop, which is not over.
        """
        if not self._is_copy:
            await self._connections.aclose()
        self._is_closed = True

    @property
    def max_response_bytes(self) -> int:
        """The longest response that is accepted, in bytes after decompression."""
        return self._settings.max_response_bytes

    @property
    def is_closed(self) -> bool:
        """Whether the client, or the connections that it uses, were closed."""
        return self._is_closed or self._connections.is_closed or self._connections.http.client.is_closed

    def with_options(
        self,
        *,
        api_key: ApiKey | None = None,
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        max_retries: int | None = None,
        retry_unknown: bool | None = None,
        validate: bool | None = None,
        max_response_bytes: int | None = None,
        on_attempt: OnAttempt | None = None,
        query: Mapping[str, object] | None = None,
        download_hosts: Collection[str] | None = None,
    ) -> Self:
        """Return a client with other settings over the same connections.

        What is `None` stays as it is; `headers` and `query` replace the client's. With the
        `base_url` of another server neither the key, nor headers with credentials, nor the
        query, in which any value may be one, are taken along: pass those that are meant for it.
        `max_concurrency` and `max_per_minute` belong to the connections, and are shared.

        Raises:
            ConfigurationError: An option cannot be used.
        """
        url = None if base_url is None else resolve_base_url(base_url, self.base_url_variable, self.server)
        settings = self._settings
        if url is not None and not same_origin(url, settings.base_url):
            settings = evolve(settings, api_key=None, headers=without_credentials(settings.headers), query=())
        copied = self._with_settings(
            settings.with_options(
                base_url=url,
                api_key=checked_key(api_key) if isinstance(api_key, str) else api_key,
                headers=None if headers is None else checked_headers(headers),
                query=None if query is None else checked_query(query),
                timeout=timeout,
                connect_timeout=connect_timeout,
                max_retries=max_retries,
                retry_unknown=retry_unknown,
                validate=validate,
                max_response_bytes=max_response_bytes,
                download_hosts=None if download_hosts is None else checked_hosts(download_hosts),
            )
        )
        if copied.requires_key:
            copied._check_key()
        if on_attempt is not None:
            copied._on_attempt = checked_observer(on_attempt)
        return copied

    def _with_settings(self, settings: Settings) -> Self:
        copied = copy(self)
        copied._settings = settings
        copied._is_copy, copied._is_closed = True, False
        return copied

    def with_single_attempts(self, before_attempt: BeforeAttempt, after_attempt: OnAttempt) -> Self:
        """Return a copy for those who repeat calls themselves, and write down each attempt before it is made.

        `before_attempt` is awaited when nothing else holds the attempt back. What it raises ends the call. It must end
        within the call's timeout, and the time that it took is then given to the attempt.
        `after_attempt` is called with each attempt that began, as `on_attempt` is, however the attempt ends.
        """
        settings = self._settings
        if settings.max_retries or settings.retry_unknown:
            settings = settings.with_options(max_retries=0, retry_unknown=False)
        copied = self._with_settings(settings)
        copied._before_attempt, copied._on_attempt = before_attempt, chain_observers(after_attempt, self._on_attempt)
        return copied

    def wait_before_retry(self, attempt: Attempt, retries: int) -> float | None:
        """Return the seconds after which a call may be repeated whose last attempt failed, or `None` if it must not be.

        This is the policy, and the budget, by which calls repeat themselves; `retries` counts those so far.
        """
        decision = RetryPolicy(self._settings.max_retries, retry_unknown=False).decide(
            attempt, retries=retries, time_left=math.inf, uniform=self.clock.uniform
        )
        return decision.wait if isinstance(decision, Retry) and self._connections.budget.take() else None

    @property
    def paused_until(self) -> float:
        """When the last pause that a server asked for ends, by the monotonic time of `clock`."""
        return self._connections.limits.paused_until

    def _check_key(self) -> None:
        if self._settings.api_key is None and self._calls_the_pins_host:
            raise ConfigurationError(
                f"{self._settings.base_url.host} requires a key: set {self.api_key_variable} or pass api_key, "
                "or pass the base_url of a compatible server"
            )

    @property
    def _calls_the_pins_host(self) -> bool:
        return self._connections.http.stand_in is None and self._settings.base_url.host == host_of(self.server)

    def _check_usable(self) -> None:
        if self._is_closed:
            raise ClientStateError("the client is closed: make a new one")
        self._connections.check_usable()

    async def send(self, operation: Operation[T], arguments: Arguments) -> Response[T]:
        """Call an operation. The generated functions call this.

        Raises:
            BaseError: Whatever went wrong.
        """
        return await self.call(operation, arguments).run()

    def call(self, operation: Operation[T], arguments: Arguments) -> Call[T]:
        """Return a call of an operation, to be made.

        Raises:
            ClientStateError: The client is closed, or belongs to another event loop.
            ConfigurationError: An option of the call cannot be used.
        """
        self._check_usable()
        if operation.security is not None and not operation.is_key_optional:
            self._check_key()
        return Call(
            operation,
            arguments,
            self._settings.with_options(
                timeout=arguments.timeout, max_retries=arguments.max_retries, retry_unknown=arguments.retry_unknown
            ),
            self._connections,
            self.clock,
            self.user_agent,
            self.retired if self._calls_the_pins_host else None,
            self._on_attempt,
            self._before_attempt,
        )

    def parts(self) -> tuple[Settings, Connections]:
        """Return what downloads go by and over.

        Raises:
            ClientStateError: The client is closed, or belongs to another event loop.
        """
        self._check_usable()
        return self._settings, self._connections
