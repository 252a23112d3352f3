"""The script of a fake: faults are used in order, one by each request, and none is left over."""

import asyncio
import gzip
import math
import time
from http import HTTPStatus

import httpx
import pytest
from image_variations import (
    AuthenticationError,
    CallTimeoutError,
    Client,
    ConfigurationError,
    ConnectionLostError,
    Image,
    ImagesResponse,
    ResponseError,
    ServerError,
    create_image_variation,
    create_image_variation_detailed,
)
from image_variations.testing import FakeClock, FakeImages


async def test_faults_are_used_up_in_order_and_then_it_works(png: bytes) -> None:
    """Counted, and not drawn: the first two fail."""
    with FakeImages(clock=FakeClock()) as fake:
        fake.fails(429, retry_after=1)
        fake.fails(503)
        async with Client(transport=fake) as client:
            response = await create_image_variation_detailed(client, image=png)
    assert [attempt.status_code for attempt in response.attempts] == [429, 503, 200]
    assert fake.billed == 1


async def test_a_wait_of_a_minute_takes_no_time(png: bytes) -> None:
    """The client lives in the fake's time, in which the minute has passed."""
    clock = FakeClock()
    began = time.monotonic()
    with FakeImages(clock=clock) as fake:
        fake.fails(429, retry_after=60)
        async with Client(transport=fake) as client:
            response = await create_image_variation_detailed(client, image=png)
    assert (clock.now, response.elapsed) == (60, 60)
    assert time.monotonic() - began < 30


async def test_a_delay_obeys_the_clients_timeout(png: bytes) -> None:
    """A response that is later is not waited for, and one that is earlier arrives at its time."""
    clock = FakeClock()
    with FakeImages(clock=clock) as fake:
        fake.is_slow(30)
        fake.is_slow(30)
        async with Client(transport=fake) as client:
            with pytest.raises(CallTimeoutError):
                await create_image_variation(client, image=png, timeout=20)
            assert clock.now == 20
            response = await create_image_variation_detailed(client, image=png, timeout=40)
    assert response.elapsed == 30


async def test_calls_at_once_end_in_the_order_of_their_delays(png: bytes) -> None:
    """Each after its own, so a shorter one is not held up by a longer one."""
    ended: list[float] = []

    async def call(client: Client) -> None:
        ended.append((await create_image_variation_detailed(client, image=png)).elapsed)

    with FakeImages(clock=FakeClock()) as fake:
        for seconds in (30, 10, 20):
            fake.is_slow(seconds)
        async with Client(transport=fake) as client:
            await asyncio.gather(*(call(client) for _ in range(3)))
    assert ended == [10, 20, 30]


async def test_a_delay_obeys_httpxs_own_timeout() -> None:
    """For a program that has the fake under an `httpx.AsyncClient` of its own."""
    clock = FakeClock()
    fake = FakeImages(clock=clock)
    fake.is_slow(30)
    async with httpx.AsyncClient(transport=fake, base_url=fake.base_url, timeout=5) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post("/images/variations")
    assert clock.now == 5


async def test_without_a_clock_a_delay_takes_its_time(png: bytes) -> None:
    """And ends with the call's timeout."""
    with FakeImages() as fake:
        fake.hangs()
        fake.is_slow(0.01)
        async with Client(transport=fake, timeout=0.05) as client:
            with pytest.raises(CallTimeoutError):
                await create_image_variation(client, image=png)
            await create_image_variation(client, image=png, timeout=10)


async def test_a_broken_response_is_cut_where_the_script_says(png: bytes) -> None:
    """What came before is kept with the error."""
    with FakeImages() as fake:
        fake.cuts_off(after=5)
        async with Client(transport=fake) as client:
            with pytest.raises(Exception, match="broke off") as caught:
                await create_image_variation(client, image=png)
    assert getattr(caught.value, "content", None) == b'{"cre'


