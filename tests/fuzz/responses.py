"""Answers that no server should send, by the ten thousand, held against an oracle of their own.

    python -m tests.fuzz --cases 20000 --seed 7

As many byte streams are played at the connection itself: `tests/fuzz/connection.py` says how.

Each case is a status, headers and a body, made from the seed and the case's number alone. A success that holds a
usable image must give that image; everything else must be an error of the right kind, which can be pickled, is of
bounded length and does not hold the key. What "usable" means is decided here with Python's own json, gzip and zlib,
and with nothing of the client.
"""

import argparse
import asyncio
import faulthandler
import gzip
import html
import json
import math
import os
import pickle
import random
import re
import secrets
import string
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar, cast
from urllib.parse import quote

import h11
import httpx
from attrs import frozen
from image_variations import (
    AuthenticationError,
    BadRequestError,
    Client,
    ConflictError,
    ImagesResponse,
    ImageVariationsError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ResponseError,
    ServerError,
    StatusError,
    TransportError,
    UnprocessableEntityError,
    create_image_variation,
)

from tests.fuzz import connection, events
from tests.support.pictures import make_png

T = TypeVar("T")

Image = tuple[str | None, str | None]
"""`url` and `b64_json` of one item."""

LONGEST_MESSAGE = 2000

_LONGEST_CASE = 120
"""Seconds that no case takes on the slowest machine."""

