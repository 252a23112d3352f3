# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""From a response that is not a success, or not a usable one, to its error."""

import json
import re
from collections.abc import Mapping
from typing import cast

from attrs import frozen

from ..redaction import Redactor
from .json_text import parse_json

_LONGEST_MESSAGE = 500

_LONGEST_ERROR = 1024 * 1024
"""What is longer is not an error body: only its first words are looked at."""

_LONGEST_PROSE = 64 * 1024

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


@frozen
class ErrorBody:
    """What an error body says, in whatever shape it says it.

    Attributes:
        is_api_error: Whether it is the API's own `{"error": {...}}`.
    """

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    is_api_error: bool = False


def read_details(content: bytes, redactor: Redactor) -> ErrorBody:
    """Read the API's `{"error": {...}}`, or what other servers send in its place."""
    return _details_in_json(content, redactor) or ErrorBody(message=_prose(content, redactor))


def read_unusable(content: bytes, redactor: Redactor) -> ErrorBody:
    """Read what a success that cannot be used says in place of its result: an error in JSON, or an HTML page."""
    return _details_in_json(content, redactor) or ErrorBody(_page(content, redactor))


def _details_in_json(content: bytes, redactor: Redactor) -> ErrorBody | None:
    """What a JSON body says; nothing where it is not JSON, or says nothing that is known here."""
    # Redacted only once it is parsed: a key that is short or escaped must not change what is read.
    if len(content) > _LONGEST_ERROR:
        return None
    try:
        return _details_of(parse_json(content), redactor)
    except (ValueError, RecursionError):
        return None


def _details_of(body: object, redactor: Redactor) -> ErrorBody | None:
    if not isinstance(body, Mapping):
        message = _text(body, redactor)
        return ErrorBody(message) if message else None
    members = cast("Mapping[str, object]", body)
    error = members.get("error")
    if isinstance(error, Mapping):
        inner = cast("Mapping[str, object]", error)
        return ErrorBody(
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
    return ErrorBody(message, type=_text(members.get("type"), redactor), code=_text(members.get("code"), redactor))


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
