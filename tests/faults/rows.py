"""The fault matrix: each fault, how it is brought about, and what a call must do.

A `Case` has a name, a scene, and what is required. A scene says what the server does with each request in
turn, and the options of the call: `made(x)` reads the request, makes an image, and then does x, `not_made(x)`
does the same without an image, and `WELL` is a server in good health. `LARGE` is an upload that does not fit
into a receive buffer that is `TIGHT`; `SHORT` is the timeout of a call that is to run into it.

`posts` counts the POSTs that reach the server (1 unless it says another number; None where nobody counts),
and `billed` is what the call says that it can have cost. Beside what a row asks, the server must have made no
image for a call that says "no", must have made one for a call that says "yes", and makes a second one for
none, unless the caller has allowed that.
"""

import asyncio
import socket

from image_variations import (
    AuthenticationError,
    BadRequestError,
    CallTimeoutError,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    InvalidRequestError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ResponseError,
    ServerError,
    StatusError,
    TLSError,
    UnprocessableEntityError,
)

from tests.faults.callers import COMPLETED, PARTIAL, SceneOptions
from tests.faults.cases import Case, redirect, refusal, retried, row, unclear, waited, wall, worded
from tests.faults.observation import Required, fails, succeeds
from tests.faults.responses import (
    BODY,
    CUT,
    HEAD,
    HTML,
    LONG_HEADER,
    LONG_HTML,
    NESTED,
    NOT_GZIP,
    PICTURE,
    REFUSED_EARLY,
    WHOLE,
    api_error,
    bomb,
    data,
    image_with,
    made,
    not_made,
)
from tests.faults.scenes import cancelling, connecting, files, keys, sharing
from tests.faults.scenes.calls import LARGE, SHORT, TIGHT, WELL, call_after_another, one_call, one_stream, within_memory
from tests.support.events import DONE, event, send_events, stream
from tests.support.turns import (
    close,
    drip,
    let_read,
    reply,
    reset,
    respond,
    send,
    stall,
    take_head,
    take_request,
    widen,
)

LOST = fails(ConnectionLostError, billed="unknown")
OVER = fails(CallTimeoutError, billed="unknown")
PAID_AND_OVER = fails(CallTimeoutError, billed="yes")
UNUSABLE = fails(ResponseError, billed="yes")
REFUSED_HERE = fails(InvalidRequestError, billed="no", posts=0)
CANCELLED = fails(asyncio.CancelledError, billed="-", posts=None)
CUT_AT_ONCE = "short of content-length"
LOST_THRICE = Required((ConnectionLostError,), "unknown", posts=(3,), may_make_again=True)
FREE = Required((), "no", posts=(1,))
MADE_TWICE = Required((), "yes", posts=(2,), may_make_again=True)

EVENTS = {"Content-Type": "text/event-stream"}
UNFRAMED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
FIRST = event({"type": PARTIAL, "b64_json": PICTURE})
LAST = event({"type": COMPLETED, "b64_json": PICTURE})
LARGE_LAST = event({"type": COMPLETED, "b64_json": PICTURE * 1_250_000})
UNKNOWN = event({"type": "image_generation.paused"})
PING = event("still there", "ping")
SORRY = event(api_error())
REPEATED: SceneOptions = {"retry_unknown": True}

