"""Keeping the key out of everything that is kept, shown or logged, also where a server sends it back."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

_MASK = "***"

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")
"""Where httpx and httpcore log what servers send: status lines, and at DEBUG level headers."""

_current: ContextVar["Redactor | None"] = ContextVar("redactor", default=None)


class Redactor:
    """Replaces one key by a mask."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Redactor()"

    def text(self, text: str) -> str:
        """The text without the key."""
        return text.replace(self._key, _MASK) if self._key else text

    def content(self, content: bytes) -> bytes:
        """The bytes without the key."""
        return content.replace(self._key.encode(), _MASK.encode()) if self._key else content

    def headers(self, headers: httpx.Headers) -> httpx.Headers:
        """The headers without the key."""
        return httpx.Headers([(self.text(name), self.text(value)) for name, value in headers.multi_items()])

    def cause(self, error: BaseException) -> BaseException | None:
        """The exception, unless it or one behind it says the key: then it must not be shown as a cause."""
        link: BaseException | None = error
        while link is not None:
            if self._key and (self._key in str(link) or self._key in repr(link)):
                return None
            link = link.__cause__ or link.__context__
        return error

    @contextmanager
    def over_logs(self) -> Generator[None]:
        """Keep the key out of the logs of httpx and httpcore while the context lasts."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


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