_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What forges lines, commands terminals, reverses texts, or cannot be written at all."""

_HUGE = "@a number of 5000 digits@"
_TOO_LARGE = "@a number beyond doubles@"


@frozen
class Case:
    """What a server does.

    Attributes:
        kind: Which kind of body it is, for the counts.
        chunk_size: How many bytes come at once.
        breaks: Raised after the body, in place of its end.
        fails: Raised in place of an answer.
    """

    status: int
    kind: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    chunk_size: int
    breaks: Exception | None = None
    fails: Exception | None = None


class Maker:
    """Makes the cases of one seed.

    Args:
        seed: Where all of them come from.
        key: The key that is sent, for servers that send it back.
    """

    def __init__(self, seed: int, key: str) -> None:
        self._seed = seed
        self._key = key
        self._random = random.Random()  # noqa: S311  # chosen for repeating itself

    def case(self, number: int) -> Case:
        """The case of a number."""
        self._random.seed(f"{self._seed}:{number}")
        kind, body = self._body()
        headers, body = self._encoded(body)
        return Case(
            status=self._status(is_error=kind in ("error", "prose")),
            kind=kind,
            headers=(*headers, *self._headers()),
            body=body,
            chunk_size=self._one_of([1, 7, 100, 65536] if len(body) < 1000 else [1000, 65536, 10**9]),
            breaks=self._exception() if self._happens(0.03) else None,
            fails=self._exception() if self._happens(0.01) else None,
        )

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _one_of(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def _status(self, *, is_error: bool) -> int:
        if self._happens(0.2 if is_error else 0.85):
            return self._one_of([200, 200, 200, 200, 201, 202, 206, 299])
        refusals = [300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 413, 418, 422, 425, 429, 429]
        return self._one_of([*refusals, 500, 500, 501, 502, 503, 504, 520, 521, 524, 529, 599, 600, 999])

    # Headers and encodings.

    def _headers(self) -> list[tuple[str, str]]:
        offered: list[tuple[str, Sequence[str]]] = [
            ("Content-Type", ["application/json", "text/html; charset=latin-1", "", "\u00ff", "a" * 5000]),
            ("X-Request-Id", ["req_1", "", " ", "x" * 5000, "\u00e9\x7f", self._echo()]),
            (
                "Retry-After",
                ["1", "-5", "nan", "1e400", "Fri, 31 Dec 9999 23:59:59 GMT", "x" * 5000, "\u0661", self._echo()],
            ),
            ("Retry-After-Ms", ["1", "inf", "", "0x1"]),
            ("Date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 99 Foo 99999 99:99:99 +9999", "", ","]),
            ("X-Should-Retry", ["true", "false", ""]),
            (
                "Location",
                ["/elsewhere", "https://elsewhere.example/", f"https://elsewhere.example/?key={self._echo()}"],
            ),
            ("Set-Cookie", ["a=b", ";;;=", self._echo()]),
            ("WWW-Authenticate", ["Bearer", self._echo()]),
        ]
        return [(name, self._one_of(values)) for name, values in offered if self._happens(0.15)]

    def _encoded(self, body: bytes) -> tuple[list[tuple[str, str]], bytes]:
        """A body in an encoding, and the header that says so or something else."""
        if self._happens(0.75):
            return [], body
        coding, encode = self._one_of(_ENCODINGS)
        encoded = encode(body)
        if self._happens(0.1):
            encoded = encoded[: self._random.randrange(len(encoded) + 1)]
        if self._happens(0.1):
            encoded = self._with_noise(encoded)
        return [("Content-Encoding", coding)], encoded

    def _exception(self) -> Exception:
        said = self._echo() if self._happens(0.3) else "so it goes"
        return self._one_of(_EXCEPTIONS)(said)

    # Bodies.

    def _body(self) -> tuple[str, bytes]:
        kind, make = self._one_of(
            [
                ("answer", self._answer),
                ("answer", self._answer),
                ("answer", self._answer),
                ("answer", self._answer),
                ("mutated", self._mutated),
                ("mutated", self._mutated),
                ("mutated", self._mutated),
                ("mutated text", self._mutated_text),
                ("mutated text", self._mutated_text),
                ("any JSON", lambda: self._written(self._value(0))),
                ("error", self._error),
                ("error", self._error),
                ("prose", self._prose),
                ("bytes", lambda: self._random.randbytes(self._random.randrange(200))),
                ("nesting", self._nesting),
            ]
        )
        return kind, make()

    def _answer(self) -> bytes:
        return self._written(self._document())

    def _document(self) -> dict[str, object]:
        items = [self._item() for _ in range(self._one_of([0, 1, 1, 1, 2, 3]))]
        document: dict[str, object] = {"created": self._random.randrange(2**31), "data": items}
        for name in ("background", "output_format", "size", "quality", "usage", "provider", "error"):
            if self._happens(0.2):
                document[name] = self._value(0)
        return document

    def _item(self) -> object:
        item: dict[str, object] = {}
        if self._happens(0.7):
            item["url"] = self._one_of(["https://example.com/1.png", "/tmp/1.png", self._text(), self._text(), ""])  # noqa: S108  # what Xinference answers
        if self._happens(0.4):
            item["b64_json"] = self._one_of(["aGk=", "/9j/4AAQ" * 50, self._text(), ""])
        if self._happens(0.2):
            item["revised_prompt"] = self._text()
        return item

    def _mutated(self) -> bytes:
        """An answer in which something is of another type, missing, or too much."""
        document: object = self._document()
        for _ in range(self._random.randrange(1, 4)):
            document = self._changed(document)
        return self._written(document)

    def _changed(self, value: object) -> object:
        if isinstance(value, dict) and value and self._happens(0.8):
            members = dict(cast("dict[str, object]", value))
            name = self._one_of(list(members))
            if self._happens(0.2):
                del members[name]
            elif self._happens(0.2):
                members[self._text()] = self._value(0)
            else:
                members[name] = self._changed(members[name])
            return members
        if isinstance(value, list) and value and self._happens(0.8):
            items = list(cast("list[object]", value))
            index = self._random.randrange(len(items))
            items[index] = self._changed(items[index])
            return items
        return self._value(0)

    def _value(self, depth: int) -> object:
        """Any JSON value, and some that JSON does not have."""
        simple: list[object] = [
            None,
            True,
            False,
            0,
            -1,
            10**30,
            1.5,
            1e308,
            math.nan,
            -math.inf,
            _HUGE,
            _TOO_LARGE,
            "",
        ]
        choice = self._random.random()
        if choice < 0.5 or depth > 4:
            return self._one_of(simple)
        if choice < 0.7:
            return self._text()
        if choice < 0.72:
            return self._nested(self._random.randrange(300))
        size = self._random.randrange(4)
        if choice < 0.85:
            return [self._value(depth + 1) for _ in range(size)]
        names = [
            "url",
            "b64_json",
            "data",
            "error",
            "message",
            "detail",
            "loc",
            "msg",
            "type",
            "code",
            "",
            self._text(),
        ]
        return {self._one_of(names): self._value(depth + 1) for _ in range(size)}

    def _nested(self, depth: int) -> object:
        value: object = 1
        for _ in range(depth):
            value = [value] if self._happens(0.5) else {"a": value}
        return value

    def _text(self) -> str:
        return self._one_of(
            [
                "https://example.com/1.png",
                "x",
                " ",
                "\u00e9\u6f22\U0001f9a6",
                "\ud800",
                "\udc00\ud800x",
                "\0\x1b[31m\r\n\x7f\u2028",
                "<b>&amp;</b>",
                "x" * 3000,
                "%41\\u0041",
                f"you sent {self._echo()}!",
                "".join(self._random.choices(string.printable, k=20)),
            ]
        )

    def _echo(self) -> str:
        """The key, as one server or another would spell it."""
        return self._one_of(_SPELLINGS)(self._key)

    def _written(self, value: object) -> bytes:
        """A value as text, in one of the ways in which JSON can be written."""
        ascii_only = self._happens(0.5)
        text = json.dumps(value, ensure_ascii=ascii_only, indent=2 if self._happens(0.1) else None)
        text = text.replace(f'"{_HUGE}"', "9" * 5000).replace(f'"{_TOO_LARGE}"', "-1e999")
        if self._happens(0.1):
            text = self._one_of(["\ufeff", " \r\n\t", "\n" * 100]) + text
        return text.encode(self._one_of(_CHARSETS) if self._happens(0.15) else "utf-8", "surrogatepass")

    def _mutated_text(self) -> bytes:
        """An answer that is not JSON any more, or hardly."""
        body = self._written(self._document() if self._happens(0.5) else self._changed(self._document()))
        choice = self._random.randrange(7)
        if choice == 0:
            return body[: self._random.randrange(len(body) + 1)]
        if choice == 1:
            return self._with_noise(body)
        if choice == 2:
            return body + self._one_of([b"}", b"x", b"\0", body, b"\n", b" " * 1000])
        if choice == 3:
            return body.replace(b"{", b'{"data": null, "url": 7, ', self._random.randrange(1, 4))
        if choice == 4:
            return body.replace(b"{", b'{"a": "caf\xe9 \x01\n", ', 1)
        if choice == 5:
            return b'{"a": %b, %b' % (json.dumps(self._nested(200)).encode(), body[1:])
        return body.replace(b'"', self._one_of([b"'", b'\\"', b'""']), self._random.randrange(1, 4))

    def _with_noise(self, body: bytes) -> bytes:
        noisy = bytearray(body or b"\0")
        for _ in range(self._random.randrange(1, 4)):
            noisy[self._random.randrange(len(noisy))] = self._random.randrange(256)
        return bytes(noisy)

    def _error(self) -> bytes:
        """An error body in one of the shapes that were seen, or near it."""
        message = self._text() if self._happens(0.5) else self._value(0)
        details: dict[str, object] = {
            name: self._value(0) if self._happens(0.5) else self._text()
            for name in ("message", "type", "param", "code")
            if self._happens(0.7)
        }
        if self._happens(0.2):
            details["code"] = "insufficient_quota"
        shapes: list[object] = [
            {"error": details},
            {"error": details, "data": [{"url": "x"}]},
            {"error": message},
            {"detail": message},
            {"detail": [{"loc": [message, 0], "msg": message, "type": "x"}, message]},
            {"status": "error", "message": message},
            {"type": message, "title": message, "status": 400, "detail": message},
            {"errors": [{"message": message}, message]},
            message,
            [message],
        ]
        return self._written(self._one_of(shapes))

    def _prose(self) -> bytes:
        said = self._text()
        return self._one_of(
            [
                b"",
                b"Bad gateway",
                f"<!doctype html><html><title>{said}</title><script>{said}</script><h1>{said}</h1>".encode(
                    errors="replace"
                ),
                f"{said}\n".encode("utf-16", errors="replace"),
                b"<" * self._random.randrange(5000),
                f"you sent {self._echo()}!".encode(),
                f"<p>{'x' * self._random.randrange(600)}{self._echo()}".encode(),
                b"event: ping\n\ndata: {}\n\n",
            ]
        )

    def _nesting(self) -> bytes:
        depth = self._one_of([100, 300, 150_000])
        opening, closing = self._one_of([(b"[", b"]"), (b'{"a":', b"}")])
        whole = opening * depth + (b"1" + closing * depth if self._happens(0.7) else b"")
        return b'{"data": [{"url": "x"}], "deep": %b}' % whole if self._happens(0.5) else whole


_ENCODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("gzip", gzip.compress),
    ("X-GZip", gzip.compress),
    ("deflate", zlib.compress),
    ("gzip", bytes),
    ("deflate", bytes),
    ("identity", bytes),
    ("utf-8", bytes),
    ("br", lambda body: body[::-1]),
    ("", bytes),
]

_CHARSETS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]

_EXCEPTIONS: list[Callable[[str], Exception]] = [
    httpx.ReadError,
    httpx.RemoteProtocolError,
    httpx.ReadTimeout,
    httpx.DecodingError,
    h11.RemoteProtocolError,
    OSError,
    ConnectionResetError,
    TimeoutError,
    zlib.error,
    RecursionError,
    ValueError,
    RuntimeError,
    AttributeError,
    MemoryError,
    lambda said: ExceptionGroup(said, [OSError(said)]),
    lambda said: UnicodeDecodeError("utf-8", b"\xff", 0, 1, said),
]

_SPELLINGS: list[Callable[[str], str]] = [
    str,
    lambda key: json.dumps(key)[1:-1],
    lambda key: "".join(f"\\u{ord(letter):04X}" for letter in key),
    lambda key: quote(key, safe=""),
    html.escape,
]


# The oracle.


_BY_STATUS: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def expected(case: Case) -> list[Image] | type[ImageVariationsError]:
    """The images that a case must give, or the kind of error that it must be."""
    if case.fails is not None:
        return TransportError
    if not 200 <= case.status < 300:
        return _error_of(case.status)
    if case.breaks is not None or (content := _decoded(case)) is None:
        return ResponseError
    return _images_in(content) or ResponseError


def _error_of(status: int) -> type[StatusError]:
    if 300 <= status < 400:
        return RedirectError
    return ServerError if 500 <= status < 600 else _BY_STATUS.get(status, StatusError)


def _decoded(case: Case) -> bytes | None:
    """The body without its encoding; nothing where it is not in it."""
    coding = dict(case.headers).get("Content-Encoding", "").lower()
    try:
        if case.body and coding in ("gzip", "x-gzip"):
            return _gunzipped(case.body)
        if case.body and coding == "deflate":
            return _inflated(case.body)
    except (zlib.error, EOFError):
        return None
    return case.body


def _gunzipped(body: bytes) -> bytes:
    """Every member, up to what does not begin as one."""
    content = b""
    while True:
        inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        content += inflater.decompress(body)
        if not inflater.eof:
            raise EOFError
        body = inflater.unused_data
        if not body.startswith(b"\x1f\x8b"):
            return content


def _inflated(body: bytes) -> bytes:
    """With a zlib header, and whatever follows."""
    inflater = zlib.decompressobj()
    content = inflater.decompress(body)
    if not inflater.eof:
        raise EOFError
    return content


def _images_in(content: bytes) -> list[Image]:
    """The images of an answer, unless none of them is usable."""
    document = _parsed(content)
    data = cast("dict[str, object]", document).get("data") if isinstance(document, dict) else None
    items = cast("list[object]", data) if isinstance(data, list) else []
    objects = [cast("dict[str, object]", item) for item in items if isinstance(item, dict)]
    images = [(_string(item.get("url")), _string(item.get("b64_json"))) for item in objects]
    return images if any(url or b64_json for url, b64_json in images) else []


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _parsed(content: bytes) -> object:
    """JSON in any encoding, with control characters in texts, and U+FFFD for octets that are no text."""
    for errors in ("surrogatepass", "replace"):
        try:
            text = content.decode(json.detect_encoding(content), errors)
            value: object = json.loads(text, strict=False, parse_int=len)
        except UnicodeDecodeError:
            continue
        except (ValueError, RecursionError):
            return None
        return value
    return None


# The run.


class _Body(httpx.AsyncByteStream):
    """A body that comes in chunks, and may break off."""

    def __init__(self, case: Case) -> None:
        self._case = case

    async def __aiter__(self) -> AsyncIterator[bytes]:
        case = self._case
        for start in range(0, len(case.body), case.chunk_size):
            yield case.body[start : start + case.chunk_size]
        if case.breaks is not None:
            raise case.breaks


class _Stage(httpx.AsyncBaseTransport):
    """A transport behind which a case is played."""

    case: Case

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Read the request, and play the case."""
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for _ in request.stream:
            pass
        if self.case.fails is not None:
            raise self.case.fails
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in self.case.headers]
        return httpx.Response(self.case.status, headers=headers, stream=_Body(self.case))