ROWS = (
    row(1, "refused, then up", Case("the port is bound later", connecting.refused_then_up, succeeds())),
    row(
        2,
        "connect goes nowhere",
        Case(
            "full accept backlog, to the connect timeout",
            connecting.unanswered(connect_timeout=0.2, max_retries=1),
            fails(ConnectionFailedError, billed="no", posts=0),
        ),
        Case(
            "full accept backlog, to the timeout",
            connecting.unanswered(timeout=SHORT),
            fails(CallTimeoutError, billed="no", posts=0),
        ),
    ),
    row(
        3,
        "untrusted certificate",
        Case("self-signed", connecting.untrusted, fails(TLSError, billed="no", posts=0, tries=1)),
    ),
    row(
        4,
        "unknown host",
        Case(
            "no such name",
            connecting.resolved(*[socket.EAI_NONAME] * 3),
            fails(ConnectionFailedError, billed="no", posts=0, tries=1),
        ),
        Case("the resolver fails once", connecting.resolved(socket.EAI_AGAIN), succeeds(tries=2)),
    ),
    row(
        5,
        "stale keep-alive",
        Case("closed while idle", call_after_another(WELL, closes=True), succeeds()),
        Case("closed on the second request", call_after_another((take_request, reset)), LOST),
        Case(
            "closed while the second body is written",
            call_after_another((take_head, reset), (widen, *WELL), image=LARGE, receive_buffer=TIGHT),
            succeeds(posts=2),
        ),
    ),
    row(
        6,
        "reset while the body is written",
        Case(
            "each time",
            one_call((reset,), image=LARGE, receive_buffer=TIGHT),
            fails(ConnectionFailedError, billed="no", posts=0, tries=3),
        ),
        Case("once", one_call((reset,), (widen, *WELL), image=LARGE, receive_buffer=TIGHT), succeeds(tries=2)),
    ),
    row(7, "reset after upload", Case("SO_LINGER 0", one_call(made(reset)), LOST)),
    row(
        8,
        "server never reads",
        Case(
            "a large body",
            one_call((stall,), image=LARGE, receive_buffer=TIGHT, timeout=SHORT),
            fails(CallTimeoutError, billed="no", posts=0),
        ),
    ),
    row(9, "server never answers", Case("silence", one_call(made(stall), timeout=SHORT), OVER)),
    row(10, "headers drip", Case("1 byte / 100 ms", one_call(made(drip(WHOLE)), timeout=SHORT), OVER)),
    row(
        11,
        "body drips",
        Case(
            "1 byte / 100 ms",
            one_call(made(send(HEAD), drip(BODY)), timeout=SHORT),
            fails(CallTimeoutError, billed="yes"),
        ),
    ),
    row(
        12,
        "body cut",
        Case(CUT_AT_ONCE, one_call(made(CUT, close)), UNUSABLE),
        Case("and after a while", one_call(made(CUT, let_read, close)), UNUSABLE),
    ),
    row(
        13,
        "body stalls",
        Case(
            "headers, then silence",
            one_call(made(send(HEAD), stall), timeout=SHORT),
            fails(CallTimeoutError, billed="yes"),
        ),
    ),
    row(14, "false content-encoding", Case("not gzip", one_call(made(NOT_GZIP)), UNUSABLE)),
    row(
        15,
        "decompression bomb",
        Case(
            "100 KB to 100 MB",
            within_memory(8 << 20, one_call(made(bomb), max_response_bytes=1 << 20)),
            UNUSABLE,
        ),
    ),
    row(
        16,
        "no HTTP",
        Case("malformed status line", one_call(made(send(b"200 OK\r\n\r\n"))), LOST),
        Case("300 KB header", one_call(made(LONG_HEADER)), LOST, also_allowed=(succeeds(),), of_own=UNUSABLE),
        Case("malformed header", one_call(made(send(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"))), LOST, of_own=UNUSABLE),
        Case(
            "malformed header after a 502",
            one_call(made(send(b"HTTP/1.1 502 Bad Gateway\r\nno header\r\n\r\n"))),
            LOST,
        ),
        Case("headers cut off", one_call(made(send(HEAD[:-4]), close)), LOST, of_own=UNUSABLE),
    ),
    row(
        17,
        "200 without JSON",
        Case("HTML", one_call(made(respond(200, HTML))), UNUSABLE),
        Case("empty", one_call(made(respond(200))), UNUSABLE),
    ),
    row(
        18,
        "broken JSON",
        Case("truncated", one_call(made(respond(200, BODY[:-2]))), UNUSABLE),
        Case("[ x 200,000", one_call(made(NESTED)), UNUSABLE),
    ),
    row(
        19,
        "200 with an error body",
        Case(
            "",
            one_call(made(respond(200, api_error("no such model", code="model_not_found")))),
            fails(ResponseError, billed="yes", message="no such model", code="model_not_found"),
        ),
    ),
    row(
        20,
        "fields left out",
        Case("no created", one_call(made(image_with())), succeeds()),
        Case("usage null", one_call(made(image_with(created=1, usage=None))), succeeds()),
        Case("usage partial", one_call(made(image_with(created=1, usage={"total_tokens": 1}))), succeeds()),
    ),
    row(
        21,
        "enum values outside the pin",
        Case("size and quality", one_call(made(image_with(size="512x512", quality="auto"))), succeeds()),
    ),
    row(
        22,
        "data without an image",
        Case("null", one_call(made(data(None))), UNUSABLE),
        Case("text", one_call(made(data("none"))), UNUSABLE),
        Case("neither url nor b64_json", one_call(made(data([{"revised_prompt": "an otter"}, None]))), UNUSABLE),
    ),
    row(
        23,
        "another success",
        Case("201", one_call(made(respond(201, BODY))), succeeds()),
        Case("204", one_call(made(send(b"HTTP/1.1 204 No Content\r\n\r\n"))), UNUSABLE),
    ),
    row(
        24,
        "refused",
        refusal(400, BadRequestError, api_error()),
        refusal(401, AuthenticationError, api_error()),
        refusal(403, PermissionDeniedError, api_error()),
        refusal(404, NotFoundError),
        refusal(422, UnprocessableEntityError, api_error()),
    ),
    row(
        25,
        "429 twice, then 200",
        Case("", one_call(*[not_made(respond(429, api_error()))] * 2, WELL), succeeds(posts=3)),
    ),
    row(
        26,
        "429 with insufficient_quota",
        Case(
            "",
            one_call(not_made(respond(429, api_error("used up", code="insufficient_quota")))),
            fails(QuotaExceededError, billed="no", code="insufficient_quota"),
        ),
    ),
    row(
        27,
        "Retry-After in all forms",
        waited("milliseconds", 1.5 * 1.05, retry_after_ms="1500"),
        waited("milliseconds before seconds", 1.5 * 1.05, retry_after_ms="1500", retry_after="30"),
        waited("seconds", 2 * 1.05, retry_after="2"),
        waited("a date", 7 * 1.05, retry_after="Sun, 06 Nov 1994 08:49:44 GMT", date="Sun, 06 Nov 1994 08:49:37 GMT"),
        waited(
            "a date of RFC 850",
            7 * 1.05,
            retry_after="Sunday, 06-Nov-94 08:49:44 GMT",
            date="Sun, 06 Nov 1994 08:49:37 GMT",
        ),
        waited(
            "a date of asctime", 7 * 1.05, retry_after="Sun Nov  6 08:49:44 1994", date="Sun, 06 Nov 1994 08:49:37 GMT"
        ),
        waited("a date that is over", 0.3, retry_after="Sun, 06 Nov 1994 08:49:37 GMT"),
        waited("0", 0.3, retry_after="0"),
        waited("-5", 0.3, retry_after="-5"),
        waited("nan", 0.3, retry_after="nan"),
        waited("text", 0.3, retry_after="soon"),
        Case(
            "121",
            one_call(not_made(respond(429, api_error(), {"Retry-After": "121"})), timeout=600.0),
            fails(RateLimitError, billed="no", retry_after=121.0),
        ),
    ),
    row(
        28,
        "Retry-After beyond the timeout",
        Case(
            "3 s of 2",
            one_call(not_made(respond(503, api_error(), {"Retry-After": "3"})), timeout=2.0),
            fails(ServerError, billed="no", retry_after=3.0),
        ),
    ),
    row(
        29,
        "rejected for now",
        retried("500 with the API's error body", respond(500, api_error())),
        retried("503 with the API's error body", respond(503, api_error())),
        retried("503 with Retry-After", respond(503, HTML, {"Retry-After": "1"})),
        retried("529", respond(529, HTML)),
        retried("521", respond(521, HTML)),
    ),
    row(
        30,
        "an unclear status",
        unclear(408, error=StatusError),
        unclear(408, b"", error=StatusError),
        *(unclear(status, body) for status in (502, 503, 504, 520, 524) for body in (HTML, b"")),
    ),
    row(
        31,
        "an unknown outcome, with retry_unknown",
        Case("reset after upload", one_call(made(reset), WELL, retry_unknown=True), MADE_TWICE),
        Case("no answer, then closed", one_call(made(close), WELL, retry_unknown=True), MADE_TWICE),
        Case("no answer to the timeout", one_call(made(stall), retry_unknown=True, timeout=SHORT), OVER),
        Case("504 with HTML", one_call(made(respond(504, HTML)), WELL, retry_unknown=True), MADE_TWICE),
        Case("a 200 that breaks", one_call(made(CUT, close), WELL, retry_unknown=True), UNUSABLE),
    ),
    row(
        32,
        "error bodies of other servers",
        worded("text", "out of luck", "out of luck", content_type="text/plain"),
        worded("a text as error", {"error": "out of luck"}, "out of luck"),
        worded("detail", {"detail": "out of luck"}, "out of luck"),
        worded(
            "a list of details",
            {"detail": [{"loc": ["body", "n"], "msg": "too many", "type": "x"}]},
            "body.n: too many",
        ),
        worded("problem+json", {"title": "Luck", "detail": "out of luck"}, "out of luck"),
        worded("50 KB of HTML", LONG_HTML, f"{'Bad gateway ' * 50}"[:499] + "…"),
    ),
    row(
        33,
        "early 413 while uploading",
        Case(
            "and the rest is dropped",
            one_call(REFUSED_EARLY, image=LARGE, receive_buffer=TIGHT),
            fails(PayloadTooLargeError, billed="no"),
        ),
        Case(
            "and a reset, which can overtake it",
            one_call((take_head, respond(413, api_error()), close), image=LARGE, receive_buffer=TIGHT),
            fails(PayloadTooLargeError, ConnectionFailedError, billed="no", posts=range(1, 4)),
        ),
    ),
    row(
        34,
        "redirect",
        *(redirect(status) for status in (301, 302, 307, 308)),
        *(redirect(status, is_loop=True) for status in (301, 302, 307, 308)),
    ),
    row(
        35,
        "cancelled at every await point",
        Case("cold", cancelling.cancelled_everywhere(is_warm=False), CANCELLED),
        Case("warm", cancelling.cancelled_everywhere(is_warm=True), CANCELLED),
    ),
    row(
        36,
        "cancelled during back-off",
        Case("", cancelling.cancelled_during_back_off, fails(asyncio.CancelledError, billed="-")),
    ),
    row(
        37,
        "more calls than slots",
        Case("3 calls, 2 slots", sharing.queued, succeeds(posts=3)),
        Case("past the timeout", sharing.queued_in_vain, fails(CallTimeoutError, billed="no", posts=0)),
    ),
    row(38, "50 calls into a wall of 503", wall(1), wall(5), wall(50)),
    row(
        39,
        "odd files",
        Case("in two calls at once", files.shared_file, succeeds(posts=2)),
        Case("reused", files.reused_file, succeeds(posts=2)),
        Case("a pipe", files.pipe, succeeds()),
        Case("at an offset", files.file_at_an_offset, succeeds()),
        Case("closed", files.closed_file, REFUSED_HERE),
        Case("empty", files.call_with(b""), REFUSED_HERE),
        Case("text mode", files.text_file, REFUSED_HERE),
        Case("async, in two calls at once", files.shared_async_file, succeeds(posts=2)),
        Case("async, closed", files.closed_async_file, REFUSED_HERE),
        Case("async, without an end", files.endless_stream, fails(CallTimeoutError, billed="no", posts=0)),
    ),
    row(
        40,
        "control characters",
        Case("key", keys.hostile_key, fails(ConfigurationError, billed="no", posts=0)),
        Case("MIME type", keys.hostile(image=keys.HOSTILE_TYPE), REFUSED_HERE),
        Case("file name", keys.hostile(image=keys.HOSTILE_NAME), succeeds()),
        Case("user", keys.hostile(user=keys.HOSTILE), succeeds()),
    ),
    row(
        41,
        "the key wherever it could leak",
        Case("logs, repr, str, pickles, tracebacks", keys.echoed_key, Required((), "-", posts=(None,))),
    ),
    row(
        42,
        "server closes idle connections",
        Case(
            "after 5 s, for a minute",
            sharing.idle_connections_closed,
            Required((), "yes", posts=(sharing.CALLS,)),
            seconds=120.0,
            is_slow=True,
        ),
    ),
    row(
        43,
        "an unknown outcome of an idempotent operation",
        Case("reset after upload", one_call(made(reset), WELL, is_idempotent=True), MADE_TWICE),
        Case("reset after upload, each time", one_call(made(reset), is_idempotent=True), LOST_THRICE),
        Case("408", one_call(made(respond(408)), WELL, is_idempotent=True), MADE_TWICE),
        Case("504 with HTML", one_call(made(respond(504, HTML)), WELL, is_idempotent=True), MADE_TWICE),
        Case("no answer to the timeout", one_call(made(stall), is_idempotent=True, timeout=SHORT), OVER),
        Case("a 200 that breaks", one_call(made(CUT, close), WELL, is_idempotent=True), UNUSABLE),
    ),
    row(
        44,
        "an operation that is not billed",
        Case("200", one_call(not_made(respond(200, BODY)), is_billed=False), FREE),
        Case(
            "200 with HTML", one_call(not_made(respond(200, HTML)), is_billed=False), fails(ResponseError, billed="no")
        ),
        Case("reset after upload", one_call(not_made(reset), is_billed=False), fails(ConnectionLostError, billed="no")),
        Case(
            "no answer to the timeout",
            one_call(not_made(stall), is_billed=False, timeout=SHORT),
            fails(CallTimeoutError, billed="no"),
        ),
    ),
    row(
        45,
        "an event stream is cut",
        Case("between events", one_stream(made(send_events(FIRST), let_read, close), events=1), UNUSABLE),
        Case("within an event", one_stream(made(send_events(FIRST, LAST[:-9]), let_read, close), events=1), UNUSABLE),
        Case("reset", one_stream(made(send_events(FIRST), let_read, reset), events=1), UNUSABLE),
        Case(
            "before any event, and it may be repeated",
            one_stream(made(send_events(), let_read, close), **REPEATED),
            UNUSABLE,
        ),
    ),
    row(
        46,
        "an event stream stalls",
        Case("after an event", one_stream(made(send_events(FIRST), stall), events=1, timeout=SHORT), PAID_AND_OVER),
        Case("at once", one_stream(made(send_events(), stall), timeout=SHORT), PAID_AND_OVER),
    ),
    row(
        47,
        "an event stream drips",
        Case(
            "1 byte / 100 ms",
            one_stream(
                made(send(reply(200, FIRST + LAST, EVENTS).removesuffix(FIRST + LAST)), drip(FIRST)), timeout=SHORT
            ),
            PAID_AND_OVER,
        ),
        Case("1 byte / 1 ms", one_stream(made(drip(reply(200, FIRST + LAST, EVENTS), 0.001)), events=2), succeeds()),
    ),
    row(
        48,
        "an event of 5 MB",
        Case("in one line", one_stream(made(*stream(FIRST, LARGE_LAST, DONE)[1:]), events=2), succeeds()),
        Case(
            "longer than max_response_bytes",
            one_stream(made(*stream(FIRST, LARGE_LAST)[1:]), events=1, max_response_bytes=1 << 20),
            UNUSABLE,
        ),
    ),
    row(
        49,
        "an unknown event",
        Case("an unknown type", one_stream(made(*stream(FIRST, UNKNOWN, LAST)[1:]), events=3), succeeds()),
        Case("an unknown name, and no JSON", one_stream(made(*stream(PING, FIRST, LAST)[1:]), events=3), succeeds()),
    ),
    row(
        50,
        "a malformed event",
        Case("no JSON", one_stream(made(*stream(FIRST, event("{"), LAST)[1:]), events=1), UNUSABLE),
        Case("nested", one_stream(made(*stream(FIRST, event("[" * 200_000))[1:]), events=1), UNUSABLE),
    ),
    row(
        51,
        "[DONE] is missing",
        Case("a whole body", one_stream(made(*stream(FIRST, LAST)[1:]), events=2), succeeds()),
        Case(
            "closed in place of a length", one_stream(made(send(UNFRAMED + FIRST + LAST), close), events=2), succeeds()
        ),
        Case("[DONE], and no end", one_stream(made(send_events(FIRST, LAST, DONE), stall), events=2), succeeds()),
    ),
    row(
        52,
        "HTML in place of events",
        Case("as HTML", one_stream(made(respond(200, HTML, {"Content-Type": "text/html"}))), UNUSABLE),
        Case("as events", one_stream(made(respond(200, HTML, EVENTS)), **REPEATED), UNUSABLE),
    ),
    row(
        53,
        "an error is the first event",
        Case("once", one_stream(not_made(*stream(SORRY)[1:])), fails(ResponseError, billed="unknown")),
        Case(
            "and the call may be repeated",
            one_stream(not_made(*stream(SORRY)[1:]), made(*stream(FIRST, LAST)[1:]), events=2, **REPEATED),
            succeeds(posts=2),
        ),
        Case("after another", one_stream(made(*stream(FIRST, SORRY)[1:]), events=1, **REPEATED), UNUSABLE),
    ),
)
