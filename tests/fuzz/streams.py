"""Byte streams that a server may send in place of a response, made from a seed and a number."""

import random
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, TypeVar

from attrs import field, frozen

from tests.fuzz.fragments import (
    GOOD_CHUNKS,
    GOOD_HEADERS,
    GOOD_LAST,
    GOOD_LINES,
    INFORMATIONAL,
    NUMBER,
    ODD_CHUNKS,
    ODD_CODINGS,
    ODD_HEADERS,
    ODD_LAST,
    ODD_LENGTHS,
    ODD_LINES,
    OTHER,
)
from tests.fuzz.readings import Ending

T = TypeVar("T")

Method = Literal["GET", "HEAD", "POST"]
When = Literal["after", "early", "first"]
Reads = Literal["all", "one piece", "nothing"]

# With how often each comes. POSTs have a body of this length.
_METHODS: dict[tuple[Method, int], int] = {("GET", 0): 40, ("HEAD", 0): 4, ("POST", 10): 5, ("POST", 2_000_000): 1}
_ENDINGS: dict[Ending, int] = {"closes": 9, "is silent": 6, "half-closes": 3, "resets": 2}
_TIMES: dict[When, int] = {"after": 17, "early": 2, "first": 1}
_READS: dict[Reads, int] = {"all": 18, "one piece": 1, "nothing": 1}


@frozen
class Case:
    """What a client asks, and what a server does.

    Attributes:
        body_size: Bytes of the request's body.
        when: When the server sends: after the request, between its head and its body, or before it.
        pieces: What it sends, each piece by itself.
        ending: What it does then.
        reads: How much of the body the client reads: all, one piece or nothing.
    """

    number: int
    method: Method
    body_size: int
    when: When
    pieces: tuple[bytes, ...] = field(repr=False)
    ending: Ending
    reads: Reads

    @property
    def is_closed_on(self) -> bool:
        """Whether the server closes while the request is still on its way, unless it waits for that."""
        return self.when != "after" and self.body_size > 0

    @property
    def stream(self) -> bytes:
        """All that the server sends."""
        return b"".join(self.pieces)


