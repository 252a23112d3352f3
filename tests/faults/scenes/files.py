"""Scenes in which the picture is a file that is shared, odd or unusable."""

import asyncio
import io
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO, cast

from attrs import evolve
from image_variations import FileInput
from starlette.datastructures import UploadFile

from tests.faults.callers import Caller
from tests.faults.observation import Observation
from tests.faults.scenes.calls import SHORT, SMALL, WELL, Scene, one_call, seen_by
from tests.faults.scenes.sharing import worst
from tests.support.server import ScriptedServer

_BEFORE = b"not a part of the picture"


async def shared_file(caller: Caller) -> Observation:
    """Two calls at once read the same open file."""
    async with ScriptedServer(WELL) as server:
        with _open_file(SMALL) as file:
            async with caller.open(server.base_url) as session:
                outcomes = await asyncio.gather(session.call(file), session.call(file))
        return evolve(seen_by(server, session, worst(outcomes), wrong_bytes(server)), calls=2)


async def shared_async_file(caller: Caller) -> Observation:
    """Two calls at once read the same async file."""
    async with ScriptedServer(WELL) as server:
        upload = UploadFile(io.BytesIO(SMALL))
        async with caller.open(server.base_url) as session:
            outcomes = await asyncio.gather(session.call(upload), session.call(upload))
        return evolve(seen_by(server, session, worst(outcomes), wrong_bytes(server)), calls=2)


async def closed_async_file(caller: Caller) -> Observation:
    """The async file was closed before the call."""
    upload = UploadFile(io.BytesIO(SMALL))
    await upload.close()
    return await call_with(upload)(caller)


async def endless_stream(caller: Caller) -> Observation:
    """The picture comes through a stream whose writer falls silent."""
    stream = asyncio.StreamReader()
    stream.feed_data(SMALL)
    return await one_call(WELL, image=stream, timeout=SHORT)(caller)


async def reused_file(caller: Caller) -> Observation:
    """One call after another reads the same open file."""
    async with ScriptedServer(WELL) as server:
        with _open_file(SMALL) as file:
            async with caller.open(server.base_url) as session:
                outcomes = [await session.call(file) for _ in range(2)]
        return evolve(seen_by(server, session, worst(outcomes), wrong_bytes(server)), calls=2)


async def file_at_an_offset(caller: Caller) -> Observation:
    """The caller has read a part of the file; the rest is the picture."""
    with _open_file(_BEFORE + SMALL) as file:
        file.seek(len(_BEFORE))
        seen = await call_with(file)(caller)
        moved = (f"the file is at {file.tell()} afterwards",) if file.tell() != len(_BEFORE) else ()
    return evolve(seen, problems=seen.problems + moved)


async def pipe(caller: Caller) -> Observation:
    """The picture comes through a pipe, which can be read once."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        end.write(SMALL)
    with os.fdopen(reading, "rb") as end:
        return await call_with(end)(caller)


async def closed_file(caller: Caller) -> Observation:
    """The file was closed before the call."""
    with _open_file(SMALL) as file:
        pass
    return await call_with(file)(caller)


async def text_file(caller: Caller) -> Observation:
    """The file was opened in text mode."""
    return await call_with(cast(BinaryIO, io.StringIO("text")))(caller)


def call_with(image: FileInput) -> Scene:
    """One call with a picture that must arrive as it is."""

    async def scene(caller: Caller) -> Observation:
        async with ScriptedServer(WELL) as server:
            async with caller.open(server.base_url) as session:
                outcome = await session.call(image)
            return seen_by(server, session, outcome, wrong_bytes(server))

    return scene


def wrong_bytes(server: ScriptedServer) -> tuple[str, ...]:
    """What came that is not the picture."""
    files = [file.content for request in server.requests for file in request.form.files]
    return tuple(f"{len(content)} wrong bytes came" for content in files if content != SMALL)


@contextmanager
def _open_file(content: bytes) -> Generator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file
