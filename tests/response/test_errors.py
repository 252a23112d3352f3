"""Errors: one typed, bounded, picklable exception for everything that can go wrong."""

import copy
import json
import logging
import pickle
import time
from collections.abc import AsyncIterator
from enum import Enum, IntEnum
from pathlib import Path

import httpx
import pytest
from image_variations import (
    AuthenticationError,
    BadRequestError,
    CallTimeoutError,
    Client,
    ClientStateError,
    ConfigurationError,
    ConflictError,
    GatewayError,
    ImageVariationsError,
    InvalidRequestError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    RedirectError,
    ResponseError,
    ServerError,
    StatusError,
    UnprocessableEntityError,
    create_image_variation,
    create_image_variation_detailed,
    errors,
)
from image_variations._runtime.attempt import Attempt, Outcome
from image_variations._runtime.redaction import Redactor
from image_variations._runtime.response.error_bodies import read_details

from tests.support.server import ScriptedServer

API_ERROR = {"error": {"message": "No.", "type": "invalid_request_error", "param": "n", "code": "bad_n"}}

STATUS_ERRORS: list[tuple[int, type[StatusError]]] = [
    (400, BadRequestError),
    (401, AuthenticationError),
    (403, PermissionDeniedError),
    (404, NotFoundError),
    (409, ConflictError),
    (413, PayloadTooLargeError),
    (422, UnprocessableEntityError),
    (429, RateLimitError),
    (500, ServerError),
    (503, ServerError),
    (599, ServerError),
    (301, RedirectError),
    (402, StatusError),
    (405, StatusError),
    (408, StatusError),
    (418, StatusError),
    (499, StatusError),
    (600, StatusError),
    (799, StatusError),
]


@pytest.fixture
async def client(scripted: ScriptedServer) -> AsyncIterator[Client]:
    """A client of the scripted server, which tries once."""
    async with Client(base_url=scripted.base_url, api_key="sk-of-the-errors", max_retries=0) as open_client:
        yield open_client


async def failure(client: Client, png: bytes) -> StatusError:
    """The error of a call that is answered with another status than a success."""
    with pytest.raises(StatusError) as error:
        await create_image_variation(client, image=png)
    return error.value


# The hierarchy.

ALL = [
    error
    for error in (getattr(errors, name) for name in errors.__all__)
    if isinstance(error, type) and issubclass(error, ImageVariationsError)
]


def test_the_hierarchy_is_the_documented_one() -> None:
    """What is caught by which class is part of the interface."""
    parents = {error.__name__: error.__bases__[0].__name__ for error in ALL}
    documented = {
        "ImageVariationsError": "Exception",
        "ConfigurationError": "ImageVariationsError",
        "ClientStateError": "ImageVariationsError",
        "InvalidRequestError": "ImageVariationsError",
        "CallTimeoutError": "ImageVariationsError",
        "TransportError": "ImageVariationsError",
        "ConnectionFailedError": "TransportError",
        "TLSError": "ConnectionFailedError",
        "ConnectionLostError": "TransportError",
        "StatusError": "ImageVariationsError",
        "BadRequestError": "StatusError",
        "AuthenticationError": "StatusError",
        "PermissionDeniedError": "StatusError",
        "NotFoundError": "StatusError",
        "ConflictError": "StatusError",
        "PayloadTooLargeError": "StatusError",
        "UnprocessableEntityError": "StatusError",
        "RateLimitError": "StatusError",
        "QuotaExceededError": "RateLimitError",
        "ServerError": "StatusError",
        "GatewayError": "ServerError",
        "RedirectError": "StatusError",
        "ResponseError": "ImageVariationsError",
    }
    assert {name: parents[name] for name in documented} == documented


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ConfigurationError, ValueError),
        (InvalidRequestError, ValueError),
        (ClientStateError, RuntimeError),
        (CallTimeoutError, TimeoutError),
    ],
)
def test_some_errors_are_pythons_own_too(error: type[Exception], builtin: type[Exception]) -> None:
    """A caller that knows nothing of this package catches what it expects of a bad value or a timeout."""
    assert issubclass(error, builtin)