class Maker:
    """Makes the cases of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random()  # noqa: S311  # chosen for repeating itself

    def case(self, number: int) -> Case:
        """Return the case of a number."""
        self._random.seed(f"connection:{self._seed}:{number}")
        method, body_size = self._weighted(_METHODS)
        before = self._informational()
        head, body = self._response(number)
        behind = self._behind() if self._happens(0.35) else b""
        stream = before + head + body + behind
        if self._happens(0.12):
            stream = stream[: self._random.randrange(len(stream) + 1)]
        if self._happens(0.12):
            # Not in the status line if something is behind: with a 1 in place of the 2 that would be a response.
            stream = self._with_noise(stream, len(before) + len(b"HTTP/1.1 200") if behind else 0)
        return Case(
            number=number,
            method=method,
            body_size=body_size,
            when=self._weighted(_TIMES),
            pieces=tuple(self._cut(stream)),
            ending=self._weighted(_ENDINGS),
            reads=self._weighted(_READS),
        )

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _one_of(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def _weighted(self, choices: Mapping[T, int]) -> T:
        return self._random.choices([*choices], [*choices.values()])[0]

    def _cut(self, stream: bytes) -> list[bytes]:
        """Cut a stream anywhere, or nowhere."""
        way = self._random.randrange(5)
        if way == 0 or len(stream) < 2:
            return [stream]
        if way == 1 and len(stream) <= 400:
            return [stream[at : at + 1] for at in range(len(stream))]
        if way == 2:  # within a line's end
            ends = [found.start() for found in re.finditer(rb"(?<!^)[\r\n]", stream)]
            places = set(self._random.sample(ends, min(len(ends), 10)))
        else:
            places = {self._random.randrange(1, len(stream)) for _ in range(self._random.randrange(1, 8))}
        edges = [0, *sorted(places), len(stream)]
        return [stream[start:end] for start, end in pairwise(edges)]

    def _with_noise(self, stream: bytes, start: int) -> bytes:
        noisy = bytearray(stream)
        for _ in range(self._random.randrange(1, 4)):
            if start >= min(len(noisy), start + 400):
                break
            at = self._random.randrange(start, min(len(noisy), start + 400))
            way = self._random.randrange(4)
            if way == 0:
                del noisy[at]
            elif way == 1:
                noisy.insert(at, self._one_of(b"\0\r\n\t :;,\x0b\x0c\x1f\x7f\x80\xff09aA"))
            elif way == 2:
                noisy[at] = self._one_of(b"\0\r\n\t :;,\x0b\x0c\x1f\x7f\x80\xff09aA")
            else:
                noisy[at] ^= 1 << self._random.randrange(8)
        return bytes(noisy)

    # What comes before the response, and behind it.

    def _informational(self) -> bytes:
        if self._happens(0.7):
            return b""
        count = self._one_of([1] * 10 + [2, 3, 5, 50, 99, 100, 101, 300])
        end = self._one_of([b"\r\n"] * 9 + [b"\n"])
        choices = INFORMATIONAL if count < 10 else INFORMATIONAL[:10]
        return b"".join(self._one_of(choices) + end + end for _ in range(count))

    def _behind(self) -> bytes:
        other = b"HTTP/1.1 200 OK\r\n%b: %b\r\nContent-Length: 6\r\n\r\nstolen" % (NUMBER.encode(), OTHER.encode())
        return self._one_of(
            [
                *[other] * 6,
                other + other,
                b"HTTP/1.1 100 Continue\r\n\r\n" + other,
                other[: self._random.randrange(len(other))],
                b"\r\n" + other,
                b"\r\n",
                b"\n",
                b"\0",
                b"0\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                b"x" * 70_000,
                self._random.randbytes(20),
            ]
        )

    # The response.

    def _response(self, number: int) -> tuple[bytes, bytes]:
        line = self._one_of(GOOD_LINES) if self._happens(0.85) else self._one_of(ODD_LINES)
        payload = b"genuine %d " % number
        payload += b"x" * self._one_of([0, 0, 0, 1, 10, 300, 5000])
        if self._happens(0.02):
            payload *= 70_000 // len(payload) + self._random.randrange(1000)
        if self._happens(0.05):
            payload = b""
        framing, body = self._framed(payload)
        headers = [b"%b: %d" % (NUMBER.encode(), number), *framing]
        for _ in range(self._one_of([0, 1, 1, 2, 4])):
            headers.append(self._one_of(GOOD_HEADERS))
        if self._happens(0.12):
            headers.append(self._one_of(ODD_HEADERS))
        self._random.shuffle(headers)
        end = b"\r\n" if self._happens(0.93) else b"\n"
        return end.join([line, *headers, b"", b""]), body

    def _framed(self, payload: bytes) -> tuple[list[bytes], bytes]:
        """Return the headers that say where a body ends, and the body."""
        way = self._random.random()
        length = b"Content-Length: %d" % len(payload)
        chunked = b"Transfer-Encoding: chunked"
        if way < 0.3:
            return [length], payload
        if way < 0.5:
            return [chunked], self._chunked(payload)
        if way < 0.6:
            return [], payload
        if way < 0.75:
            return self._odd_lengths(len(payload)), payload
        if way < 0.85:
            coding = [self._one_of(ODD_CODINGS)]
            return coding + [length] * self._happens(0.3), self._one_of([payload, self._chunked(payload)])
        if way < 0.92:
            return [length, chunked], self._one_of([payload, self._chunked(payload), self._chunked(payload)])
        return [length], payload[: self._random.randrange(len(payload) + 1)] or b"x"

    def _odd_lengths(self, length: int) -> list[bytes]:
        texts = [text % {b"n": length} for text in self._one_of(ODD_LENGTHS)]
        return [text if b":" in text else b"Content-Length: %b" % text for text in texts]

    def _chunked(self, payload: bytes) -> bytes:
        is_odd = self._happens(0.3)
        odd_one = self._random.randrange(4) if is_odd else -1
        places = {0, *(self._random.randrange(len(payload) + 1) for _ in range(self._random.randrange(3)))}
        edges = [*sorted(places), len(payload)]
        chunks = [payload[start:end] for start, end in pairwise(edges) if end > start]
        written: list[bytes] = []
        for index, chunk in enumerate(chunks):
            form = self._one_of(ODD_CHUNKS if index == odd_one else GOOD_CHUNKS)
            written.append(form % {b"size": len(chunk), b"data": chunk})
        is_odd = is_odd and not 0 <= odd_one < len(chunks)
        written.append(self._one_of(ODD_LAST) if is_odd else self._one_of(GOOD_LAST))
        return b"".join(written)
