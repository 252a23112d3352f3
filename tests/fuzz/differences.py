"""Where the three readers may differ, and why. What is not listed here is a finding.

Ours is h11 for heads and chunks. Where it is stricter, a response is refused that could not be trusted to end where
one of the others takes it to end. Where it is more lenient, the other refuses more than RFC 9112 asks of it.
"""

import re
from collections.abc import Callable
from typing import Literal

from attrs import field, frozen

from tests.fuzz.parts import Parts
from tests.fuzz.readings import Reading
from tests.fuzz.streams import Case

Reader = Literal["http.client", "aiohttp"]


@frozen
class Difference:
    """Where a reader may differ from ours.

    Attributes:
        name: What is read in two ways.
        reader: The reader that differs; `None` for both.
        ours: What ours makes of it.
        section: Where it is decided.
        reason: Why ours is right, or right enough.
        applies: Whether a case holds it.
        example: A stream that shows it, if one that the server ends by closing does.
        is_rule: Whether ours has to refuse it, whatever others do.
    """

    name: str
    reader: Reader | None
    ours: frozenset[str]
    section: str
    reason: str
    applies: Callable[[Parts], bool] = field(repr=False)
    example: bytes = b""
    is_rule: bool = False


REFUSED = frozenset({"error"})
TAKEN = frozenset({"whole", "waits"})

