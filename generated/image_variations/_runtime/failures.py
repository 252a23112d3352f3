# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""From an answer that is not a success, or not a usable one, to its error."""

import json
import re
from collections.abc import Mapping
from typing import cast

from attrs import field, frozen

from . import errors
from .exchange import Head
from .json_text import parse_json
from .secrets import Redactor, public_url

_LONGEST_MESSAGE = 500

_LONGEST_ERROR = 1024 * 1024
"""What is longer is not an error body: only its first words are looked at."""

_LONGEST_PROSE = 64 * 1024

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

_HTML_NOISE = re.compile(
    r"<(script|style)\b.*?(?:</\1[^<>]*>?|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>?", re.DOTALL | re.IGNORECASE
)
"""Markup, each piece of which ends at the latest with the text: a page without any `>` must not take long."""


_MISCELLANY = r"(?>\s+|<\?xml.*?\?>|<!--.*?-->)*+"
_HTML_PAGE = re.compile(
    rf"{_MISCELLANY}(?:<html\b[^<>]*>{_MISCELLANY})?<(?:!doctype\s+html|head|title|meta|link|script|style|body)\b",
    re.DOTALL | re.IGNORECASE,
)
"""The beginning of a whole page. `<html>` alone is put around a few words by servers that have no page to show."""