# Rows 24, 26, 30, 32 and 34 of the fault matrix.


@pytest.mark.parametrize(("status", "kind"), STATUS_ERRORS)
async def test_each_status_has_its_error(
    scripted: ScriptedServer, client: Client, png: bytes, status: int, kind: type[StatusError]
) -> None:
    """The class says what happened; the attributes are the API's own words; the request is sent once."""
    scripted.respond(status, API_ERROR, {"X-Request-Id": "req_1"})
    error = await failure(client, png)
    assert type(error) is kind
    assert (error.status_code, error.request_id) == (status, "req_1")
    assert (error.message, error.type, error.param, error.code) == ("No.", "invalid_request_error", "n", "bad_n")
    assert error.body == json.dumps(API_ERROR).encode()
    assert str(error).startswith(f"HTTP {status}: No.")
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_refusal_costs_nothing(scripted: ScriptedServer, client: Client, png: bytes, status: int) -> None:
    """A client's mistake is answered before anything is drawn."""
    scripted.respond(status)
    error = await failure(client, png)
    assert (error.billed, error.safe_to_resend, error.body, error.message) == ("no", True, b"", None)


@pytest.mark.parametrize("member", ["type", "code"])
@pytest.mark.parametrize("said", ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"])
async def test_an_exhausted_quota_has_an_error_of_its_own(
    scripted: ScriptedServer, client: Client, png: bytes, member: str, said: str
) -> None:
    """Waiting does not help, so a 429 of this kind is told from the others, and not repeated."""
    scripted.respond(429, {"error": {"message": "You exceeded your quota.", member: said}})
    async with Client(base_url=scripted.base_url) as patient:
        error = await failure(patient, png)
    assert type(error) is QuotaExceededError
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524, 529])
@pytest.mark.parametrize(
    "body",
    [b"", b"<html><title>Bad gateway</title></html>", b"upstream error", b'{"detail": "no"}', b'{"error": "no"}'],
)
async def test_a_failure_without_the_apis_own_error_body_is_a_gateways(
    scripted: ScriptedServer, client: Client, png: bytes, status: int, body: bytes
) -> None:
    """What stands in front of a server does not know what the server did."""
    scripted.respond(status, body)
    assert type(await failure(client, png)) is GatewayError


@pytest.mark.parametrize("code", ["500", 500])
async def test_a_gateway_that_imitates_the_apis_error_body_is_told_by_its_code(
    scripted: ScriptedServer, png: bytes, code: object
) -> None:
    """LiteLLM sends this if it loses the server during a call, which may be paid for: it is not sent again."""
    words = {"message": "Server disconnected", "type": "internal_server_error", "param": None, "code": code}
    scripted.respond(500, {"error": words})
    async with Client(base_url=scripted.base_url) as patient:
        error = await failure(patient, png)
    assert (type(error), error.billed, error.code) == (GatewayError, "unknown", "500")
    assert len(scripted.requests) == 1


