# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What a client is built from: the arguments, the environment, and what the document's server allows."""

import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, cast

import httpx
from attrs import Attribute, evolve, field, frozen

from .api_key import ApiKey, checked_key
from .errors import ConfigurationError, format_value
from .redaction import public_url
from .urls import parse_url

QueryPairs = Sequence[tuple[str, str]]
"""The parameters of a query, in which a name may come more than once."""


def _is_number(value: object, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def _check_time(settings: object, attribute: "Attribute[float]", value: float) -> None:
    try:
        is_time = _is_number(value, int, float) and float(value) > 0  # nan is not
    except OverflowError:
        is_time = False
    if not is_time:
        raise ConfigurationError(
            f"{attribute.name} must be a number of seconds above 0, or math.inf for no limit, not {format_value(value)}"
        )


def limit(seconds: float) -> float | None:
    """Return a time limit as asyncio and httpx take it, which is none for `math.inf`."""
    return None if math.isinf(seconds) else seconds


def check_count(name: str, value: int, least: int) -> None:
    """See that a setting is a whole number, and no smaller than `least`.

    Raises:
        ConfigurationError: It is not.
    """
    if not _is_number(value, int) or value < least:
        raise ConfigurationError(f"{name} must be a whole number of at least {least}, not {format_value(value)}")


def _check_flag(settings: object, attribute: "Attribute[bool]", value: bool) -> None:
    if not isinstance(cast(object, value), bool):  # "no" would be one that is true
        raise ConfigurationError(f"{attribute.name} must be True or False, not {format_value(value)}")


def _check_count(settings: object, attribute: "Attribute[int]", value: int) -> None:
    check_count(attribute.name, value, 0)


def _check_size(settings: object, attribute: "Attribute[int]", value: int) -> None:
    check_count(attribute.name, value, 1)


@frozen
class Settings:
    """What a call goes by, unless the call says otherwise. `repr` shows neither key, headers nor query.

    Raises:
        ConfigurationError: A time, a count, a size or a flag is not valid.
    """

    base_url: httpx.URL
    api_key: ApiKey | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: QueryPairs = field(repr=False)
    timeout: float = field(validator=_check_time)
    connect_timeout: float = field(validator=_check_time)
    max_retries: int = field(validator=_check_count)
    retry_unknown: bool = field(validator=_check_flag)
    validate: bool = field(validator=_check_flag)
    max_response_bytes: int = field(validator=_check_size)
    download_hosts: frozenset[str] = frozenset()

    def with_options(self, **options: object) -> "Settings":
        """Return these settings with others in place of some. What is `None` stays as it is.

        Raises:
            ConfigurationError: A time, a count, a size or a flag is not valid.
        """
        changes = {name: value for name, value in options.items() if value is not None}
        return cast(_Evolve, evolve)(self, **changes) if changes else self


class _Evolve(Protocol):
    """The part of `attrs.evolve` that is needed: the class checks the options."""

    def __call__(self, settings: Settings, /, **options: object) -> Settings: ...


def resolve_base_url(argument: str | None, variable: str, server: str) -> httpx.URL:
    """Return the URL that calls go to: the argument, else the environment variable's, else the document's server.

    Raises:
        ConfigurationError: It is not an http(s) URL, or has a user part, a query or a fragment.
    """
    text = argument if argument is not None else os.environ.get(variable) or server
    if not text and argument is None:
        raise ConfigurationError(f"base_url is needed, since the document names no server: pass it, or set {variable}")
    try:
        url = parse_url(text)
    except ValueError as error:
        shown_url = ascii(public_url(_without_user(text))) if isinstance(cast(object, text), str) else "that"
        raise ConfigurationError(f"base_url must be like https://host/v1, not {shown_url}: {error}") from error
    if url.userinfo:
        # The URL is not shown: its user part is a secret.
        raise ConfigurationError("base_url must not have a user part: pass the key as api_key")
    if url.query:
        raise ConfigurationError(
            'base_url must not have a query: pass its parameters as query={"name": "value"}, '
            "which the client sends with every call"
        )
    if url.fragment:
        raise ConfigurationError("base_url must not have a fragment")
    path, _, _ = url.raw_path.partition(b"?")  # after which there is nothing
    return url.copy_with(raw_path=path.rstrip(b"/") + b"/")


def _without_user(text: str) -> str:
    """Return a text that is no URL, as far as it shows no user part."""
    return re.split("[?#]", text)[0].rpartition("@")[2]


def checked_hosts(hosts: Collection[str]) -> frozenset[str]:
    """Return hosts as URLs have them: names in lower case and ASCII, addresses without brackets.

    Raises:
        ConfigurationError: One of them is not a host.
    """
    if isinstance(hosts, str) or not isinstance(cast(object, hosts), Collection):
        raise ConfigurationError("download_hosts must be a list of hosts")
    return frozenset(map(_checked_host, hosts))


def _checked_host(host: str) -> str:
    try:
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        url = parse_url(f"http://[{bare}]" if ":" in bare else f"http://{bare}")
        if re.search("[/?#@]", host) or url.port:
            raise ValueError("it is more than a host")
        return url.raw_host.decode().rstrip(".")
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            f"download_hosts must hold names or addresses without scheme, port and path, not {format_value(host)}"
        ) from error


def resolve_api_key(argument: ApiKey | None, variable: str, *, base_url_given: bool) -> ApiKey | None:
    """Return the key: the argument, else the environment variable's, which is meant for no host that the code names.

    Raises:
        ConfigurationError: It cannot be sent in a header. The message does not show it.
    """
    source = argument
    if source is None and not base_url_given:
        source = os.environ.get(variable) or None
    return source if source is None or callable(source) else checked_key(source)


def same_origin(url: httpx.URL, other: httpx.URL) -> bool:
    """Return whether two URLs lead to one server (RFC 6454): a key for the one is meant for the other."""
    return (url.scheme, url.host, url.port) == (other.scheme, other.host, other.port)
