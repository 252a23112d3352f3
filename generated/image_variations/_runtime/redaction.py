# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Keeping the key out of everything that is kept, shown or logged, also where a server sends it back."""

import logging
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import cast

import httpx

_MASK = "***"

_SHORTEST_SECRET = 4
"""What is shorter keeps no secret, and would be found within words that have nothing to do with it."""

_LONGEST_UNESCAPED = 256 * 1024
"""In a longer body a key is looked for as it is, but not in other spellings: that takes a second for some megabytes."""

_PACKAGE = __name__.removesuffix("._runtime.redaction")

_LOGGERS = (
    _PACKAGE,
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    *(f"hpack.{part}" for part in ("hpack", "table")),
)
"""Who logs what servers send: status lines, and at DEBUG level headers; hpack those of requests too."""

_LONGEST_URL = 200

_PRIVATE_PARTS = re.compile(r"(?<=//)[^/?#]*@|[?#].*", re.DOTALL)
"""A URL's user part, and its query and fragment, which may be signed."""

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"})
"""Headers that carry secrets of the caller's own."""

_IS_PLAIN = re.compile(r"true|false|[\d.:-]{1,10}(?:-preview)?")
"""A flag, a number or a date, as Azure's `api-version` is: masked, it would only take the sense out of messages."""

_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""White space, and what in a log could forge a line or command a terminal."""

_UNWRITABLE = re.compile(r"[\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Lone surrogates, which JSON can escape and no stream can write, and what reverses the text that follows."""

_ESCAPE = re.compile(
    r"""
    %(?:25){0,4}([0-9A-Fa-f]{2})             # of a URL, which may be within another
    | \\{1,8}u00([0-9A-Fa-f]{2})             # of JSON, which may be within a text that is shown with escapes
    | &\#[xX]0{0,5}([0-9A-Fa-f]{2});         # of HTML
    | &\#0{0,5}([0-9]{2,3});
    | &(amp|lt|gt|quot|apos);
    | \\{1,8}(["'/\\])
    """,
    re.VERBOSE,
)

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

_current: ContextVar["Redactor | None"] = ContextVar("redactor", default=None)