@pytest.mark.parametrize(
    ("body", "content_type", "content"),
    [
        ({"a": 1}, "application/json", b'{"a": 1}'),
        ("text", "text/plain; charset=utf-8", b"text"),
        (b"bytes", "application/octet-stream", b"bytes"),
        (b"", None, b""),
    ],
)
async def test_it_sends_what_the_script_says(body: object, content_type: str | None, content: bytes) -> None:
    """A string and bytes as they are, and anything else as JSON."""
    fake = FakeImages()
    fake.sends(418, body, {"x-own": "1"})
    async with httpx.AsyncClient(transport=fake, base_url=fake.base_url) as http:
        response = await http.post("/images/variations")
    assert (response.status_code, response.content, response.headers["x-own"]) == (418, content, "1")
    assert response.headers.get("content-type") == content_type


async def test_a_fault_that_is_left_over_fails_the_test(png: bytes) -> None:
    """The message names it, and what arrived instead."""
    fake = FakeImages()
    fake.fails(429, times=2)
    fake.downloads.hangs()
    async with Client(transport=fake, max_retries=0, base_url=fake.base_url) as client:
        with pytest.raises(Exception, match="429"):
            await create_image_variation(client, image=png)
        said = "no request met fails(429), downloads.hangs(); requests that arrived: POST http://fake.test"
        with pytest.raises(AssertionError) as caught:
            fake.check()
        assert str(caught.value) == f"{said}/v1/images/variations"
        fake.next_fault()
        fake.downloads.next_fault()


async def test_closing_a_client_looks_for_faults_that_are_left_over() -> None:
    """Without a `with` block nothing else would."""
    fake = FakeImages()
    fake.hangs()
    client = Client(transport=fake)
    with pytest.raises(AssertionError, match=r"no request met hangs\(\); requests that arrived: none"):
        await client.aclose()


async def test_a_with_block_looks_once_at_its_end(png: bytes) -> None:
    """One fake may serve several clients, one after the other."""
    with FakeImages() as fake:
        fake.fails(500)
        fake.fails(501)
        for expected in ("500", "501"):
            async with Client(transport=fake, max_retries=0) as client:
                with pytest.raises(ServerError, match=expected):
                    await create_image_variation(client, image=png)


def test_the_error_of_a_block_is_not_hidden() -> None:
    """A fault that is left over because the test failed before is no news."""
    fake = FakeImages()
    fake.hangs()
    with pytest.raises(ZeroDivisionError), fake:
        _ = 1 / 0


async def test_a_request_that_the_document_does_not_have_fails_the_test() -> None:
    """The message says what arrived, and what the document has; the program gets it, too."""
    said = "GET /v1/models: the document has only POST /images/variations."
    fake = FakeImages()
    http = httpx.AsyncClient(transport=fake, base_url=fake.base_url)
    response = await http.get("/models")
    assert response.json()["error"]["message"] == said
    with pytest.raises(AssertionError) as caught:
        await http.aclose()
    assert str(caught.value) == said


async def test_a_request_beyond_those_that_are_expected_fails_the_test(png: bytes) -> None:
    """The message says which it was, and how many were expected."""
    fake = FakeImages(max_requests=1)
    client = Client(transport=fake)
    await create_image_variation(client, image=png)
    await create_image_variation(client, image=png)
    with pytest.raises(AssertionError, match=r"POST https://.*/images/variations is request 2, but max_requests=1"):
        await client.aclose()


async def test_each_rule_can_be_relaxed() -> None:
    """Faults that are left over, and requests that nobody knows."""
    with FakeImages(allow_unknown=True, allow_unused=True) as fake:
        fake.fails(400, times=2)
        async with httpx.AsyncClient(transport=fake, base_url=fake.base_url) as http:
            assert (await http.get("/models")).status_code == 400
    assert fake.unused == ["fails(400)"]


