"""The error of a response that is not a success, or not a usable one."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from attrs import field, frozen

from .. import errors
from ..connection.messages import Head
from ..redaction import Redactor, public_url
from .error_bodies import ErrorBody, read_unusable

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

_EXPIRE = "links expire, often after 60 minutes"

_HELD = 'ask for response_format="b64_json" to have the image itself in the response'

_ABSOLUTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
"""The beginning of a link that names a scheme or a host (RFC 3986, section 4.2)."""


@frozen
class ErrorContext:
    """What the words of an error depend on beside the response.

    Attributes:
        url: The address that was called.
        retired: Why the server no longer has the operations, if it is the document's own and that is known.
        has_key: Whether a key was sent.
        link: What a response gave as the image's URL, if an image was to be fetched and not the API called.
    """

    url: str
    retired: str | None
    has_key: bool
    redactor: Redactor = field(repr=False)
    link: str | None = None


def status_error(head: Head, content: bytes, details: ErrorBody, context: ErrorContext) -> errors.StatusError:
    """Return the error of a response that is not a success. What it keeps of the response does not hold the key."""
    kind, advice = _error_class(head.status_code, details), _advice(head, content, context)
    error = _make(kind, [f"HTTP {head.status}", details.message], advice, head, details, context.redactor)
    error.body = context.redactor.content(content)
    return error


def response_error(
    head: Head, content: bytes, reason: str, redactor: Redactor, *, details: ErrorBody | None = None, advice: str = ""
) -> errors.ResponseError:
    """Return the error of a success that cannot be used. What it keeps of the response does not hold the key."""
    details = details or read_unusable(content, redactor)
    words = [f"HTTP {head.status_code}, but {redactor.line(reason)}", _foreign_coding(head, redactor), details.message]
    error = _make(errors.ResponseError, words, advice, head, details, redactor)
    error.content = redactor.content(content)
    return error


def _make(
    kind: type[ErrorT],
    words: Sequence[str | None],
    advice: str | None,
    head: Head,
    details: ErrorBody,
    redactor: Redactor,
) -> ErrorT:
    text = ": ".join(filter(None, words))
    return kind(
        f"{text} ({advice})" if advice else text,
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


def _advice(head: Head, body: bytes, context: ErrorContext) -> str | None:
    """Say what to do next, if that is known."""
    if context.link is not None:
        if advice := path_advice(context.link, context.redactor):
            return advice
        if head.status_code not in (403, 404, 410):
            return None
        return f"there is no image at {_shown(context.url, context)}: {_EXPIRE}; {_HELD}"
    if head.status_code == 404 and context.retired and not body.strip():
        return f"{context.retired}; pass the base_url of a compatible server"
    if head.status_code == 404:
        return f"check base_url: the request went to {_shown(context.url, context)}"
    if head.status_code == 401 and not context.has_key:
        return "no API key was sent; pass api_key"
    if 300 <= head.status_code < 400 and "location" in head.headers:
        location = _shown(head.headers["location"], context)
        return f"it redirects to {location}, which is not followed; if that is the right server, pass it as base_url"
    return None


def _shown(url: str, context: ErrorContext) -> str:
    return public_url(context.redactor.text(url))


def path_advice(link: str, redactor: Redactor) -> str:
    """Return what to do if there is no image at a link that is a path; nothing for a URL."""
    if _ABSOLUTE.match(link):
        return ""
    path = public_url(redactor.text(link))
    return (
        f"the server gave a path in place of a URL, '{path}', and has no image there: {_EXPIRE}, and some servers send "
        f"a path on their own disk; {_HELD}"
    )