class Redactor:
    """Replaces secrets by a mask, however a server spells them: in URLs, JSON or HTML some characters are escaped."""

    def __init__(self, *secrets: str | None) -> None:
        found = {secret for secret in secrets if secret and len(secret) >= _SHORTEST_SECRET}
        self._secrets = sorted(found, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Redactor()"

    def text(self, text: str) -> str:
        """Return the text without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return self._without_escaped(text)

    def line(self, text: str) -> str:
        """Return a text of the server's as one line that can be shown and logged, without the secrets."""
        return _UNWRITABLE.sub("\ufffd", _UNPRINTABLE.sub(" ", self.text(text)).strip())

    def content(self, content: bytes) -> bytes:
        """Return the bytes without the secrets."""
        for secret in self._secrets:
            for encoding in _ENCODINGS if b"\0" in content else ("utf-8",):
                content = content.replace(secret.encode(encoding), _MASK.encode(encoding))
        if not self._secrets or len(content) > _LONGEST_UNESCAPED:
            return content
        text = content.decode("latin-1")
        redacted = self._without_escaped(text)
        return content if redacted == text else redacted.encode("latin-1")

    def headers(self, headers: httpx.Headers) -> httpx.Headers:
        """Return the headers without the secrets."""
        # All at once first: headers that hold no secret, as nearly all do, are returned as they are.
        if self._is_clean(b"\n".join(part for header in headers.raw for part in header)):
            return headers
        # As bytes: servers send what is not ASCII, and httpx reads that, but does not write it.
        return httpx.Headers([(self._name(name), self.content(value)) for name, value in headers.raw])

    def cause(self, error: BaseException) -> BaseException | None:
        """Return the exception, unless it or one behind it says a secret: then it must not be shown as a cause."""
        return None if any(self._is_said_by(link) for link in _links(error)) else error

    def over_logs(self) -> "_OverLogs":
        """Keep the secrets out of the logs of httpx and httpcore while the context lasts."""
        return _OverLogs(self)

    def _is_clean(self, block: bytes) -> bool:
        is_short = len(block) <= _LONGEST_UNESCAPED
        return is_short and self._name(block) == block and self.content(block) == block

    def _name(self, name: bytes) -> bytes:
        """Return a header's name, which is the same in any case."""
        for secret in self._secrets:
            if secret.lower().encode() in name.lower():
                name = name.lower().replace(secret.lower().encode(), _MASK.encode())
        return name

    def _is_said_by(self, error: BaseException) -> bool:
        notes: list[object] = getattr(error, "__notes__", [])
        return any(self.text(text) != text for text in (str(error), repr(error), *map(str, notes)))

    def _without_escaped(self, text: str) -> str:
        if not self._secrets or not _ESCAPE.search(text):
            return text
        for secret in self._secrets:
            # Some keys look like escapes themselves: then a server has escaped those or has not.
            for spelling in {secret, _Unescaped(secret).text}:
                text = _Unescaped(text).without(spelling)
        return text


class _OverLogs:
    """The context of `over_logs`, which each piece of a body enters: a generator's would take four times as long."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __enter__(self) -> None:
        self._token = _current.set(self._redactor)

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._token)


class _Unescaped:
    """A text without its escapes, and where each of its characters was."""

    def __init__(self, original: str) -> None:
        self._original = original
        self._starts, self._origins = [0], [0]  # of the stretches that were taken over as they are
        pieces: list[str] = []
        size = end = 0
        for escape in _ESCAPE.finditer(original):
            character = _character(escape)
            pieces += (original[end : escape.start()], character)
            size += escape.start() - end
            self._starts += (size, size + len(character))
            self._origins += (escape.start(), escape.end())
            size += len(character)
            end = escape.end()
        self.text = "".join([*pieces, original[end:]])

    def without(self, secret: str) -> str:
        """Return the original text with a mask in place of a secret."""
        pieces: list[str] = []
        end = 0
        start = self.text.find(secret)
        while start >= 0:
            pieces += (self._original[end : self._origin(start)], _MASK)
            end = self._origin(start + len(secret))
            start = self.text.find(secret, start + len(secret))
        return "".join([*pieces, self._original[end:]])

    def _origin(self, index: int) -> int:
        stretch = bisect_right(self._starts, index) - 1
        return self._origins[stretch] + index - self._starts[stretch]


def _character(escape: re.Match[str]) -> str:
    """Return what an escape stands for."""
    in_url, in_json, in_html, in_html_decimal, named, escaped = escape.groups()
    if escaped:
        return str(escaped)
    if named:
        return _NAMED[named]
    return chr(int(in_html_decimal)) if in_html_decimal else chr(int(in_url or in_json or in_html, 16))


def public_url(url: str) -> str:
    """Return a URL, or what stands in the place of one, as a bounded line without its user part and its query.

    Of a `data:` URL only what precedes its data is left.
    """
    if url[:5].lower() == "data:":
        url = f"{url.partition(',')[0]},…"
    line = _UNWRITABLE.sub("\ufffd", _UNPRINTABLE.sub(" ", _PRIVATE_PARTS.sub("", url)).strip())
    return line if len(line) <= _LONGEST_URL else f"{line[: _LONGEST_URL - 1]}…"


def without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that carry no secret: those that may go to another server."""
    return {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}


def secrets_in(headers: Mapping[str, str]) -> list[str]:
    """Return the secrets of the caller's own that headers carry: `X` of `Authorization: Bearer X`."""
    values = [value for name, value in headers.items() if name.lower() in _CREDENTIALS]
    return [value.partition(" ")[2] or value for value in values]


def secrets_of(query: Sequence[tuple[str, str]]) -> list[str]:
    """Return the values of a query that may be secret, as signatures are, in each form in which a URL is logged."""
    values = [value for _, value in query if not _IS_PLAIN.fullmatch(value)]
    return [spelling for value in values for spelling in {value, value.replace(" ", "+")}]


def _links(error: BaseException) -> list[BaseException]:
    """Return an exception and all that stand behind it."""
    links: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and not any(link is known for known in links):
            links.append(link)
            waiting += (link.__cause__, link.__context__)
            if isinstance(link, BaseExceptionGroup):
                waiting += cast("BaseExceptionGroup[BaseException]", link).exceptions
    return links


def _redact(record: logging.LogRecord) -> bool:
    redactor = _current.get()
    if redactor is not None:
        message = record.getMessage()
        redacted = redactor.text(message)
        if redacted != message:
            record.msg, record.args = redacted, None
    return True


def guard_logs() -> None:
    """Have the logs of httpx and httpcore redacted within this package's calls. Doing it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_redact)
