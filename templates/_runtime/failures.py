"""From an answer that is not a success to its error."""

import json
from collections.abc import Mapping
from typing import cast

from attrs import frozen

from . import errors
from .exchange import Incoming
from .json_values import read_str

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


@frozen
class Details:
    """What an error body says, in whatever shape it says it."""

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    is_api_error: bool = False


def status_error(answer: Incoming) -> errors.StatusError:
    """The error for an answer that is not a success."""
    details = read_details(answer.content)
    text = f"HTTP {answer.status_code}"
    if details.message:
        text += f": {_shortened(details.message)}"
    return _error_class(answer.status_code, details)(
        text,
        status_code=answer.status_code,
        message=details.message,
        type=details.type,
        param=details.param,
        code=details.code,
        body=answer.content,
        request_id=answer.request_id,
    )


def read_details(content: bytes) -> Details:
    """Read the API's `{"error": {...}}`, or what other servers send in its place."""
    try:
        body: object = json.loads(content)
    except (ValueError, RecursionError):
        return Details(message=content.decode(errors="replace").strip() or None)
    if not isinstance(body, Mapping):
        return Details(message=read_str(body))
    members = cast("Mapping[str, object]", body)
    error = members.get("error")
    if isinstance(error, Mapping):
        inner = cast("Mapping[str, object]", error)
        return Details(
            message=read_str(inner.get("message")),
            type=read_str(inner.get("type")),
            param=read_str(inner.get("param")) or None,
            code=read_str(inner.get("code")),
            is_api_error=True,
        )
    for name in ("error", "detail", "message", "title"):
        if members.get(name):
            return Details(message=_as_text(members[name]), code=read_str(members.get("code")))
    return Details()


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


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
