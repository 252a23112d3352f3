"""What a caller does to a server, and what comes of it, in a few words that can be compared."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Literal, TypedDict

from attrs import field, frozen
from image_variations import (
    Client,
    ImageVariationsError,
    StatusError,
    create_image_variation_detailed,
    create_image_variation_stream,
    fetch_image,
)
from PIL import Image as Picture

from tests.reference_server import DEFAULT_KEY, ReferenceServer
from tests.support.pictures import make_png
from tests.support.server import ScriptedServer

IMAGE = make_png(64, 64)

KEY = DEFAULT_KEY

USUAL = ("default", "over_httpx", "over_aiohttp", "pyreqwest")
"""The transports that a scene is tried over, as the README calls them."""

LARGE_IMAGE = make_png(1024, 1024) + bytes(2 << 20)
"""Two megabytes: a PNG file may have anything behind its end."""


@frozen
class Behind:
    """The servers that stand behind one that passes calls on.

    Attributes:
        upstream: One in good health.
        lossy: One that takes each request, and hangs up without a response.
    """

    upstream: ReferenceServer
    lossy: ScriptedServer


Act = Callable[[Client, Behind], Awaitable[str]]
"""What a caller does with a client."""


class Options(TypedDict, total=False):
    """Options of a client."""

    api_key: str | None
    headers: Mapping[str, str]
    timeout: float
    max_retries: int
    validate: bool


@frozen
class Place:
    """Where a client is led.

    Attributes:
        base_url: The URL to give to it.
        options: What else to give to it.
        environment: What the environment says while it is made: proxies, certificates.
    """

    base_url: str
    options: Options = field(factory=Options)
    environment: Mapping[str, str] = field(factory=dict[str, str])


@frozen
class Scene:
    """One thing that a caller does, and what is expected of it.

    Attributes:
        name: What it is, for the report.
        act: What is done.
        expected: What comes of it, as `act` says it. " or " parts what may come by chance.
        place: Which of the places of the recipe it is done at.
        options: Options of the client.
        unlike: What comes of it over other transports, by their names.
        transports: The transports that it is done over.
    """

    name: str
    act: Act
    expected: str
    place: str = "api"
    options: Options = field(factory=Options)
    unlike: Mapping[str, str] = field(factory=dict[str, str])
    transports: tuple[str, ...] = USUAL

    def expects(self, transport: str) -> str:
        """Return what is expected over a transport."""
        return self.unlike.get(transport, self.expected)

    def is_expected(self, transport: str, seen: str) -> bool:
        """Return whether what was seen over a transport is expected."""
        return seen in self.expects(transport).split(" or ")


def draw(
    *,
    n: int | None = None,
    response_format: Literal["url", "b64_json"] | None = "b64_json",
    model: str | None = None,
    image: bytes = IMAGE,
    extra_fields: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    calls: int = 1,
    gap: float = 0.0,
    says: str = "",
) -> Act:
    """Make calls, one after the other.

    Args:
        n: How many images to ask for.
        response_format: How to ask for them.
        model: Of which model.
        image: The image to send.
        extra_fields: More fields.
        headers: More headers.
        calls: How many calls.
        gap: Seconds between two calls.
        says: What to look for in the message of an error.
    """

    async def call(client: Client) -> str:
        response = await create_image_variation_detailed(
            client,
            image=image,
            n=n,
            response_format=response_format,
            model=model,
            extra_fields=extra_fields,
            extra_headers=headers,
        )
        images = [await fetch_image(client, drawn) for drawn in response.parsed.data]
        return describe_images(images) + (", repeated" if len(response.attempts) > 1 else "")

    async def act(client: Client, behind: Behind) -> str:
        outcomes: list[str] = []
        for number in range(calls):
            await asyncio.sleep(gap if number else 0)
            outcomes.append(await observe(call(client), behind, image, says))
        return join(outcomes)

    return act


def stream(*, n: int, model: str | None = None) -> Act:
    """Make a call, and take its images as they arrive."""

    async def call(client: Client) -> str:
        images: list[bytes] = []
        async with create_image_variation_stream(
            client, image=IMAGE, n=n, model=model, response_format="b64_json"
        ) as arriving:
            async for image in arriving:
                images.append(b"".join([piece async for piece in image]))
        return describe_images(images)

    return lambda client, behind: observe(call(client), behind, IMAGE)


def protocol() -> Act:
    """Make a call, and read in the response which version of HTTP the server spoke."""

    async def call(client: Client) -> str:
        response = await create_image_variation_detailed(client, image=IMAGE, response_format="b64_json")
        images = [await fetch_image(client, drawn) for drawn in response.parsed.data]
        return f"{describe_images(images)} over {response.headers['x-protocol']}"

    return lambda client, behind: observe(call(client), behind, IMAGE)


async def observe(call: Awaitable[str], behind: Behind, image: bytes, says: str = "") -> str:
    """Say what comes of a call: images, or an error and what it can have cost; and what arrived behind the server."""
    before, lost_before = len(behind.upstream.requests), len(behind.lossy.requests)
    try:
        outcome = await call
    except ImageVariationsError as error:
        outcome = describe_error(error, says)
    arrived, lost = behind.upstream.requests[before:], len(behind.lossy.requests) - lost_before
    changed = any(file.content != image for request in arrived for file in request.files)
    return (
        outcome
        + (", but the image arrived changed" if changed else "")
        + (f", but {lost} requests arrived" if lost > 1 else "")
    )


def describe_images(images: Sequence[bytes]) -> str:
    """Say how many images there are, and of which kind."""
    kinds = {Picture.open(io.BytesIO(image)).format or "" for image in images}
    return f"{len(images)} {'/'.join(sorted(kinds))} image{'s' if len(images) > 1 else ''}"


def describe_error(error: ImageVariationsError, says: str = "") -> str:
    """Say what an error is, what its call can have cost, and whether the client tried more than once."""
    status = f" {error.status_code}" if isinstance(error, StatusError) else ""
    repeated = ", repeated" if len(error.attempts) > 1 else ""
    said = f', says "{says}"' if says and says in str(error) else ""
    return f"{type(error).__name__}{status}, billed: {error.billed}{repeated}{said}"


def join(outcomes: Sequence[str]) -> str:
    """Say what came of calls that were made one after the other."""
    runs = [(outcome, len(list(same))) for outcome, same in groupby(outcomes)]
    return ", then ".join(f"{count} times {outcome}" if count > 1 else outcome for outcome, count in runs)


USUAL_SCENES = (
    Scene("two images as `b64_json`", draw(n=2), "2 PNG images"),
    Scene("two images as `url`", draw(n=2, response_format="url"), "2 PNG images"),
    Scene("two images as they arrive", stream(n=2), "2 PNG images"),
    Scene("`n=11`", draw(n=11), "BadRequestError 400, billed: no", options={"validate": False}),
)
"""What every server does that passes a call on to another one."""

LOST = "the server behind it is lost during a call"

WRONG_KEY = Scene("a wrong key", draw(), "AuthenticationError 401, billed: no", options={"api_key": "wrong"})
