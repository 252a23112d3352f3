"""Scripts of faults, in the words of the retry policy."""

import json
import math
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

from attrs import frozen

from ..errors import ConfigurationError, format_value
from ..request.headers import merged
from ..settings import check_count


@frozen
class Response:
    """A response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether its status is a 2xx."""
        return 200 <= self.status < 300


@frozen
class Fault:
    """What a server does to one request.

    Attributes:
        words: How the script says it.
        refusal: Why no connection is made, if none is.
        seconds: How late the response is.
        response: The response in place of the document's.
        is_lost: Whether the response never comes.
        breaks_off: Whether its body breaks off.
        cut: After how many bytes it does, at the latest before the last one; None for halfway.
    """

    words: str = ""
    refusal: OSError | None = None
    seconds: float = 0.0
    response: Response | None = None
    is_lost: bool = False
    breaks_off: bool = False
    cut: int | None = None


class Script:
    """The faults that the next requests meet, one each, in order. Requests after the last one meet none.

    `times` says how many requests meet a fault. A line that no server could play raises a `ConfigurationError`.
    """

    def __init__(self) -> None:
        self._faults: deque[Fault] = deque()
        self._is_served = False

    @contextmanager
    def served(self) -> Generator[None]:
        """Refuse no connections while the context lasts: a socket accepts them by itself.

        Raises:
            ConfigurationError: The script has some refused.
        """
        self._check_refusals(*self._faults)
        self._is_served = True
        try:
            yield
        finally:
            self._is_served = False

    def fails(
        self,
        status: int,
        *,
        retry_after: float | None = None,
        code: str | None = None,
        message: str = "This was scripted.",
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Refuse with a status and the API's own error body. Nothing is done, and nothing billed.

        Args:
            status: The status, from 400 to 599.
            retry_after: Seconds for the header `Retry-After`.
            code: The API's name of the error, such as `insufficient_quota`.
            message: The API's words.
            headers: Further headers, such as `{"x-should-retry": "false"}`.
            times: How many requests are refused.
        """
        status = _checked_status(status, 400, 599, "; sends() sends any other")
        for name, value in (("message", message), ("code", code)):
            if value is not None and not isinstance(cast(object, value), str):
                raise ConfigurationError(f"{name} must be a string, not {format_value(value)}")
        waits = {} if retry_after is None else {"Retry-After": _header_of("retry_after", retry_after)}
        lines = merged({"Content-Type": "application/json"}, waits, _checked_headers(headers))
        response = Response(status, lines, error_body(status, message, code=code))
        self._add(Fault(f"fails({status})", response=response), times)

    def sends(
        self, status: int, body: object = b"", headers: Mapping[str, str] | None = None, *, times: int = 1
    ) -> None:
        """Send this response: a body that is neither bytes nor a string is sent as JSON, and so is a model.

        A status of 2xx is billed as the retry policy has it.
        """
        status = _checked_status(status, 200, 999, "")
        kind, content = _written(body)
        lines = merged({"Content-Type": kind} if content else {}, _checked_headers(headers))
        self._add(Fault(f"sends({status})", response=Response(status, lines, content)), times)

    def hangs(self, *, times: int = 1) -> None:
        """Do what the request asks for, and never say so."""
        self._add(Fault("hangs()", seconds=math.inf), times)

    def is_slow(self, seconds: float, *, times: int = 1) -> None:
        """Do what the request asks for, and say so after so many seconds."""
        _check_seconds("seconds", seconds)
        self._add(Fault(f"is_slow({seconds:g})", seconds=seconds), times)

    def cuts_off(self, *, after: int | None = None, times: int = 1) -> None:
        """Do what the request asks for, and break off in the body of the response.

        Args:
            after: After how many bytes, at the latest before the last one; by default halfway.
            times: How many responses break off.
        """
        if after is not None:
            check_count("after", after, 0)
        self._add(Fault("cuts_off()", breaks_off=True, cut=after), times)

    def loses_the_response(self, *, times: int = 1) -> None:
        """Do what the request asks for, and close the connection without a response."""
        self._add(Fault("loses_the_response()", is_lost=True), times)

    def refuses_connections(self, reason: OSError | None = None, *, times: int = 1) -> None:
        """Let no request arrive.

        Args:
            reason: Why. A `socket.gaierror(socket.EAI_NONAME, "")` is a host that does not exist,
                and an `ssl.SSLCertVerificationError()` one that is not trusted.
            times: How many connections are refused.
        """
        refusal = ConnectionRefusedError("the connection is refused") if reason is None else reason
        if not isinstance(cast(object, refusal), OSError):
            raise ConfigurationError(f"reason must be an OSError, not {format_value(refusal)}")
        fault = Fault("refuses_connections()", refusal=refusal)
        if self._is_served:
            self._check_refusals(fault)
        self._add(fault, times)

    def next_fault(self) -> Fault:
        """Return what the next request meets, and take it from the script."""
        return self._faults.popleft() if self._faults else Fault()

    @property
    def unused(self) -> list[str]:
        """The faults that no request has met yet."""
        return [fault.words for fault in self._faults]

    def _check_refusals(self, *faults: Fault) -> None:
        if any(fault.refusal for fault in faults):
            raise ConfigurationError(
                "a server that is there cannot refuse connections: pass the fake as a transport instead"
            )

    def _add(self, fault: Fault, times: int) -> None:
        check_count("times", times, 1)  # none would be a fault that a test believes in and nobody meets
        self._faults.extend([fault] * times)


def error_body(status: int, message: str, param: str | None = None, code: str | None = None) -> bytes:
    """Return the API's own error body."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return json.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}}).encode()


def _checked_status(status: int, lowest: int, highest: int, else_what: str) -> int:
    if not isinstance(cast(object, status), int) or isinstance(status, bool) or not lowest <= status <= highest:
        shown = format_value(status)
        raise ConfigurationError(f"status must be a number from {lowest} to {highest}, not {shown}{else_what}")
    return int(status)  # an HTTPStatus is one, too


def _check_seconds(name: str, seconds: float) -> None:
    if isinstance(seconds, bool) or not isinstance(cast(object, seconds), int | float) or not seconds >= 0:
        raise ConfigurationError(f"{name} must be a number of seconds of at least 0, not {format_value(seconds)}")


def _header_of(name: str, seconds: float) -> str:
    """Write seconds as servers do: without an exponent, and without a fraction if there is none."""
    _check_seconds(name, seconds)
    if math.isinf(seconds):
        raise ConfigurationError(f"{name} must be a number of seconds that a header can say, not inf")
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _checked_headers(headers: Mapping[str, str] | None) -> Mapping[str, str]:
    if headers is not None and not isinstance(cast(object, headers), Mapping):
        raise ConfigurationError("headers must be a mapping")
    for name, value in (headers or {}).items():
        if not all(isinstance(cast(object, part), str) and part.isprintable() for part in (name, value)):
            raise ConfigurationError(f"the header {name!r} must be a string of one line, not {format_value(value)}")
    return headers or {}


def _written(body: object) -> tuple[str, bytes]:
    """Return the media type and the bytes of a body.

    Raises:
        ConfigurationError: It is no bytes, no string, and nothing that JSON can say.
    """
    if isinstance(body, str):
        return "text/plain; charset=utf-8", body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return "application/octet-stream", bytes(cast("bytes | bytearray | memoryview[int]", body))
    try:
        return "application/json", json.dumps(body, default=_to_dict, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"body must be bytes, a string, or what JSON can say: {error}") from None


def _to_dict(value: object) -> object:
    to_dict = getattr(value, "to_dict", None)
    if not callable(to_dict):
        raise TypeError(f"{format_value(value)} is none of these")
    return to_dict()