async def test_it_serves_over_a_socket(png: bytes) -> None:
    """The same script for whatever makes its client by itself, from any event loop."""
    with FakeImages(api_key="sk-test").serving() as fake:
        fake.fails(500)
        fake.loses_the_response()
        fake.is_slow(0.01)
        async with Client(base_url=fake.base_url, api_key="sk-test") as client:
            with pytest.raises(ConnectionLostError):
                await create_image_variation(client, image=png)
            await create_image_variation(client, image=png)
    assert [request.attempt for request in fake.requests] == [1, 2, 3]
    assert fake.billed == 2


def test_a_socket_cannot_refuse_connections() -> None:
    """The fake says so, of downloads too, and whether it is scripted before it serves or then."""
    early = FakeImages(allow_unused=True)
    early.downloads.refuses_connections()
    with pytest.raises(ConfigurationError, match="pass the fake as a transport"), early.serving():
        pass
    with FakeImages().serving() as fake:
        for script in (fake, fake.downloads):
            with pytest.raises(ConfigurationError, match="pass the fake as a transport"):
                script.refuses_connections()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fake.fails(200)", "status must be a number from 400 to 599, not 200; sends() sends any other"),
        ("fake.fails('429')", "status must be a number from 400 to 599, not '429'; sends() sends any other"),
        ("fake.fails(429, retry_after=-1)", "retry_after must be a number of seconds of at least 0, not -1"),
        ("fake.fails(429, retry_after=math.inf)", "retry_after must be a number of seconds that a header can say"),
        ("fake.fails(429, code=5)", "code must be a string, not 5"),
        ("fake.fails(429, headers={'Retry-After': 5})", "the header 'Retry-After' must be a string of one line, not 5"),
        ("fake.fails(429, headers=[('a', 'b')])", "headers must be a mapping"),
        ("fake.fails(429, times=0)", "times must be a whole number of at least 1, not 0"),
        ("fake.hangs(times=1.5)", "times must be a whole number of at least 1, not 1.5"),
        ("fake.is_slow('2')", "seconds must be a number of seconds of at least 0, not '2'"),
        ("fake.is_slow(math.nan)", "seconds must be a number of seconds of at least 0, not nan"),
        ("fake.cuts_off(after=-1)", "after must be a whole number of at least 0, not -1"),
        ("fake.sends(101)", "status must be a number from 200 to 999, not 101"),
        ("fake.sends(200, {'a': {1}})", "body must be bytes, a string, or what JSON can say: {1} is none of these"),
        ("fake.sends(200, 'a', {'b': 'c\\nd'})", "the header 'b' must be a string of one line"),
        ("fake.downloads.refuses_connections(ValueError('x'))", "reason must be an OSError, not ValueError('x')"),
        ("FakeImages(clock=7)", "clock must be a FakeClock, not 7"),
        ("FakeImages(max_requests=-1)", "max_requests must be a whole number of at least 0, not -1"),
        ("FakeImages(api_key='')", "api_key must be a string that is not empty"),
    ],
)
def test_a_line_that_no_server_could_play_is_refused_where_it_is_written(line: str, said: str) -> None:
    """One line says which argument it is, instead of a fault that nobody meets."""
    fake = FakeImages()
    with pytest.raises(ConfigurationError) as caught:
        eval(line, {"fake": fake, "FakeImages": FakeImages, "math": math})  # noqa: S307  # so type checkers let it be
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    assert fake.unused == fake.downloads.unused == []


@pytest.mark.parametrize(
    ("seconds", "header"), [(1, "1"), (0.25, "0.25"), (1.0, "1"), (1234567, "1234567"), (0, "0"), (100, "100")]
)
async def test_seconds_are_written_as_servers_write_them(seconds: float, header: str) -> None:
    """Without an exponent."""
    fake = FakeImages()
    fake.fails(HTTPStatus.TOO_MANY_REQUESTS, retry_after=seconds, headers={"content-type": "application/own"})
    async with httpx.AsyncClient(transport=fake, base_url=fake.base_url) as http:
        response = await http.post("/images/variations")
    assert response.headers["retry-after"] == header
    assert response.headers.get_list("content-type") == ["application/own"]


