# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Scripts of faults, in the words of the retry policy."""

import json
import math
from collections import deque
from collections.abc import Mapping

from attrs import frozen


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
        cut: After how many bytes its body breaks off, or after half of it for 0, if it does.
    """

    words: str = ""
    refusal: OSError | None = None
    seconds: float = 0.0
    response: Response | None = None
    is_lost: bool = False
    cut: int | None = None


class Script:
    """The faults that the next requests meet, one each, in order. Requests after the last one meet none.

    `times` says how many requests meet a fault.
    """

    def __init__(self) -> None:
        self._faults: deque[Fault] = deque()

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
            status: The status.
            retry_after: Seconds for the header `Retry-After`.
            code: The API's name of the error, such as `insufficient_quota`.
            message: The API's words.
            headers: Further headers, such as `{"x-should-retry": "false"}`.
            times: How many requests are refused.
        """
        waits = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        lines = {"Content-Type": "application/json", **waits, **(headers or {})}
        response = Response(status, lines, error_body(status, message, code=code))
        self._add(Fault(f"fails({status})", response=response), times)

    def sends(
        self, status: int, body: object = b"", headers: Mapping[str, str] | None = None, *, times: int = 1
    ) -> None:
        """Send this response: a body that is neither bytes nor a string is sent as JSON.

        A status of 2xx is billed as the retry policy has it.
        """
        kind = "application/octet-stream" if isinstance(body, bytes) else "text/plain; charset=utf-8"
        if not isinstance(body, bytes | str):
            kind, body = "application/json", json.dumps(body)
        content = body if isinstance(body, bytes) else body.encode()
        response = Response(status, {**({"Content-Type": kind} if content else {}), **(headers or {})}, content)
        self._add(Fault(f"sends({status})", response=response), times)

    def hangs(self, *, times: int = 1) -> None:
        """Do what the request asks for, and never say so."""
        self._add(Fault("hangs()", seconds=math.inf), times)

    def is_slow(self, seconds: float, *, times: int = 1) -> None:
        """Do what the request asks for, and say so after so many seconds."""
        self._add(Fault(f"is_slow({seconds:g})", seconds=seconds), times)

    def cuts_off(self, *, after: int = 0, times: int = 1) -> None:
        """Do what the request asks for, and break off in the body of the response: after so many bytes, or halfway."""
        self._add(Fault("cuts_off()", cut=after), times)

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
        refusal = reason or ConnectionRefusedError("the connection is refused")
        self._add(Fault("refuses_connections()", refusal=refusal), times)

    def next_fault(self) -> Fault:
        """Return what the next request meets, and take it from the script."""
        return self._faults.popleft() if self._faults else Fault()

    @property
    def unused(self) -> list[str]:
        """The faults that no request has met yet."""
        return [fault.words for fault in self._faults]

    def _add(self, fault: Fault, times: int) -> None:
        self._faults.extend([fault] * times)


def error_body(status: int, message: str, param: str | None = None, code: str | None = None) -> bytes:
    """Return the API's own error body."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return json.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}}).encode()