BODIES: list[tuple[str, bytes | str | object, tuple[str | None, str | None, str | None, str | None]]] = [
    # What was seen: the API's own, in part; a text; FastAPI's; what gateways call it; problem details.
    ("no param, no code", {"error": {"message": "No.", "type": "t"}}, ("No.", "t", None, None)),
    ("digits", {"error": {"message": "No.", "code": "400"}}, ("No.", None, None, "400")),
    ("a number for a code", {"error": {"message": "No.", "code": 400}}, ("No.", None, None, "400")),
    ("an empty param", {"error": {"message": "No.", "param": ""}}, ("No.", None, None, None)),
    ("nothing in it", {"error": {}}, (None, None, None, None)),
    ("a text", {"error": "No."}, ("No.", None, None, None)),
    ("detail", {"detail": "No."}, ("No.", None, None, None)),
    (
        "a list of details",
        {"detail": [{"loc": ["body", "n"], "msg": "too many", "type": "x"}, {"loc": ["body", 0], "msg": "bad"}]},
        ("body.n: too many; body.0: bad", None, None, None),
    ),
    ("a list of texts", {"detail": ["No.", "Never."]}, ("No.; Never.", None, None, None)),
    ("status and message", {"status": "error", "message": "No."}, ("No.", None, None, None)),
    ("message and code", {"code": 7003, "message": "No.", "type": "t"}, ("No.", "t", None, "7003")),
    ("a list of errors", {"success": False, "errors": [{"message": "No."}]}, ("No.", None, None, None)),
    (
        "problem details",
        {"type": "https://example.com/no", "title": "No.", "status": 400, "detail": "Really not."},
        ("Really not.", "https://example.com/no", None, None),
    ),
    ("a title alone", {"title": "No.", "status": 400}, ("No.", None, None, None)),
    ("an error that is null", {"error": None, "message": "No."}, ("No.", None, None, None)),
    ("an object in place of a text", {"detail": {"a": 1}}, ('{"a": 1}', None, None, None)),
    ("members unheard of", {"oops": "No."}, ('{"oops": "No."}', None, None, None)),
    ("a JSON text", '"No."', ("No.", None, None, None)),
    ("an empty list", "[]", ("[]", None, None, None)),
    ("plain text", "No.\r\n  Never.\r\n", ("No. Never.", None, None, None)),
    (
        "HTML",
        "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>h1 {color: red}</style>"
        "<script>alert('<b>')</script></head><body><!-- <i>no</i> --><h1>Bad&nbsp;Gateway</h1></body></html>",
        ("502 Bad Gateway", None, None, None),
    ),
    (
        "HTML whose title comes late",
        " <!-- <title>no</title> -->\n<HTML lang=en><HEAD><meta charset=utf-8>"
        "<TITLE class=x>Sign&nbsp;in\n &lt;here&gt;</TITLE></HEAD>"
        "<BODY>Launch Model <svg><title>Logo</title></svg></BODY></HTML>",
        ("Sign in <here>", None, None, None),
    ),
    (
        "HTML without a title",
        "<!doctype html><html><head><title> </title></head><body><nav>Launch Model</nav><title>no</title></body>",
        ("an HTML page", None, None, None),
    ),
    (
        "HTML without a title, in another order",
        "<?xml version='1.0'?>\n<html lang=en>\n<!-- 1 -->\n<body class=x><nav>Launch Model</nav></body></html>",
        ("an HTML page", None, None, None),
    ),
    ("words in HTML", "<html><p>Bad gateway</p></html>", ("Bad gateway", None, None, None)),
    ("a fragment of HTML", "<h1>Bad</h1>\n<p>Gateway</p>", ("Bad Gateway", None, None, None)),
    (
        "XML",
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>expired</Message></Error>",
        ("AccessDenied expired", None, None, None),
    ),
    ("nothing", b"", (None, None, None, None)),
    ("white space", b" \r\n", (None, None, None, None)),
    ("UTF-16", json.dumps({"error": {"message": "No."}}).encode("utf-16"), ("No.", None, None, None)),
    ("a byte order mark", b'\xef\xbb\xbf{"error": {"message": "No."}}', ("No.", None, None, None)),
    ("bytes that are no text", b"\xfa\xfb\xfc", ("\ufffd\ufffd\ufffd", None, None, None)),
]


@pytest.mark.parametrize(("body", "details"), [pytest.param(*row[1:], id=row[0]) for row in BODIES])
async def test_an_error_body_is_read_in_whatever_shape_it_comes(
    scripted: ScriptedServer,
    client: Client,
    png: bytes,
    body: bytes | str | object,
    details: tuple[str | None, str | None, str | None, str | None],
) -> None:
    """`message`, `type`, `param` and `code` are what the server says, as far as it says it."""
    scripted.respond(400, body)
    error = await failure(client, png)
    assert type(error) is BadRequestError
    assert (error.message, error.type, error.param, error.code) == details
    assert str(error) == (f"HTTP 400: {details[0]}" if details[0] else "HTTP 400")