DIFFERENCES = [
    # Ours refuses.
    Difference(
        "a transfer coding other than chunked",
        None,
        REFUSED,
        "RFC 9112, 6.1",
        "No other is understood here, or asked for. Its bytes would be taken for the body.",
        Parts.has_odd_coding,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
        is_rule=True,
    ),
    Difference(
        "a length that is no number of at most 20 digits, or several that differ",
        None,
        REFUSED,
        "RFC 9112, 6.3 (5)",
        "The error is unrecoverable, and the response has to be discarded. http.client takes the first, or none.",
        Parts.has_odd_length,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        is_rule=True,
    ),
    Difference(
        "a head that is cut off",
        "http.client",
        REFUSED,
        "RFC 9112, 8",
        "What it says of the body may be missing.",
        Parts.is_cut_off,
        b"HTTP/1.1 200 OK\r\nX-Y: z\r\n",
        is_rule=True,
    ),
    Difference(
        "a header that is none",
        None,
        REFUSED,
        "RFC 9112, 5",
        "http.client ends the headers there, and does not see a length below it. aiohttp takes some of the names.",
        Parts.has_odd_line,
        b"HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n",
        is_rule=True,
    ),
    Difference(
        "a status line that is none",
        None,
        REFUSED,
        "RFC 9112, 4",
        "Both take lines that the grammar does not have, each of them others.",
        Parts.has_odd_status,
        b"HTTP/1.1  200 OK\r\n\r\n",
        is_rule=True,
    ),
    Difference(
        "protocols that are switched",
        None,
        REFUSED,
        "RFC 9110, 15.2.2",
        "Nobody asked for it. What follows is not HTTP/1.1.",
        lambda parts: b" 101" in parts.status_line,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        is_rule=True,
    ),
    Difference(
        "more than a hundred informational responses",
        None,
        REFUSED,
        "RFC 9110, 15.2",
        "There may be any number. The bound keeps a server from holding the client for ever.",
        lambda parts: len(parts.before) > 100,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 101 + b"HTTP/1.1 200 OK\r\n\r\n",
        is_rule=True,
    ),
    Difference(
        "a head of more than 100 KB",
        None,
        REFUSED,
        "RFC 9110, 5.4",
        "A recipient may refuse what is larger than it wishes to process.",
        Parts.has_long_head,
        b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 15_000 + b"\r\n",
        is_rule=True,
    ),
    Difference(
        "more than 100 KB before a chunk, or of trailers",
        None,
        REFUSED,
        "RFC 9110, 5.4",
        "The same. Less than a bound is held of it, so that it is taken if it comes at once.",
        Parts.has_long_line,
    ),
    Difference(
        "chunks that are malformed",
        None,
        REFUSED,
        "RFC 9112, 7.1",
        "http.client reads sizes as Python does, takes any two bytes for the end of a chunk, any lines for trailers, "
        "and the end of the connection for their end. aiohttp takes some spaces.",
        Parts.has_odd_chunks,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nxyz0\r\n",
    ),
    Difference(
        "trailers that frame a body",
        None,
        REFUSED,
        "RFC 9110, 6.5.1",
        "They must not. h11 refuses a Content-Length that is no number there too.",
        lambda parts: parts.is_chunked() and bool(re.search(rb"(?i)\n(content-length|transfer-encoding):", parts.rest)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: x\r\n\r\n",
    ),
    Difference(
        "a reset",
        None,
        REFUSED,
        "RFC 9112, 9.6",
        "It may discard what came before it. Closing with a request unread is one too.",
        lambda parts: parts.case.ending == "resets" or (parts.case.ending == "closes" and parts.case.is_closed_on),
    ),
    Difference(
        "a response before the request",
        None,
        REFUSED,
        "RFC 9112, 9.2",
        "It belongs to no request, and ends the connection.",
        lambda parts: parts.case.when == "first",
    ),
    # Ours takes it.
    Difference(
        "a length beside chunks",
        "aiohttp",
        TAKEN,
        "RFC 9112, 6.3 (3)",
        "Chunks override it, also in trailers. The connection is then not used again.",
        lambda parts: parts.is_chunked() and bool(re.search(rb"(?i)\ncontent-length:", parts.case.stream)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ),
    Difference(
        "the same length twice",
        None,
        REFUSED | TAKEN,
        "RFC 9112, 6.3 (5)",
        "It may be taken for one. http.client takes a list for none, and reads until the connection is closed.",
        Parts.has_repeated_length,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
    ),
    Difference(
        "a fold in a length",
        "aiohttp",
        TAKEN,
        "RFC 9112, 5.2",
        "It is white space. aiohttp takes what follows it for another length.",
        lambda parts: bool(re.search(rb"(?i)\ncontent-length:[^\n]*\n[ \t]", parts.head)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n \r\n\r\nx",
    ),
    Difference(
        "a length of more than 64 bits",
        "aiohttp",
        TAKEN,
        "RFC 9110, 8.6",
        "A length has no upper limit. As much will not come.",
        Parts.has_huge_length,
    ),
    Difference(
        "an informational response that says it is the last",
        "aiohttp",
        TAKEN,
        "RFC 9112, 9.6",
        "The connection ends after the final response.",
        lambda parts: bool(
            re.search(rb"(?i)HTTP/1.0|\nconnection:|\ncontent-length:|\ntransfer-", b"".join(parts.before))
        ),
        b"HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ),
    Difference(
        "a malformed line of an informational response",
        "aiohttp",
        TAKEN,
        "RFC 9110, 15.2",
        "Such responses are passed over, and say nothing about where anything ends.",
        Parts.has_odd_line_before,
        b"HTTP/1.1 103 Early Hints\r\nno colon\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ),
    Difference(
        "a body where none may be",
        "http.client",
        TAKEN,
        "RFC 9112, 6.3 (1)",
        "A status of 204 or 304 ends with its headers. http.client reads chunks all the same.",
        lambda parts: parts.is_chunked() and parts.status_line[9:12] in (b"204", b"304"),
        b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ),
    Difference(
        "white space around the name of a coding",
        None,
        TAKEN,
        "RFC 9112, 5.1 and 5.2",
        "It is no part of the value. The others take chunks for a body that ends with the connection.",
        lambda parts: bool(
            re.search(rb"(?i)\ntransfer-encoding:(?! ?chunked\r?\n(?![ \t]))[ \t\r\n]*chunked", parts.head)
        ),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ),
    Difference(
        "an odd chunk extension",
        "aiohttp",
        TAKEN,
        "RFC 9112, 7.1.1",
        "One that is not understood is passed over.",
        lambda parts: parts.is_chunked() and b";" in parts.rest,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\r\nx\r\n0\r\n\r\n",
    ),
    Difference(
        "more than a hundred headers, or a line of 64 KB",
        "http.client",
        TAKEN,
        "RFC 9110, 5.4",
        "The bound is another one.",
        lambda parts: parts.head.count(b"\n") > 100 or bool(re.search(rb"[^\n]{65536}", parts.case.stream)),
        b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 120 + b"\r\n",
    ),
    Difference(
        "a line that has not ended",
        None,
        frozenset({"waits"}),
        "RFC 9112, 4, 5 and 7.1",
        "It is parsed when it has. Nothing is lost but time, and that is bounded by the caller.",
        lambda parts: parts.is_cut_off() or parts.has_odd_chunks(),
    ),
    Difference(
        "a later minor version",
        "aiohttp",
        TAKEN,
        "RFC 9110, 2.5",
        "It is compatible.",
        lambda parts: bool(re.search(rb"HTTP/1\.[2-9]", b"".join(parts.before) + parts.status_line)),
        b"HTTP/1.2 200 OK\r\n\r\n",
    ),
]


def difference_in(case: Case, reader: Reader, ours: Reading) -> Difference | None:
    """Return the difference that explains why a reader reads a case in another way."""
    parts = Parts.of(case)
    for difference in DIFFERENCES:
        if difference.reader in (None, reader) and ours.kind in difference.ours and difference.applies(parts):
            return difference
    return None


def rule_broken_by(case: Case, ours: Reading) -> Difference | None:
    """Return a rule that a case breaks although it was taken."""
    parts = Parts.of(case)
    if ours.kind != "whole":
        return None
    return next((rule for rule in DIFFERENCES if rule.is_rule and rule.applies(parts)), None)