@pytest.mark.parametrize("after", [0, 10**9])
async def test_a_body_breaks_off_wherever_that_is(after: int, png: bytes) -> None:
    """Before its first byte, and at the latest before its last one, over a socket too."""
    with FakeImages().serving() as fake:
        fake.cuts_off(after=after, times=2)
        for client in (Client(transport=fake, base_url=fake.base_url), Client(base_url=fake.base_url)):
            async with client:
                with pytest.raises(ResponseError, match="broke off") as caught:
                    await create_image_variation(client, image=png)
            assert (len(caught.value.content) > 0) is (after > 0)


async def test_a_response_in_a_coding_comes_as_it_is_scripted(png: bytes) -> None:
    """What cannot be decoded is the client's to find out."""
    with FakeImages() as fake:
        fake.sends(
            200, gzip.compress(b'{"created": 7, "data": [{"url": "https://host/a"}]}'), {"Content-Encoding": "gzip"}
        )
        fake.sends(200, b"no gzip", {"Content-Encoding": "gzip"})
        async with Client(transport=fake) as client:
            [item] = (await create_image_variation(client, image=png)).data
            with pytest.raises(ResponseError):
                await create_image_variation(client, image=png)
    assert item.url == "https://host/a"


async def test_a_model_is_sent_as_json(png: bytes) -> None:
    """So a test may build its response as the client gives it."""
    sent = ImagesResponse(created=7, data=[Image(url="https://host/a")])
    with FakeImages() as fake:
        fake.sends(200, sent)
        async with Client(transport=fake) as client:
            assert await create_image_variation(client, image=png) == sent


async def test_closing_a_client_does_not_hide_an_error(png: bytes) -> None:
    """A fault that is left over because the test failed before is no news."""
    fake = FakeImages()
    fake.fails(401, times=2)
    with pytest.raises(AuthenticationError):
        async with Client(transport=fake) as client:
            await create_image_variation(client, image=png)
    with pytest.raises(ZeroDivisionError):
        async with httpx.AsyncClient(transport=fake):
            _ = 1 / 0


async def test_a_complaint_shows_no_query() -> None:
    """It may hold a key."""
    fake = FakeImages(max_requests=0)
    http = httpx.AsyncClient(transport=fake, base_url=fake.base_url)
    await http.get("/models?key=secret")
    with pytest.raises(AssertionError) as caught:
        await http.aclose()
    assert "secret" not in str(caught.value)


async def test_a_socket_asks_for_a_body_that_waits_to_be_asked_for() -> None:
    """As curl has it, for long bodies (RFC 9110, section 10.1.1)."""
    head = b"POST /v1/images/variations HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    with FakeImages().serving() as fake:
        url = httpx.URL(fake.base_url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(head)
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 100")
        writer.close()


async def test_a_socket_that_cannot_play_a_response_breaks_off(caplog: pytest.LogCaptureFixture) -> None:
    """A length that is not the body's is a fault of the response, and no error of the server."""
    with FakeImages().serving() as fake:
        fake.sends(200, b"hello", {"Content-Length": "2"})
        async with httpx.AsyncClient(base_url=fake.base_url) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                await http.post("/images/variations")
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_fake_that_hangs_over_a_socket_ends_with_its_block(png: bytes) -> None:
    """Its thread waits for no client."""
    with FakeImages().serving() as fake:
        fake.hangs()
        fake.cuts_off()
        async with Client(base_url=fake.base_url, timeout=0.2) as client:
            with pytest.raises(CallTimeoutError):
                await create_image_variation(client, image=png)
            with pytest.raises(Exception, match="broke off"):
                await create_image_variation(client, image=png, timeout=30)