LONG: dict[str, bytes] = {
    "HTML": b"<html><body>" + b"<p>Service unavailable</p>" * 2000 + b"</body></html>",
    "HTML that never closes": b"<" * 200_000,
    "scripts that never close": b"<script" * 30_000,
    "comments that never close": b"<!--" * 50_000,
    "tags that never close": b"<a href=" * 30_000,
    "titles that never close": b"<html>" + b"<title " * 30_000,
    "a long title": b"<html><title>" + b"x" * 50_000,
    "comments before a page": b"<!-- -->" * 30_000,
    "text": b"x" * 50_000,
    "a long message": json.dumps(
        {"error": {"message": "x" * 50_000, "type": "y" * 50_000, "code": ["z" * 600]}}
    ).encode(),
    "many details": json.dumps({"detail": [{"loc": ["body"] * 50, "msg": "x" * 50}] * 1000}).encode(),
    "deep nesting": b"[" * 200_000,
    "deep nesting in a message": b'{"error": {"message": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "more than an error is": b'{"error": {"message": "' + b"x" * 2_000_000 + b'"}}',
    "escapes": b"\\" * 200_000,
    "percent signs": b"%" * 200_000,
    "entities": b"&#000000" * 25_000,
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG.keys())
async def test_a_message_is_of_bounded_length(
    scripted: ScriptedServer, client: Client, png: bytes, body: bytes
) -> None:
    """50 KB of anything give an error that fits on a screen, soon, and has the whole body."""
    scripted.respond(500, body)
    start = time.process_time()
    error = await failure(client, png)
    assert time.process_time() - start < 2
    assert isinstance(error, ServerError)
    assert error.body == body
    assert len(str(error)) < 600
    assert all(len(text) <= 500 for text in (error.message, error.type, error.code) if text)


def test_nesting_of_any_depth_is_read_or_is_not() -> None:
    """At the depth at which Python gives up reading, showing or comparing a value, the error is made all the same."""
    for depth in range(0, 1100, 2):
        nested = b"[" * depth + b"]" * depth
        for body in (b'{"error": {"message": %b}}', b'{"detail": [%b, {"msg": %b}]}', b"%b"):
            message = read_details(body.replace(b"%b", nested), Redactor()).message
            assert message is None or len(message) <= 500


def test_what_is_too_long_for_an_error_is_not_parsed() -> None:
    """Of two megabytes the first words are the message, and they are not taken for the API's own."""
    details = read_details(b'{"error": {"message": "' + b"x" * 2_000_000 + b'"}}', Redactor())
    assert not details.is_api_error
    assert (details.message or "").startswith('{"error": {"message": "xxx')


@pytest.mark.parametrize(
    "message",
    [
        "a\nERROR forged line",
        "a\r\nb",
        "\x1b[2J\x1b[31mred",
        "a\x00b",
        "a\u2028b\x85c",
        "\ud800",
        "\udc00\ud800 x",
        "a\tb",
        "a\u202egnp.b",
    ],
    ids=ascii,
)
async def test_a_servers_words_are_one_line_that_can_be_written(
    scripted: ScriptedServer, client: Client, png: bytes, message: str
) -> None:
    """What could forge a line of a log, command a terminal, or be encoded by no stream, is replaced."""
    scripted.respond(400, {"error": {"message": message, "type": message, "code": message}})
    error = await failure(client, png)
    for text in (str(error), error.message, error.type, error.code):
        assert text is not None
        assert text.isprintable()
        text.encode()


