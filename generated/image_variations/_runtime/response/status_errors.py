# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The error of a response that is not a success, or not a usable one."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from .. import errors
from ..connection.messages import Head
from ..redaction import Redactor, public_url
from .error_bodies import ErrorBody, read_details, read_unusable

ErrorT = TypeVar("ErrorT", errors.StatusError, errors.ResponseError)

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

_EXHAUSTED = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""What the API calls an account that waiting does not help."""


def status_error(head: Head, content: bytes, advice: str | None, redactor: Redactor) -> errors.StatusError:
    """Return the error of a response that is not a success. What it keeps of the response does not hold the key."""
    details = read_details(content, redactor)
    text = _join([f"HTTP {head.status}", details.message], advice)
    error = _make(_error_class(head.status_code, details), text, head, details, redactor)
    error.body = redactor.content(content)
    return error


def response_error(
    head: Head,
    content: bytes,
    reason: str,
    redactor: Redactor,
    *,
    details: ErrorBody | None = None,
    advice: str | None = None,
) -> errors.ResponseError:
    """Return the error of a success that cannot be used. What it keeps of the response does not hold the key."""
    details = details or read_unusable(content, redactor)
    words = [f"HTTP {head.status_code}, but {redactor.line(reason)}", _foreign_coding(head, redactor), details.message]
    error = _make(errors.ResponseError, _join(words, advice), head, details, redactor)
    error.content = redactor.content(content)
    return error


def _join(words: Sequence[str | None], advice: str | None) -> str:
    text = ": ".join(filter(None, words))
    return f"{text} ({advice})" if advice else text


def _make(kind: type[ErrorT], text: str, head: Head, details: ErrorBody, redactor: Redactor) -> ErrorT:
    return kind(
        text,
        status_code=head.status_code,
        message=details.message,
        type=details.type,
        param=details.param,
        code=details.code,
        request_id=head.request_id(redactor),
    )


def _foreign_coding(head: Head, redactor: Redactor) -> str | None:
    """Say why a body can be unreadable without being broken."""
    coding = head.headers.get("content-encoding", "")
    if coding.lower() in ("", "identity", "gzip", "x-gzip", "deflate"):
        return None
    return f"it came with the Content-Encoding {redactor.line(coding)[:40]}, and only gzip was asked for"


def is_exhausted(words: ErrorBody | errors.ResponseError) -> bool:
    """Tell whether a server says that the account's quota is used up."""
    return not _EXHAUSTED.isdisjoint((words.code, words.type))


def _error_class(status_code: int, details: ErrorBody) -> type[errors.StatusError]:
    if status_code == 429 and is_exhausted(details):
        return errors.QuotaExceededError
    if 500 <= status_code < 600:
        return errors.ServerError if details.is_api_error else errors.GatewayError
    return _BY_STATUS.get(status_code, errors.RedirectError if 300 <= status_code < 400 else errors.StatusError)


def advise(
    head: Head, content: bytes, url: str, redactor: Redactor, *, retired: str | None, has_key: bool
) -> str | None:
    """Say what to do next about a call that was refused, if that is known.

    Args:
        head: The response's status line and headers.
        content: Its body.
        url: The address that was called.
        redactor: Keeps secrets out of what is said.
        retired: Why the server no longer has the operations, if it is the document's own and that is known.
        has_key: Whether a key was sent.
    """
    if head.status_code == 404 and retired and not content.strip():
        return f"{retired}; pass the base_url of a compatible server"
    if head.status_code == 404:
        return f"check base_url: the request went to {public_url(redactor.text(url))}"
    if head.status_code == 401 and not has_key:
        return "no API key was sent; pass api_key"
    if 300 <= head.status_code < 400 and "location" in head.headers:
        location = public_url(redactor.text(head.headers["location"]))
        return f"it redirects to {location}, which is not followed; if that is the right server, pass it as base_url"
    return None