@frozen
class Finding:
    """A case that did not end as it must."""

    number: int
    case: Case
    complaint: str


def complaint_about(case: Case, outcome: ImagesResponse | Exception, key: str) -> str | None:
    """What is wrong with how a case ended, if something is."""
    wanted = expected(case)
    if isinstance(outcome, ImagesResponse):
        images = [(image.url, image.b64_json) for image in outcome.data]
        return None if images == wanted else f"gave {images!r:.300} and not {wanted!r:.300}"
    if not isinstance(outcome, ImageVariationsError):
        return f"raised {outcome!r:.300}, which is not an ImageVariationsError"
    if isinstance(wanted, list) or not isinstance(outcome, wanted):
        return f"raised {outcome!r:.300} and not {wanted!r:.300}"
    return _complaint_about_error(outcome, key)


def _complaint_about_error(error: ImageVariationsError, key: str) -> str | None:
    text = str(error)
    if len(text) > LONGEST_MESSAGE:
        return f"has a message of {len(text)} characters"
    if _UNPRINTABLE.search(text):
        return f"has a message that cannot be printed: {text!a:.300}"
    kept = pickle.dumps(error)
    again: object = pickle.loads(kept)  # noqa: S301  # our own
    if type(again) is not type(error) or str(again) != text:
        return f"becomes {again!r:.300} when it is pickled"
    shown = [text, repr(error), repr(error.__cause__), repr(error.attempts)]
    if key.encode() in kept or any(key in part for part in shown):
        return f"holds the key: {shown!r:.1000}"
    return None