# Row 34.


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["/v1/images/variations", "https://elsewhere.example/v1", "//[", "\u00e9"])
async def test_a_redirect_is_an_error_and_is_not_followed(
    scripted: ScriptedServer, client: Client, png: bytes, status: int, target: str
) -> None:
    """The picture and the key go to the host that was named and no other, and the error says where it leads."""
    scripted.respond(status, b"", {"Location": target})
    error = await failure(client, png)
    assert type(error) is RedirectError
    assert f"it redirects to {target}, which is not followed" in str(error)
    assert error.billed == "no"
    assert len(scripted.requests) == 1


async def test_a_redirect_without_a_location_is_an_error_too(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """A 302 that says no more is told as it is."""
    scripted.respond(302)
    assert str(await failure(client, png)) == "HTTP 302"


# Advice.


async def test_the_retired_endpoint_says_so(png: bytes) -> None:
    """An empty 404 from the pin's own host means that it is gone for good, and where to go instead."""
    gone = httpx.MockTransport(lambda request: httpx.Response(404))
    async with Client(base_url=Client.server, api_key="sk-of-the-errors", transport=gone) as client:
        error = await failure(client, png)
    assert type(error) is NotFoundError
    assert str(error) == (
        "HTTP 404 (the endpoint was retired on this host, with dall-e-2, on 2026-05-12; "
        "pass the base_url of a compatible server)"
    )


async def test_the_pins_host_may_have_something_else_to_say(png: bytes) -> None:
    """A 404 with a body is not taken for the retirement."""
    answer = httpx.MockTransport(lambda request: httpx.Response(404, json=API_ERROR))
    async with Client(base_url=f"{Client.server}/wrong", api_key="sk-of-the-errors", transport=answer) as client:
        error = await failure(client, png)
    assert str(error) == f"HTTP 404: No. (check base_url: the request went to {Client.server}/wrong/images/variations)"


async def test_a_404_asks_for_the_base_url(scripted: ScriptedServer, client: Client, png: bytes) -> None:
    """Elsewhere a 404 is most often a wrong path: the error names the address, without its query."""
    scripted.respond(404)
    with pytest.raises(NotFoundError) as error:
        await create_image_variation(client, image=png, extra_query={"sig": "private"})
    assert str(error.value) == f"HTTP 404 (check base_url: the request went to {scripted.base_url}/images/variations)"


async def test_a_401_without_a_key_says_that_none_was_sent(
    scripted: ScriptedServer, client: Client, png: bytes
) -> None:
    """Who forgot the key is told so; who sent one is not."""
    scripted.respond(401, {"detail": "Unauthorized"})
    assert str(await failure(client, png)) == "HTTP 401: Unauthorized"
    async with Client(base_url=scripted.base_url) as keyless:
        assert str(await failure(keyless, png)) == "HTTP 401: Unauthorized (no API key was sent; pass api_key)"


# Pickling.


def dressed(error: ImageVariationsError) -> ImageVariationsError:
    """An error with everything that a call can tell of itself."""
    error.attempts = (Attempt(1, 1.0, 2.0, Outcome.UNKNOWN, 503, 0.5, "req_0", 7.0),)
    error.billed = "unknown"
    error.retry_after = 7.0
    error.elapsed = 1.5
    error.add_note("a note")
    return error


ERRORS: list[ImageVariationsError] = [
    *(
        kind("what", status_code=400, message="m", type="t", param="p", code="c", body=b"{}", request_id="req_1")
        for kind in ALL
        if issubclass(kind, StatusError)
    ),
    *(
        kind("what happened", request_id="req_1")
        for kind in ALL
        if not issubclass(kind, StatusError | ResponseError | InvalidRequestError)
    ),
    InvalidRequestError("n", 11, "must be at most 10"),
    ResponseError("what", status_code=200, message="m", type="t", param="p", code="c", content=b"{}", request_id="r"),
    CallTimeoutError("what happened", content=b"so far"),
]


@pytest.mark.parametrize(
    "error",
    [pytest.param(error, id=type(error).__name__) for error in ERRORS],
)
def test_errors_can_be_pickled(error: ImageVariationsError) -> None:
    """An error crosses processes whole: class, text and every attribute."""
    error = dressed(error)
    pickles = [pickle.dumps(error, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for again in (*map(pickle.loads, pickles), copy.copy(error), copy.deepcopy(error)):  # our own
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert again.args == error.args
        assert vars(again) == vars(error)


async def test_an_error_about_an_open_file_can_be_pickled(client: Client, tmp_path: Path) -> None:
    """What was given need not be picklable; the error is."""
    path = tmp_path / "empty.png"
    path.touch()
    with path.open("rb") as handle, pytest.raises(InvalidRequestError) as error:
        await create_image_variation(client, image=handle)
    again: object = pickle.loads(pickle.dumps(error.value))  # noqa: S301  # our own
    assert isinstance(again, InvalidRequestError)
    assert (again.field, again.rule, str(again)) == (error.value.field, error.value.rule, str(error.value))


async def test_an_error_does_not_keep_the_file(client: Client) -> None:
    """Of a picture that is refused the error has the size, not the content."""
    with pytest.raises(InvalidRequestError) as error:
        await create_image_variation(client, image=b"no picture" * 1000)
    assert len(pickle.dumps(error.value)) < 2000


class Vague:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Forger:
    """What shows itself in more than a line."""

    def __repr__(self) -> str:
        return "\x1b[31m\nforged"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(10**5000, id="a giant number"),
        pytest.param(Vague(), id="no repr"),
        pytest.param("x" * 1000, id="a long text"),
        pytest.param("\ud800\n\x1b", id="a text that cannot be written"),
        pytest.param(Forger(), id="a repr of several lines"),
    ],
)
def test_any_value_can_be_refused(value: object) -> None:
    """The error shows a value as far as it can be shown, on one line of bounded length."""
    error = InvalidRequestError("n", value, "must be at most 10")
    assert str(error).startswith("n: must be at most 10 (got ")
    assert len(str(error)) < 200
    assert str(error).isprintable()


class Number(IntEnum):
    """An enum that may be one of a function's own, which cannot be pickled."""

    FAR = 11


class Word(str, Enum):  # noqa: UP042  # not a StrEnum, which shows itself as its value
    """A text that shows itself as something else."""

    LONG = "very long"


class Ratio(float):
    """A number of a caller's own kind, which is not to be asked for what it is."""

    def __float__(self) -> float:
        raise ArithmeticError


class Count(int):
    """Another one."""

    def __int__(self) -> int:
        raise ArithmeticError


@pytest.mark.parametrize(
    ("value", "kept"),
    [(Number.FAR, 11), (Word.LONG, "very long"), (Ratio(0.5), 0.5), (Count(11), 11), (True, True), (None, None)],
)
def test_an_error_keeps_the_plain_value(value: object, kept: object) -> None:
    """An error goes to other processes, which need not have the class of what was refused."""
    error = InvalidRequestError("n", value, "must be at most 10")
    assert (error.value, type(error.value)) == (kept, type(kept))


async def test_a_request_id_is_one_line_wherever_it_is_told(
    scripted: ScriptedServer, client: Client, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that puts control characters into it commands no terminal, and forges no line of a log."""
    hostile = {"x-request-id": "req\x9b31m_1"}
    caplog.set_level(logging.INFO, "image_variations")
    scripted.respond(400, API_ERROR, hostile)
    error = await failure(client, png)
    scripted.respond(200, {"created": 1, "data": [{"b64_json": "aGk="}]}, hostile)
    response = await create_image_variation_detailed(client, image=png)
    told = [error.request_id, error.attempts[0].request_id, response.request_id, response.attempts[0].request_id]
    assert told == ["req 31m_1"] * 4
    assert all(record.getMessage().isprintable() for record in caplog.records)
