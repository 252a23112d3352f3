# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""From the arguments of a call to its request."""

from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar, cast
from urllib.parse import parse_qsl

import httpx
from attrs import frozen

from ..errors import InvalidRequestError
from ..redaction import secrets_in, secrets_of
from ..settings import Settings, limit
from .bodies import Body, Fields, Object
from .checks import check_model, octet_limits, refuse_null
from .files import content_of
from .headers import checked_headers, header_value, merged
from .operation import Operation, Target
from .query import merged_query, query_pairs
from .request import ACCEPT_ENCODING, Request
from .rules import check

T = TypeVar("T")


@frozen
class Arguments:
    """What a call was given.

    Attributes:
        body: The request's body, if the operation has one.
        parameters: The values of the operation's parameters, in their order.
        extra_fields: Fields for the body that the document does not know.
        extra_headers: Headers for this request; they win over the client's.
        extra_query: Query parameters that the document does not know; they win over the client's.
        idempotency_key: What every attempt says in the header `Idempotency-Key`.
        timeout: Seconds for this call, in place of the client's.
        max_retries: How often this call may be repeated, in place of the client's.
        retry_unknown: Whether it may be repeated although the server may have made the images.
    """

    body: Object | None = None
    parameters: Sequence[object] = ()
    extra_fields: Fields | None = None
    extra_headers: Mapping[str, str] | None = None
    extra_query: Mapping[str, object] | None = None
    idempotency_key: str | None = None
    timeout: float | None = None
    max_retries: int | None = None
    retry_unknown: bool | None = None


async def build_request(operation: Operation[T], settings: Settings, arguments: Arguments, user_agent: str) -> Request:
    """Check a call's arguments, read its files, and write its URL, headers and body, once for all attempts.

    Raises:
        InvalidRequestError: An argument breaks a rule, or has no form on the wire.
        ConfigurationError: A header cannot be sent.
    """
    for name in ("extra_fields", "extra_headers", "extra_query"):
        given = cast(object, getattr(arguments, name))
        if given is not None and not isinstance(given, Mapping):
            raise InvalidRequestError(name, given, "must be a mapping")
    target = target_of(operation, arguments.parameters)
    extra_headers = checked_headers(arguments.extra_headers)
    if settings.validate:
        for parameter, value in zip(operation.parameters, arguments.parameters, strict=True):
            if value is not None:
                check(parameter.name, value, parameter.rules)
    body = await _body(operation, settings, arguments)
    url = _url(settings.base_url, target.path)
    headers = {
        "Host": url.netloc.decode(),
        "User-Agent": user_agent,
        "Accept": operation.accept,
        "Accept-Encoding": ACCEPT_ENCODING,
    }
    key = arguments.idempotency_key
    idempotency = {} if key is None else {"Idempotency-Key": header_value("idempotency_key", key)}
    headers = merged(headers, settings.headers, target.headers, idempotency, extra_headers)
    if body is not None:
        headers |= {"Content-Type": body.content_type, "Content-Length": str(body.size)}
    _refuse_twice("extra_query", arguments.extra_query or {}, {name for name, _ in target.query})
    extra_query = query_pairs("extra_query", arguments.extra_query or {})
    return Request(
        method=operation.method,
        url=url,
        query=merged_query(settings.query, [*target.query, *extra_query]),
        headers=headers,
        body=body,
        connect_timeout=limit(settings.connect_timeout),
        security=operation.security,
        secrets=[*secrets_in(headers), *secrets_of([*settings.query, *extra_query])],
        is_safe=operation.is_idempotent and not operation.is_billed,
    )


def target_of(operation: Operation[T], arguments: Sequence[object]) -> Target:
    """Put the values of an operation's parameters where they belong.

    Raises:
        InvalidRequestError: A value has no place in a URL or a header, or one that must be given is not.
    """
    target = Target(operation.path)
    for parameter, argument in zip(operation.parameters, arguments, strict=True):
        parameter.put(argument, target)
    if target.cookies:
        target.headers["Cookie"] = "; ".join(target.cookies)
    # A document may tell operations apart by a query or a fragment in the path; a fragment is never sent.
    target.path, _, fixed = target.path.partition("#")[0].partition("?")
    target.query[:0] = parse_qsl(fixed, keep_blank_values=True)
    return target


@lru_cache(maxsize=64)
def _url(base_url: httpx.URL, path: str) -> httpx.URL:
    return base_url.copy_with(raw_path=base_url.raw_path + path.removeprefix("/").encode())


async def _body(operation: Operation[T], settings: Settings, arguments: Arguments) -> Body | None:
    if operation.body is None or arguments.body is None:
        return None
    if not operation.body.takes_null:
        refuse_null(arguments.body, arguments.extra_fields or {})
    fields, extra_fields = arguments.body.to_dict(), arguments.extra_fields or {}
    _refuse_twice("extra_fields", extra_fields, fields)
    fields |= {name: value for name, value in extra_fields.items() if value is not None}
    limits: Mapping[str, int] = octet_limits(type(arguments.body)) if settings.validate else {}
    read = await operation.body.read_files(fields, limits)
    if settings.validate:
        # Other fields are judged as they were given: here their dates and models are JSON already.
        contents = {name: content for name, value in read.items() if (content := content_of(value)) is not None}
        check_model(arguments.body, contents)
    return operation.body.write(read)


def _refuse_twice(option: str, extra: Mapping[str, object], given: Container[str]) -> None:
    for name, value in extra.items():
        if name in given:
            raise InvalidRequestError(name, value, f"must be given as a keyword or in {option}, not both")
