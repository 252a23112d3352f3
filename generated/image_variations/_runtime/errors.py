# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Every error that a call can raise. The class says what happened."""

from collections.abc import Mapping
from pathlib import Path, PurePath

from .attempt import Attempt, Billed


class ImageVariationsError(Exception):
    """The base of every error that this package raises.

    Attributes:
        attempts: Every attempt of the call, in order; empty if none was begun.
        billed: What the call can have cost: "no", "yes", or "unknown" if the server may have
            made the images but did not report success.
        request_id: The server's identifier of the request (`x-request-id`), if a response
            carried one. Quote it when you ask the server's operators for help.
        retry_after: Seconds after which the server asks to be called again, if it does.
        elapsed: Seconds from the call to the error.
        partial: The files that were saved before the error; they stay.
        unsaved: The bytes of images that came whole and could not be written, by their place among
            the response's items, from 0; `max_response_bytes` in all at most.
        content: The body of the success that the call was billed for, decoded and without the key:
            what of it arrived, or about the first 64 KB if it was streamed. Empty without one.
    """

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.attempts: tuple[Attempt, ...] = ()
        self.billed: Billed = "no"
        self.request_id = request_id
        self.retry_after: float | None = None
        self.elapsed = 0.0
        self.partial: tuple[Path, ...] = ()
        self.unsaved: Mapping[int, bytes] = {}
        self.content = b""

    @property
    def safe_to_resend(self) -> bool:
        """Whether calling again cannot be billed twice, which is so if `billed` is "no"."""
        return self.billed == "no"

    def __reduce__(self) -> tuple[object, ...]:
        # BaseException pickles as a call of its class with `args`, which not every `__init__` here takes.
        return _make_blank, (type(self),), {**self.__dict__, "args": self.args}


def _make_blank(error: type[ImageVariationsError]) -> ImageVariationsError:
    return error.__new__(error)


class ConfigurationError(ImageVariationsError, ValueError):
    """A setting cannot be used: a bad URL, a bad key, no key for a host that needs one, or a bad environment."""


class ClientStateError(ImageVariationsError, RuntimeError):
    """The client is closed, or belongs to another event loop."""


class InvalidRequestError(ImageVariationsError, ValueError):
    """Refused here, before anything was sent.

    Attributes:
        field: The argument at fault, by its name in the document.
        value: The value given; for anything but a plain value, such as a file, only its
            description.
        rule: What the document, or the wire, requires of it.
    """

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field}: {rule} (got {format_value(value)})")
        self.field = field
        self.value = _simplify(value)
        self.rule = rule


class CallTimeoutError(ImageVariationsError, TimeoutError):
    """The call exceeded its `timeout`, whatever it was doing."""

    def __init__(self, message: str, *, content: bytes = b"", request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.content = content


class TransportError(ImageVariationsError):
    """No usable response came, because of the connection to the server."""


class ConnectionFailedError(TransportError):
    """No complete request reached the server."""


class TLSError(ConnectionFailedError):
    """The server's certificate was not accepted, or TLS could not be agreed on."""


class ConnectionLostError(TransportError):
    """The request was sent whole, and then no usable status line came back."""


class StatusError(ImageVariationsError):
    """The server responded with a status other than 2xx.

    Attributes:
        status_code: The HTTP status.
        message: The server's own words, as far as its error body has them.
        type: The API's kind of error, such as `invalid_request_error`.
        param: The request field at fault, by the server's account.
        code: The API's name of the error, such as `invalid_api_key`.
        body: The body as far as it arrived, decoded and without the key; the first 64 KB if it
            was longer than `max_response_bytes`.
    """

    def __init__(
        self,
        text: str,
        *,
        status_code: int,
        message: str | None = None,
        type: str | None = None,  # noqa: A002  # the API's name for it
        param: str | None = None,
        code: str | None = None,
        body: bytes = b"",
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, request_id=request_id)
        self.status_code = status_code
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.body = body


class BadRequestError(StatusError):
    """400: the server refused the request as it is."""


class AuthenticationError(StatusError):
    """401: the key is missing, wrong, or expired."""


class PermissionDeniedError(StatusError):
    """403: the key is valid, but not allowed to do this."""


class NotFoundError(StatusError):
    """404: nothing is served at this address."""


class ConflictError(StatusError):
    """409: the request clashes with another."""


class PayloadTooLargeError(StatusError):
    """413: the image is larger than the server takes."""


class UnprocessableEntityError(StatusError):
    """422: the server understood the request and refuses its content."""


class RateLimitError(StatusError):
    """429: too many requests, or the account's quota is used up."""


class QuotaExceededError(RateLimitError):
    """429 because the account's quota is used up: waiting does not help."""


class ServerError(StatusError):
    """5xx: the server failed."""


class GatewayError(ServerError):
    """5xx without the API's own error body: something in front of the server responded."""


class RedirectError(StatusError):
    """3xx: calls follow no redirect, because the image and the key are meant for one host; downloads follow a few."""


class ResponseError(ImageVariationsError):
    """The server reported success, but the response cannot be used.

    Attributes:
        status_code: The HTTP status, a 2xx.
        message: The server's own words, if the response is an error body all the same.
        type: The API's kind of error, likewise.
        param: The request field at fault, likewise.
        code: The API's name of the error, likewise.
        content: The body that cannot be used, as far as it arrived, decoded and without the key;
            about the first 64 KB if it was streamed, or longer than `max_response_bytes`. If
            `fetch_image` or `save_images` downloaded something that is not an image: that.
    """

    def __init__(
        self,
        text: str,
        *,
        status_code: int,
        message: str | None = None,
        type: str | None = None,  # noqa: A002  # the API's name for it
        param: str | None = None,
        code: str | None = None,
        content: bytes = b"",
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, request_id=request_id)
        self.status_code = status_code
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.content = content


class SaveError(ImageVariationsError, OSError):
    """An image could not be written: `unsaved` has its bytes. The cause is the operating system's error."""


def _simplify(value: object) -> object:
    """Return what an error keeps of a value that it refuses: it is small, immutable and can be pickled.

    An enum's member, say, may be of a class that cannot: it is kept as the plain value that it is.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, PurePath):
        return Path(value)
    # By the base class's own methods: those of a class of the caller's may do anything.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    return float.__float__(value) if isinstance(value, float) else format_value(value)


def format_value(value: object) -> str:
    """Say what a value is in a bounded number of characters, and of file contents only their size."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    try:
        text = ascii(value) if isinstance(value, str) else repr(value)
    except Exception:  # a repr is the caller's code; and a giant number has none
        return f"a value of type {type(value).__name__}"
    if not text.isprintable():
        text = ascii(text)
    return text if len(text) <= 100 else f"{text[:97]}..."
