"""Keeping the key out of everything that is kept, shown or logged, also where a server sends it back."""

import html
import logging
import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from itertools import chain
from typing import cast

import httpx

_MASK = "***"

_MIN_SECRET = 4
"""What is shorter keeps no secret, and would be found within words that have nothing to do with it."""

_PACKAGE = __name__.removesuffix("._runtime.redaction")

_LOGGERS = (
    _PACKAGE,
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    *(f"hpack.{part}" for part in ("hpack", "table")),
)
"""Who logs what servers send: status lines, and at DEBUG level headers; hpack those of requests too."""

_MAX_URL = 200

_PRIVATE_PARTS = re.compile(r"(?<=//)[^/?#]*@|[?#].*", re.DOTALL)
"""A URL's user part, and its query and fragment, which may be signed."""

_USER_PART = re.compile(r"(?<=://)[^/?#\s'\"]*@")

_QUERY_VALUE = re.compile(r"([?&][^=&\s'\"]*=)([^&#\s'\"]*)")
"""What of a URL within a text may be secret."""

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"})
"""Headers that carry secrets of the caller's own."""

_IS_PLAIN = re.compile(r"true|false|[\d.:-]{1,10}(?:-preview)?")
"""A flag, a number or a date, as Azure's `api-version` is: masked, it would only take the sense out of messages."""

_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""White space, and what in a log could forge a line or command a terminal."""

_UNWRITABLE = re.compile(r"[\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Lone surrogates, which JSON can escape and no stream can write, and what reverses the text that follows."""

_ESCAPED = re.compile(r"\W+", re.ASCII)
"""What URLs, JSON or HTML may escape."""

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

_current: ContextVar["Redactor | None"] = ContextVar("redactor", default=None)


class Redactor:
    """Replaces secrets by a mask, also where a server escapes some of their characters."""

    def __init__(self, *secrets: str | None) -> None:
        found = {secret for secret in secrets if secret and len(secret) >= _MIN_SECRET}
        found |= {secret.lower() for secret in found}  # as the names of headers are read
        longest_first = sorted(found, key=len, reverse=True)
        self._secrets = {secret: _longest_part(secret).encode() for secret in longest_first}

    def __repr__(self) -> str:
        return "Redactor()"

    def with_secrets(self, secrets: Sequence[str]) -> "Redactor":
        """Return a redactor that replaces others, too."""
        return Redactor(*self._secrets, *secrets) if secrets else self

    def text(self, text: str) -> str:
        """Return the text without the secrets."""
        return self.content(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def line(self, text: str) -> str:
        """Return a text of the server's as one line that can be shown and logged, without the secrets."""
        return _line(self.text(text))

    def content(self, content: bytes) -> bytes:
        """Return the bytes without the secrets."""
        encodings = _ENCODINGS if b"\0" in content else ("utf-8",)
        for secret, part in self._secrets.items():
            for encoding in encodings:
                content = content.replace(secret.encode(encoding), _MASK.encode(encoding))
            if part in content:
                content = re.sub(_spellings(secret).encode(), _MASK.encode(), content)
        return content

    def headers(self, headers: httpx.Headers) -> httpx.Headers:
        """Return the headers without the secrets."""
        # All at once first: headers that hold no secret, as nearly all do, are returned as they are.
        block = b"\n".join(chain.from_iterable(headers.raw))
        if self.content(block) == block:
            return headers
        # As bytes: servers send what is not ASCII, and httpx reads that, but does not write it.
        return httpx.Headers([(self.content(name), self.content(value)) for name, value in headers.raw])

    def cause(self, error: BaseException) -> BaseException | None:
        """Return the exception, unless it or one behind it says a secret: then it must not be shown as a cause."""
        return None if any(map(self._is_said_by, chain_of(error))) else error

    def over_logs(self) -> "_OverLogs":
        """Keep the secrets out of the logs of httpx and httpcore while the context lasts."""
        return _OverLogs(self)

    def _is_said_by(self, error: BaseException) -> bool:
        said = (str(error), repr(error), *map(repr, vars(error).values()))  # its notes, and a request with its URL
        return any(self.text(text) != text for text in said)


def _longest_part(secret: str) -> str:
    """Return the longest part that nothing escapes. A text without it does not hold the secret."""
    return max(_ESCAPED.split(secret), key=len)


def _spellings(secret: str) -> str:
    """Return a pattern of a secret with each character as it is, or escaped as in URLs, JSON or HTML."""
    return "".join(_spelling(character) if _ESCAPED.match(character) else character for character in secret)


def _spelling(character: str) -> str:
    number = ord(character)
    in_url = "".join(f"%(?:25)*{byte:02x}" for byte in character.encode())  # it may be within another URL
    in_html = f"{re.escape(html.escape(character))}|&#0*{number};|&#x0*{number:x};"
    return rf"(?i:\\*(?:{re.escape(character)}|u{number:04x})|{in_url}|{in_html})"


class _OverLogs:
    """The context of `over_logs`. A generator's would take four times as long."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __enter__(self) -> None:
        self._token = _current.set(self._redactor)

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._token)


def _line(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", _UNPRINTABLE.sub(" ", text).strip())


def public_url(url: str) -> str:
    """Return a URL, or what stands in the place of one, as a bounded line without its user part and its query.

    Of a `data:` URL only what precedes its data is left.
    """
    if url[:5].lower() == "data:":
        url = f"{url.partition(',')[0]},…"
    line = _line(_PRIVATE_PARTS.sub("", url))
    return line if len(line) <= _MAX_URL else f"{line[: _MAX_URL - 1]}…"


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


def chain_of(error: BaseException, handled: BaseException | None = None) -> list[BaseException]:
    """Return an exception and all that stand behind it, but none that was handled already when it was raised."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and link is not handled and not any(link is known for known in chain):
            chain.append(link)
            waiting += (link.__cause__, link.__context__)
            if isinstance(link, BaseExceptionGroup):
                waiting += cast("BaseExceptionGroup[BaseException]", link).exceptions
    return chain


def _mask_value(found: re.Match[str]) -> str:
    return found[0] if _IS_PLAIN.fullmatch(found[2]) else f"{found[1]}{_MASK}"


def _redact(record: logging.LogRecord) -> bool:
    redactor = _current.get()
    if redactor is not None:
        message = record.getMessage()
        redacted = _QUERY_VALUE.sub(_mask_value, _USER_PART.sub("", redactor.text(message)))
        if redacted != message:
            record.msg, record.args = redacted, None
    return True


def guard_logs() -> None:
    """Have the logs of httpx and httpcore redacted within this package's calls. Doing it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_redact)
