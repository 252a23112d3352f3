"""The words of a response that is not a success, or not a usable one, in whatever shape it says them."""

import json
import re
from collections.abc import Mapping
from typing import cast

from attrs import field, frozen

from ..redaction import Redactor
from .json_text import parse_json

_MAX_MESSAGE = 500

_MAX_ERROR = 1024 * 1024
"""What is longer is not an error body: only its first words are looked at."""

_MAX_PROSE = 64 * 1024

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


@frozen
class ErrorBody:
    """What an error body says, in whatever shape it says it.

    Attributes:
        is_api_error: Whether it is the API's own `{"error": {...}}`, and not a gateway's imitation.
    """

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    is_api_error: bool = field(default=False, kw_only=True)


def read_details(content: bytes, redactor: Redactor) -> ErrorBody:
    """Read the API's `{"error": {...}}`, or what other servers send in its place."""
    return _read_json(content, redactor) or ErrorBody(_read_text(content, redactor))


def read_unusable(content: bytes, redactor: Redactor) -> ErrorBody:
    """Read what a success that cannot be used says in place of its result: an error in JSON, or an HTML page."""
    return _read_json(content, redactor) or ErrorBody(_read_text(content, redactor, is_page_only=True))


def _read_json(content: bytes, redactor: Redactor) -> ErrorBody | None:
    """Read a JSON body; return None if it is not JSON, or says nothing that is known here."""
    # Redacted only once it is parsed: a key that is short or escaped must not change what is read.
    try:
        return _read_value(parse_json(content), redactor) if len(content) <= _MAX_ERROR else None
    except (ValueError, RecursionError):
        return None


def _read_value(body: object, redactor: Redactor) -> ErrorBody | None:
    members = cast("Mapping[str, object]", body if isinstance(body, Mapping) else {"message": body})
    error = members.get("error")
    if isinstance(error, Mapping):
        members = cast("Mapping[str, object]", error)
        lines = (_line_of(members.get(name), redactor) for name in ("message", "type", "param", "code"))
        # The API's codes are names. LiteLLM gives the status as one, even if it lost the server during the call.
        return ErrorBody(*lines, is_api_error=not str(members.get("code")).isdecimal())
    # In turn: a bare string, FastAPI, problem details (RFC 9457), and what gateways call it.
    lines = (_line_of(members.get(name), redactor) for name in ("error", "detail", "message", "title", "errors"))
    if (message := next(filter(None, lines), None)) is None:
        return None
    return ErrorBody(message, _line_of(members.get("type"), redactor), code=_line_of(members.get("code"), redactor))


def _line_of(value: object, redactor: Redactor) -> str | None:
    """Return a JSON value as a bounded line; None for an empty one."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, list):
        value = "; ".join(_item(item) for item in cast("list[object]", value)[:10])
    return _line(value if isinstance(value, str) else json.dumps(value), redactor)


def _item(value: object) -> str:
    """Return one entry of FastAPI's list of what is wrong: where, and what."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, str) else json.dumps(value)
    entry = cast("Mapping[str, object]", value)
    place = entry.get("loc")
    where = ".".join(map(str, cast("list[object]", place))) if isinstance(place, list) else ""
    what = entry.get("msg", entry.get("message"))
    return ": ".join(part for part in (where, what) if isinstance(part, str) and part) or json.dumps(value)


def _read_text(content: bytes, redactor: Redactor, *, is_page_only: bool = False) -> str | None:
    """Return the title of an HTML page, or the words of another body that is not JSON, without markup."""
    # Redacted before it is cut, and again without markup, which may stand within a key.
    content = redactor.content(content[: 2 * _MAX_PROSE])[:_MAX_PROSE]
    text = content.decode(json.detect_encoding(content), "replace")
    if _HTML_PAGE.match(text):
        title = _TITLE.search(_NOT_OF_THE_HEAD.sub(" ", text))
        return (_line(_without_markup(title[1]), redactor) if title else None) or "an HTML page"
    if is_page_only:
        return None
    return _line(_without_markup(text) if text.lstrip().startswith("<") else text, redactor)


def _without_markup(text: str) -> str:
    from html import unescape  # with a table of 2,200 names, which only pages need

    return unescape(_HTML_NOISE.sub(" ", text))


def _line(text: str, redactor: Redactor) -> str | None:
    line = redactor.line(text)
    return (line if len(line) <= _MAX_MESSAGE else f"{line[: _MAX_MESSAGE - 1]}…") or None
