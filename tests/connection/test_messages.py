"""HTTP/1.1 messages as values, without a connection."""

from itertools import pairwise

import h11
import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from image_variations._runtime.connection.messages import BrokenHeadError, Framing, RequestHead, parse_head

from tests.fuzz.parts import Parts
from tests.fuzz.streams import Maker

LONG = b"x" * 5000


def framing(*headers: bytes, status: int = 200, method: bytes = b"GET") -> Framing:
    """Return how the body of a response with these headers is framed."""
    return parse_head(b"\r\n".join([b"HTTP/1.1 %d OK" % status, *headers, b"", b""]), method)[1]


@pytest.mark.parametrize(
    "body",
    [b"1;a=%b\r\nx\r\n0\r\n\r\n" % LONG, b"1\r\nx\r\n0\r\nX-Sum: %b\r\n\r\n" % LONG],
    ids=["chunk extension", "trailers"],
)
def test_a_long_line_between_chunks_may_come_in_pieces(body: bytes) -> None:
    """Whether it is taken does not depend on how the network cuts it (RFC 9112, section 7.1)."""
    chunked = framing(b"Transfer-Encoding: chunked")
    assert b"".join(chunked.feed(body[at : at + 1])[0] for at in range(len(body))) == b"x"
    assert chunked.is_whole


def test_what_is_between_chunks_is_not_held_without_a_limit() -> None:
    """A chunk's first line that does not end is refused."""
    chunked = framing(b"Transfer-Encoding: chunked")
    for _ in range(20):
        chunked.feed(b"1;" + LONG)
    with pytest.raises(httpx.RemoteProtocolError, match="too long"):
        chunked.feed(LONG)


@pytest.mark.parametrize("line", [b"X-\0: %b" % LONG, b"no colon %b" % LONG])
def test_a_malformed_header_is_quoted_in_part(line: bytes) -> None:
    """The message of an error has a bounded length."""
    with pytest.raises(BrokenHeadError) as caught:
        framing(line)
    assert len(str(caught.value)) < 400


def test_a_malformed_chunk_is_quoted_in_part() -> None:
    """The message of an error has a bounded length here too."""
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        framing(b"Transfer-Encoding: chunked").feed(LONG + b"\r\n")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.7"])
def test_another_major_version_is_refused(version: bytes) -> None:
    """How its messages read is not known here (RFC 9110, section 2.5)."""
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        parse_head(version + b" 200 OK\r\nContent-Length: 0\r\n\r\n", b"GET")
    assert not isinstance(caught.value, BrokenHeadError)


def test_a_later_minor_version_is_read_as_this_one() -> None:
    """It is compatible (RFC 9110, section 2.5), and so is an error in its headers."""
    assert parse_head(b"HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", b"GET")[0].status_code == 200
    with pytest.raises(BrokenHeadError):
        parse_head(b"HTTP/1.2 200 OK\r\nno colon\r\n\r\n", b"GET")


@pytest.mark.parametrize("header", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_a_connection_is_not_used_again_after_a_body_where_none_may_be(header: bytes) -> None:
    """A status of 204 has no body. If one is sent all the same, it is not the response to the next request."""
    assert not framing(header, status=204).keeps_alive
    assert framing(b"Content-Length: 0", status=204).keeps_alive
    assert framing(header, status=304).keeps_alive


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ([], 0),
        ([(b"Content-Length", b"5")], 5),
        ([(b"content-length", b"5"), (b"Content-Length", b"5")], 5),
        ([(b"Transfer-Encoding", b"Chunked")], None),
    ],
)
def test_the_headers_of_a_request_say_how_its_body_is_sent(
    headers: list[tuple[bytes, bytes]], length: int | None
) -> None:
    """It is counted, or sent in chunks (RFC 9112, section 6.3)."""
    assert RequestHead(b"POST", b"/", headers).body_length() == length


@pytest.mark.parametrize(
    "headers",
    [
        [(b"Content-Length", b"five")],
        [(b"Content-Length", b"+5")],
        [(b"Content-Length", b"5_0")],
        [(b"Content-Length", b"")],
        [(b"Content-Length", b"5"), (b"Content-Length", b"6")],
        [(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")],
        [(b"Transfer-Encoding", b"gzip")],
        [(b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"gzip")],
    ],
)
def test_a_request_that_two_servers_would_read_in_two_ways_is_not_sent(headers: list[tuple[bytes, bytes]]) -> None:
    """A sender must not contradict itself about a body (RFC 9112, sections 6.1 and 6.2)."""
    with pytest.raises(httpx.LocalProtocolError, match="where the body ends"):
        RequestHead(b"POST", b"/", headers).body_length()


@st.composite
def cut(draw: st.DrawFn, stream: st.SearchStrategy[bytes]) -> list[bytes]:
    """A stream in pieces."""
    whole = draw(stream)
    edges = sorted({0, len(whole), *draw(st.lists(st.integers(0, len(whole)), max_size=8))})
    return [whole[start:end] for start, end in pairwise(edges)]


def read(framing: Framing, pieces: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return the body and what follows it; `None` if it is refused or not whole."""
    body = excess = b""
    try:
        for piece in pieces:
            if framing.is_whole:
                excess += piece
                continue
            taken, more = framing.feed(piece)
            body += taken
            excess += more
        if not framing.is_whole:
            framing.end()
    except httpx.RemoteProtocolError:
        return None
    return body, excess


MAKER = Maker(seed=1)
BODIES = st.integers(0, 10_000).map(lambda number: Parts.of(MAKER.case(number)).rest[:20_000])


@pytest.mark.parametrize("headers", [[b"Transfer-Encoding: chunked"], [b"Content-Length: 13"], []])
@given(pieces=cut(BODIES))
def test_a_body_is_the_same_however_it_is_cut(headers: list[bytes], pieces: list[bytes]) -> None:
    """Where its pieces end says nothing (RFC 9112, section 6)."""
    whole = b"".join(pieces)
    assert read(framing(*headers), pieces) == read(framing(*headers), [whole] * bool(whole))


@given(
    method=st.sampled_from([b"GET", b"POST", b"G T", b"GET / HTTP/1.1\r\nX: y\r\n"]) | st.binary(max_size=5),
    target=st.sampled_from([b"/", b"/a?b=c", b"/ HTTP/1.1\r\nX: y\r\n\r\nGET /", b"/\xe9"]) | st.binary(max_size=10),
    headers=st.lists(
        st.tuples(
            st.sampled_from([b"X-Y", b"X-Y ", b"X-Y:", b"", b" X", b"X\r\nY"]) | st.binary(max_size=5),
            st.sampled_from([b"", b" ", b"\t", b"y", b"caf\xe9", b"y\r\nX: z", b"y\nz", b"y\rz", b"y\0"])
            | st.binary(max_size=10),
        ),
        max_size=4,
    ),
)
def test_a_server_reads_the_request_that_was_meant(
    method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    """Nothing in a method, a target or a header ends its line, or reads as something else."""
    headers = [(b"Host", b"x"), *headers]
    assume(all(name.lower() not in (b"host", b"content-length", b"transfer-encoding") for name, _ in headers[1:]))
    try:
        encoded = RequestHead(method, target, headers).encode()
    except httpx.LocalProtocolError:
        return
    server = h11.Connection(h11.SERVER)
    server.receive_data(encoded)
    request = server.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (method, target)
    assert list(request.headers) == [(name.lower(), value.strip(b" \t")) for name, value in headers]
    assert server.trailing_data == (b"", False)