async def run(seed: int, numbers: Sequence[int]) -> tuple[Counter[str], Finding | None]:
    """Play cases, up to the first that does not end as it must.

    Returns:
        How often each outcome came, and the case at fault.
    """
    key = f"sk-{secrets.token_hex(12)}"
    maker, stage, png = Maker(seed, key), _Stage(), make_png()
    outcomes: Counter[str] = Counter()
    async with Client(base_url="http://fuzz.example/v1", api_key=key, transport=stage, max_retries=0) as client:
        for number in numbers:
            stage.case = maker.case(number)
            outcome = await _outcome(client, png)
            if complaint := complaint_about(stage.case, outcome, key):
                return outcomes, Finding(number, stage.case, complaint)
            outcomes[type(outcome).__name__] += 1
    return outcomes, None


async def _outcome(client: Client, png: bytes) -> ImagesResponse | Exception:
    try:
        return await create_image_variation(client, image=png)
    except Exception as error:  # which it may be is the question
        return error


class _Watch:
    """Ends the process if no case ends for a long time: whatever occupies the event loop stops its timeouts too."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.under_way: set[int] = set()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        before: set[int] = set()
        while not before or before != self.under_way:
            before = set(self.under_way)
            time.sleep(_LONGEST_CASE)
        print(f"\nhung at seed {self._seed}, in one of {sorted(before)}", file=sys.stderr)  # noqa: T201  # likewise
        faulthandler.dump_traceback()
        os._exit(1)


def _play(what: str, seed: int, numbers: Sequence[int]) -> None:
    start = time.monotonic()
    outcomes: Counter[str]
    finding: Finding | connection.Finding | events.Finding | None
    if what == "events":
        outcomes, finding = events.run(seed, numbers)
    elif what == "answers":
        outcomes, finding = asyncio.run(run(seed, numbers))
    else:
        outcomes, finding = connection.run(seed, numbers, _Watch(seed).under_way)
    for name, count in outcomes.most_common():
        print(f"{count:7} {name}")  # noqa: T201  # what the command is for
    print(f"{len(numbers):7} {what} of seed {seed} in {time.monotonic() - start:.1f} s\n")  # noqa: T201  # likewise
    if finding is not None:
        sys.exit(
            f"case {finding.number} {finding.complaint}\n{finding.case!r:.3000}\n\n"
            f"To play it alone: python -m tests.fuzz {what} --seed {seed} --only {finding.number}"
        )


_KINDS = ("answers", "streams", "events")


def main() -> None:
    """Run from the command line; the exit status is 1 where a case did not end as it must."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Play answers and streams that no server should send."
    )
    parser.add_argument("what", nargs="*", choices=[*_KINDS, []], help="what to play (default: all)")
    parser.add_argument("--cases", type=int, default=20_000, help="how many of each (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**32), help="what they are made from (default: any)"
    )
    parser.add_argument("--only", type=int, help="the number of one case to play alone")
    options = parser.parse_args()
    for what in options.what or _KINDS:
        _play(what, options.seed, range(options.cases) if options.only is None else [options.only])
