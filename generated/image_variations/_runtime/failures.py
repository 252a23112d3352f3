"""From an answer that is not a success, or not a usable one, to its error."""

import json
import re
from collections.abc import Mapping
from typing import cast

from attrs import field, frozen

from . import errors
from .exchange import Head
from .secrets import Redactor

_LONGEST_MESSAGE = 500

_BY_STATUS: Mapping[int, type[errors.StatusError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    413: errors.PayloadTooLargeError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
}

_HTML_NOISE = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@frozen
class Details:
    """What an error body says, in whatever shape it says it.

    Attributes:
        is_api_error: Whether it is the API's own `{"error": {...}}`.
    """

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    is_api_error: bool = False


@frozen
class Circumstances:
    """What the words of an error depend on beside the answer.

    Attributes:
        url: The address that was called, without its query.
        is_pins_host: Whether that is the host that the document names.
        has_key: Whether a key was sent.
    """

    url: str
    is_pins_host: bool
    has_key: bool
    redactor: Redactor = field(repr=False)


def status_error(head: Head, content: bytes, circumstances: Circumstances) -> errors.StatusError:
    """The error for an answer that is not a success. What it keeps of the answer does not hold the key."""
    redactor = circumstances.redactor
    body = redactor.content(content)
    details = read_details(body)
    parts = [f"HTTP {head.status_code}", details.message, _advice(head, body, circumstances)]
    return _error_class(head.status_code, details)(
        ": ".join(part for part in parts if part),
        status_code=head.status_code,
        message=details.message,
        type=details.type,
        param=details.param,
        code=details.code,
        body=body,
        request_id=_request_id(head, redactor),
    )


def response_error(head: Head, content: bytes, reason: str, redactor: Redactor) -> errors.ResponseError:
    """The error for a success that cannot be used. What it keeps of the answer does not hold the key."""
    content = redactor.content(content)
    details = read_details(content) if content[:1] == b"{" else Details()
    text = f"HTTP {head.status_code}, but {redactor.text(reason)}"
    return errors.ResponseError(
        f"{text}: {details.message}" if details.message else text,
        status_code=head.status_code,
        message=details.message,
        type=details.type,
        param=details.param,
        code=details.code,
        content=content,
        request_id=_request_id(head, redactor),
    )


def read_details(content: bytes) -> Details:
    """Read the API's `{"error": {...}}`, or what other servers send in its place."""
    try:
        body: object = json.loads(content)
    except (ValueError, RecursionError):
        return Details(message=_prose(content))
    if not isinstance(body, Mapping):
        return Details(message=_text(body))
    members = cast("Mapping[str, object]", body)
    error = members.get("error")
    if isinstance(error, Mapping):
        inner = cast("Mapping[str, object]", error)
        return Details(
            message=_text(inner.get("message")),
            type=_text(inner.get("type")),
            param=_text(inner.get("param")),
            code=_text(inner.get("code")),
            is_api_error=True,
        )
    # In turn: a bare text, FastAPI, problem details (RFC 9457), and what gateways call it.
    found = (_text(members.get(name)) for name in ("error", "detail", "message", "title"))
    return Details(
        message=next((message for message in found if message), None),
        type=_text(members.get("type")),
        code=_text(members.get("code")),
    )


def _request_id(head: Head, redactor: Redactor) -> str | None:
    return redactor.text(head.request_id) if head.request_id else None


def _error_class(status_code: int, details: Details) -> type[errors.StatusError]:
    if status_code == 429 and "insufficient_quota" in (details.code, details.type):
        return errors.QuotaExceededError
    if status_code in _BY_STATUS:
        return _BY_STATUS[status_code]
    if 300 <= status_code < 400:
        return errors.RedirectError
    if status_code >= 500:
        return errors.ServerError if details.is_api_error else errors.GatewayError
    return errors.StatusError


def _advice(head: Head, body: bytes, circumstances: Circumstances) -> str | None:
    """What to do next, where that is known."""
    if head.status_code == 404 and circumstances.is_pins_host and not body:
        return (
            "the endpoint was retired on this host (dall-e-2 ended on 2026-05-12); "
            "pass the base_url of a compatible server"
        )
    if head.status_code == 404:
        return f"was base_url right? {circumstances.url} was called"
    if head.status_code == 401 and not circumstances.has_key:
        return "no key was sent; pass api_key"
    if 300 <= head.status_code < 400 and "location" in head.headers:
        location = circumstances.redactor.text(head.headers["location"])[:200]
        return f"it leads to {location}; redirects are not followed, so pass that server as base_url if it is right"
    return None


def _text(value: object) -> str | None:
    """A bounded text for a JSON value; nothing for an empty one."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, list):
        items = [_item(item) for item in cast("list[object]", value)[:10]]
        return _shortened("; ".join(items))
    return _shortened(value if isinstance(value, str) else json.dumps(value))


def _item(value: object) -> str:
    """One entry of FastAPI's list of what is wrong: where, and what."""
    if not isinstance(value, Mapping):
        return str(value)
    entry = cast("Mapping[str, object]", value)
    place = entry.get("loc")
    where = ".".join(map(str, cast("list[object]", place))) if isinstance(place, list) else ""
    what = entry.get("msg", entry.get("message"))
    return ": ".join(part for part in (where, what) if isinstance(part, str) and part) or json.dumps(value)


def _prose(content: bytes) -> str | None:
    """The words of a body that is no JSON, without markup."""
    text = content[: 64 * 1024].decode(errors="replace")
    if text.lstrip().startswith("<"):
        text = _HTML_NOISE.sub(" ", text)
    return _shortened(" ".join(text.split())) or None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
