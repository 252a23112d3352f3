"""Each class of an attempt, and each class of an error, by one line of a script."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import image_variations
import pytest
from attrs import frozen
from image_variations import Client, ImageVariationsError, create_image_variation, fetch_image, save_images
from image_variations.testing import FakeClock, FakeImages

Line = Callable[[FakeImages], object]


@frozen
class Row:
    """One line of a script, and what a call makes of it."""

    line: Line
    error: str
    outcome: str
    billed: str
    attempts: int = 1
    made: int = 0


ROWS = [
    # not sent
    Row(lambda fake: fake.refuses_connections(times=3), "ConnectionFailedError", "not sent", "no", attempts=3),
    Row(lambda fake: fake.refuses_connections(ssl.SSLCertVerificationError()), "TLSError", "not sent", "no"),
    Row(
        lambda fake: fake.refuses_connections(socket.gaierror(socket.EAI_NONAME, "")),
        *("ConnectionFailedError", "not sent", "no"),
    ),
    # rejected
    Row(lambda fake: fake.fails(409, times=3), "ConflictError", "rejected", "no", attempts=3),
    Row(lambda fake: fake.fails(425, times=3), "StatusError", "rejected", "no", attempts=3),
    Row(lambda fake: fake.fails(429, retry_after=60, times=3), "RateLimitError", "rejected", "no", attempts=3),
    Row(lambda fake: fake.fails(429, code="insufficient_quota"), "QuotaExceededError", "rejected", "no"),
    Row(lambda fake: fake.fails(500, times=3), "ServerError", "rejected", "no", attempts=3),
    Row(lambda fake: fake.fails(500, headers={"x-should-retry": "false"}), "ServerError", "rejected", "no"),
    Row(lambda fake: fake.sends(503, "Busy.", {"Retry-After": "1"}, times=3), "GatewayError", "rejected", "no", 3),
    Row(lambda fake: fake.sends(521, times=3), "GatewayError", "rejected", "no", attempts=3),
    # unknown
    Row(lambda fake: fake.loses_the_response(), "ConnectionLostError", "unknown", "unknown", made=1),
    Row(lambda fake: fake.hangs(), "CallTimeoutError", "unknown", "unknown", made=1),
    Row(lambda fake: fake.is_slow(601), "CallTimeoutError", "unknown", "unknown", made=1),
    Row(lambda fake: fake.fails(408), "StatusError", "unknown", "unknown"),
    Row(lambda fake: fake.sends(502, "<h1>Bad gateway</h1>"), "GatewayError", "unknown", "unknown"),
    # billed
    Row(lambda fake: fake.cuts_off(), "ResponseError", "billed", "yes", made=1),
    Row(lambda fake: fake.sends(200, {"data": []}), "ResponseError", "billed", "yes", made=1),
    # permanent
    Row(lambda fake: fake.fails(400), "BadRequestError", "permanent", "no"),
    Row(lambda fake: fake.fails(401), "AuthenticationError", "permanent", "no"),
    Row(lambda fake: fake.fails(403), "PermissionDeniedError", "permanent", "no"),
    Row(lambda fake: fake.fails(404), "NotFoundError", "permanent", "no"),
    Row(lambda fake: fake.fails(413), "PayloadTooLargeError", "permanent", "no"),
    Row(lambda fake: fake.fails(422), "UnprocessableEntityError", "permanent", "no"),
    Row(lambda fake: fake.sends(302, headers={"Location": "/"}), "RedirectError", "permanent", "no"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.outcome}-{row.error}")
async def test_each_class_is_provoked_by_one_line(row: Row, png: bytes) -> None:
    """With the fake's own time no row waits, also not for a minute, or for the end of the timeout."""
    with FakeImages(clock=FakeClock()) as fake:
        row.line(fake)
        async with Client(transport=fake) as client:
            with pytest.raises(ImageVariationsError) as caught:
                await create_image_variation(client, image=png)
    error = caught.value
    assert (type(error).__name__, error.billed) == (row.error, row.billed)
    assert [attempt.outcome.value for attempt in error.attempts] == [row.outcome] * row.attempts
    assert fake.billed == row.made


async def test_errors_that_no_server_makes_need_no_script(png: bytes, tmp_path: Path) -> None:
    """They are the caller's own, or the disk's."""
    async with Client(transport=FakeImages()) as client:
        with pytest.raises(image_variations.ConfigurationError):
            client.with_options(timeout=-1)
        with pytest.raises(image_variations.InvalidRequestError):
            await create_image_variation(client, image=png, n=11)
        (tmp_path / "file").touch()
        response = await create_image_variation(client, image=png, response_format="b64_json")
        with pytest.raises(image_variations.SaveError):
            await save_images(client, response, tmp_path / "file")
    with pytest.raises(image_variations.ClientStateError):
        await create_image_variation(client, image=png)


def test_the_table_has_every_class_of_error() -> None:
    """But for those that only have subclasses, and those of the test above."""
    public = [getattr(image_variations, name) for name in dir(image_variations)]
    errors = {kind.__name__ for kind in public if isinstance(kind, type) and issubclass(kind, ImageVariationsError)}
    elsewhere = {"ConfigurationError", "ClientStateError", "InvalidRequestError", "SaveError"}
    assert {row.error for row in ROWS} == errors - elsewhere - {"ImageVariationsError", "TransportError"}


async def test_downloads_have_a_script_of_their_own(png: bytes) -> None:
    """A link that has expired is one line, too; a download is not billed."""
    with FakeImages(clock=FakeClock()) as fake:
        fake.downloads.fails(403)
        fake.downloads.cuts_off()
        async with Client(transport=fake) as client:
            [item] = (await create_image_variation(client, image=png)).data
            with pytest.raises(image_variations.PermissionDeniedError, match="links expire"):
                await fetch_image(client, item)
            assert await fetch_image(client, item)
    assert len(fake.downloads.requests) == 3
    assert fake.billed == 1
