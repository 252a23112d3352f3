"""The official SDK as a caller."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Unpack, cast

import openai
from attrs import field, frozen
from image_variations import File, FileInput
from openai import AsyncOpenAI

from tests.faults.callers import COMPLETED, KEY, TIMEOUT, Outcome, SceneOptions, Session, has_image


@frozen
class OfficialSession:
    """The official SDK, open. Its back-off cannot be skipped, held or watched."""

    client: AsyncOpenAI
    waits: list[float] = field(factory=list[float])

    async def call(self, image: FileInput, *, user: str | None = None, seconds: float | None = None) -> Outcome:
        """Make one call."""
        file = (image.file_name, image.payload, image.mime_type) if isinstance(image, File) else image
        try:
            answer = await self.client.images.create_variation(  # pyright: ignore[reportDeprecated]  # retired with the hosted endpoint
                image=cast(bytes, file),  # whatever it is: what the SDK refuses is an outcome too
                user=openai.omit if user is None else user,
                timeout=openai.not_given if seconds is None else seconds,
            )
        except Exception as error:
            return Outcome(error)
        return Outcome(answer=answer, has_image=has_image(answer))

    async def stream(self) -> Outcome:
        """Ask for an image by events, and read them to their end."""
        got: list[object] = []
        try:
            async with await self.client.images.generate(prompt="an otter", stream=True) as events:
                got += [event async for event in events]
        except Exception as error:
            return Outcome(error, answer=got)
        return Outcome(answer=got, has_image=any(getattr(event, "type", None) == COMPLETED for event in got))

    async def backing_off(self) -> None:
        """Wait for less than its shortest back-off, which is 0.375 s."""
        await asyncio.sleep(0.2)

    def resume(self) -> None:
        """Its back-off goes on by itself."""


@frozen
class Official:
    """The official SDK, as it is out of the box."""

    name: str = "official SDK"
    is_own: bool = False

    @asynccontextmanager
    async def open(
        self, base_url: str, *, holds_back_off: bool = False, **options: Unpack[SceneOptions]
    ) -> AsyncGenerator[Session]:
        """Open a client, with those options that it knows."""
        limits = openai.DEFAULT_CONNECTION_LIMITS
        if "max_concurrency" in options:
            limits = type(limits)(max_connections=options["max_concurrency"])
        seconds = options.get("timeout", TIMEOUT)
        async with AsyncOpenAI(
            base_url=base_url,
            api_key=options.get("api_key", KEY),
            timeout=openai.Timeout(seconds, connect=options.get("connect_timeout", seconds)),
            max_retries=options.get("max_retries", openai.DEFAULT_MAX_RETRIES),
            http_client=openai.DefaultAsyncHttpxClient(limits=limits),
        ) as client:
            yield OfficialSession(client)
