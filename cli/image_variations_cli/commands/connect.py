"""A client of the server that the options name, and the document's rules for the fields that they give."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs
import httpx
from image_variations import Attempt, Client, CreateImageVariationRequest
from image_variations.transports import default, over_aiohttp, over_httpx

from ..errors import BatchError
from ..rows import FieldValue
from .options import Server, TransportName

_Rule = Callable[[object, "attrs.Attribute[object]", object], None]

API_KEY = Client.api_key_variable


def check_fields(fields: Mapping[str, FieldValue]) -> None:
    """Hold fields against the document's rules, before anything is read or sent.

    Raises:
        InvalidRequestError: A field breaks a rule.
    """
    for attribute in cast("Iterable[attrs.Attribute[object]]", attrs.fields(CreateImageVariationRequest)):
        if attribute.name in fields:
            # The rules are attrs validators, kept in the metadata because building a model never fails.
            for rule in cast("Iterable[_Rule]", attribute.metadata["rules"]):
                rule(None, attribute, fields[attribute.name])


def read_api_key(server: Server) -> str | None:
    """Return the key: of the file that an option names, else of the environment.

    Raises:
        BatchError: The file cannot be read, or is empty.
    """
    if server.api_key_file is None:
        return os.environ.get(API_KEY) or None
    try:
        key = server.api_key_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BatchError(f"--api-key-file {server.api_key_file} cannot be read: {reason}") from None
    if not key:
        raise BatchError(f"--api-key-file {server.api_key_file} is empty")
    return key


def open_client(
    server: Server,
    *,
    on_attempt: Callable[[Attempt], None] | None = None,
    max_concurrency: int = 100,
) -> Client:
    """Make the client that a command sends with.

    A batch bounds its requests itself, and needs a `max_concurrency` that is larger: rows wait for a slot within calls.

    The key goes to the base URL, whether an option or the environment names it: who types the command names both.

    Raises:
        BatchError: The key's file cannot be read, the transport is not installed, or there is no key for the
            document's own server.
        ConfigurationError: The URL or the key cannot be used.
    """
    key = read_api_key(server)
    if key is None and not (server.base_url or os.environ.get(Client.base_url_variable)):
        raise BatchError(
            f"there is no key for {Client.server}: set {API_KEY}, or name a compatible server with --base-url "
            f"or {Client.base_url_variable}"
        )
    return Client(
        base_url=server.base_url,
        api_key=key,
        timeout=server.timeout,
        max_concurrency=max_concurrency,
        on_attempt=on_attempt,
        transport=None if server.transport == "default" else make_transport(server.transport),
    )


def make_transport(name: TransportName) -> httpx.AsyncBaseTransport:
    """Make the transport of a name.

    Raises:
        BatchError: What it needs is not installed.
    """
    try:
        match name:
            case "aiohttp":
                return over_aiohttp(trust_env=True)
            case "httpx":
                return over_httpx()
            case "default":
                return default()
    except ImportError as error:
        raise BatchError(
            f'--transport {name} needs {error.name}; run: pip install "image-variations[{name}]"'
        ) from None