_NOT_OF_THE_HEAD = re.compile(r"<(script|style)\b.*?(?:</\1|\Z)|<!--.*?(?:-->|\Z)|<body\b.*", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>(.*?)(?:</title|\Z)", re.DOTALL | re.IGNORECASE)

_UNTITLED = "an HTML page"

_EXPIRE = "links expire, often after 60 minutes"
_HELD = 'ask for response_format="b64_json" to have the image itself in the response'

_ABSOLUTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
"""The beginning of a link that names a scheme or a host (RFC 3986, section 4.2)."""


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
        url: The address that was called.
        is_pins_host: Whether that is the host that the document names.
        has_key: Whether a key was sent.
        link: What a response gave as the image's URL, if an image was to be fetched and not the API called.
    """

    url: str
    is_pins_host: bool
    has_key: bool
    redactor: Redactor = field(repr=False)
    link: str | None = None


def status_error(head: Head, content: bytes, details: Details, circumstances: Circumstances) -> errors.StatusError:
    """The error for an answer that is not a success. What it keeps of the answer does not hold the key."""
    redactor = circumstances.redactor
    message = f"HTTP {head.status_code}: {details.message}" if details.message else f"HTTP {head.status_code}"
    advice = _advice(head, content, circumstances)
    return _error_class(head.status_code, details)(
        f"{message} ({advice})" if advice else message,
        status_code=head.status_code,
        message=details.message,
        type=details.type,
        param=details.param,
        code=details.code,
        body=redactor.content(content),
        request_id=head.request_id(redactor),
    )


def response_error(
    head: Head, content: bytes, reason: str, redactor: Redactor, *, details: Details | None = None, advice: str = ""
) -> errors.ResponseError:
    """The error for a success that cannot be used. What it keeps of the answer does not hold the key."""
    details = details or _details_in_json(content, redactor) or Details(_page(content, redactor))
    parts = [
        f"HTTP {head.status_code}, but {redactor.line(reason)}",
        _foreign_coding(head, redactor),
        details.message,
    ]
    message = ": ".join(part for part in parts if part)
    return errors.ResponseError(
        f"{message} ({advice})" if advice else message,
        status_code=head.status_code,
        message=details.message,
        type=details.type,
        param=details.param,
        code=details.code,
        content=redactor.content(content),
        request_id=head.request_id(redactor),
    )


def read_details(content: bytes, redactor: Redactor) -> Details:
    """Read the API's `{"error": {...}}`, or what other servers send in its place."""
    return _details_in_json(content, redactor) or Details(message=_prose(content, redactor))


def _details_in_json(content: bytes, redactor: Redactor) -> Details | None:
    """What a JSON body says; nothing where it is not JSON, or says nothing that is known here."""
    # Redacted only once it is parsed: a key that is short or escaped must not change what is read.
    if len(content) > _LONGEST_ERROR:
        return None
    try:
        return _details_of(parse_json(content), redactor)
    except (ValueError, RecursionError):
        return None


def _details_of(body: object, redactor: Redactor) -> Details | None:
    if not isinstance(body, Mapping):
        message = _text(body, redactor)
        return Details(message) if message else None
    members = cast("Mapping[str, object]", body)
    error = members.get("error")
    if isinstance(error, Mapping):
        inner = cast("Mapping[str, object]", error)
        return Details(
            message=_text(inner.get("message"), redactor),
            type=_text(inner.get("type"), redactor),
            param=_text(inner.get("param"), redactor),
            code=_text(inner.get("code"), redactor),
            is_api_error=True,
        )
    # In turn: a bare text, FastAPI, problem details (RFC 9457), and what gateways call it.
    found = (_text(members.get(name), redactor) for name in ("error", "detail", "message", "title", "errors"))
    message = next((message for message in found if message), None)
    if message is None:
        return None
    return Details(message, type=_text(members.get("type"), redactor), code=_text(members.get("code"), redactor))


def _foreign_coding(head: Head, redactor: Redactor) -> str | None:
    """Why a body can be unreadable without being broken."""
    coding = head.headers.get("content-encoding", "")
    if coding.lower() in ("", "identity", "gzip", "x-gzip", "deflate"):
        return None
    return f"it came with the Content-Encoding {redactor.line(coding)[:40]}, and only gzip and deflate were asked for"


def _error_class(status_code: int, details: Details) -> type[errors.StatusError]:
    if status_code == 429 and not _EXHAUSTED.isdisjoint((details.code, details.type)):
        return errors.QuotaExceededError
    if status_code in _BY_STATUS:
        return _BY_STATUS[status_code]
    if 300 <= status_code < 400:
        return errors.RedirectError
    if 500 <= status_code < 600:
        return errors.ServerError if details.is_api_error else errors.GatewayError
    return errors.StatusError


def _advice(head: Head, body: bytes, circumstances: Circumstances) -> str | None:
    """What to do next, where that is known."""
    if circumstances.link is not None:
        if advice := path_advice(circumstances.link, circumstances.redactor):
            return advice
        if head.status_code not in (403, 404, 410):
            return None
        return f"there is no image at {_shown(circumstances.url, circumstances)}: {_EXPIRE}; {_HELD}"
    if head.status_code == 404 and circumstances.is_pins_host and not body.strip():
        return (
            "the endpoint was retired on this host, with dall-e-2, on 2026-05-12; "
            "pass the base_url of a compatible server"
        )
    if head.status_code == 404:
        return f"check base_url: the request went to {_shown(circumstances.url, circumstances)}"
    if head.status_code == 401 and not circumstances.has_key:
        return "no API key was sent; pass api_key"
    if 300 <= head.status_code < 400 and "location" in head.headers:
        location = _shown(head.headers["location"], circumstances)
        return f"it redirects to {location}, which is not followed; if that is the right server, pass it as base_url"
    return None


def _shown(url: str, circumstances: Circumstances) -> str:
    return public_url(circumstances.redactor.text(url))


def path_advice(link: str, redactor: Redactor) -> str:
    """Return what to do if there is no image at a link that is a path; nothing for a URL."""
    if _ABSOLUTE.match(link):
        return ""
    path = public_url(redactor.text(link))
    return (
        f"the server gave a path in place of a URL, '{path}', and has no image there: {_EXPIRE}, and some servers send "
        f"a path on their own disk; {_HELD}"
    )


def _text(value: object, redactor: Redactor) -> str | None:
    """A bounded line for a JSON value; nothing for an empty one."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, list):
        value = "; ".join(_item(item) for item in cast("list[object]", value)[:10])
    line = redactor.line(value if isinstance(value, str) else json.dumps(value))
    return _shortened(line) or None


def _item(value: object) -> str:
    """One entry of FastAPI's list of what is wrong: where, and what."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, str) else json.dumps(value)
    entry = cast("Mapping[str, object]", value)
    place = entry.get("loc")
    where = ".".join(map(str, cast("list[object]", place))) if isinstance(place, list) else ""
    what = entry.get("msg", entry.get("message"))
    return ": ".join(part for part in (where, what) if isinstance(part, str) and part) or json.dumps(value)


def _prose(content: bytes, redactor: Redactor) -> str | None:
    """The title of an HTML page, or the words of another body that is not JSON, without markup."""
    text = _decoded(content, redactor)
    if _HTML_PAGE.match(text):
        return _title(text, redactor)
    if text.lstrip().startswith("<"):
        text = _without_markup(text)
    return _shortened(redactor.line(text)) or None


def _page(content: bytes, redactor: Redactor) -> str | None:
    """The title of an HTML page; nothing if it is none."""
    text = _decoded(content, redactor)
    return _title(text, redactor) if _HTML_PAGE.match(text) else None


def _without_markup(text: str) -> str:
    from html import unescape  # with a table of 2,200 names, which only pages need

    return unescape(_HTML_NOISE.sub(" ", text))


def _title(page: str, redactor: Redactor) -> str:
    title = _TITLE.search(_NOT_OF_THE_HEAD.sub(" ", page))
    text = redactor.line(_without_markup(title[1])) if title else ""
    return _shortened(text) or _UNTITLED


def _decoded(content: bytes, redactor: Redactor) -> str:
    # Redacted before it is cut, and again without markup, which may stand within a key.
    content = redactor.content(content[: 2 * _LONGEST_PROSE])[:_LONGEST_PROSE]
    return content.decode(json.detect_encoding(content), "replace")


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…"
