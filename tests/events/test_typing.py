"""What type checkers make of events: the union of the document's types, and of events as they came."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

USE = '''"""Calls for events."""

from collections.abc import AsyncGenerator
from typing import assert_type

from gazette import (
    Chunk,
    Client,
    PictureCompleted,
    PictureEvent,
    PicturePartial,
    ServerSentEvent,
    chat_events,
    draw_picture_events,
    watch_news_events,
)


async def read(client: Client) -> None:
    """Each event is one of the document's, or as it came."""
    async with draw_picture_events(client, prompt="x") as events:
        assert_type(events, AsyncGenerator[PicturePartial | PictureCompleted | ServerSentEvent, None])
        async for event in events:
            match event:
                case PicturePartial():
                    assert_type(event.index, int | None)
                case PictureCompleted(text=text):
                    assert_type(text, str | None)
                case ServerSentEvent():
                    assert_type(event.json, object)
        await events.aclose()
    async with watch_news_events(client) as news, chat_events(client, prompt="x") as chunks:
        assert_type(await anext(news), ServerSentEvent)
        assert_type(await anext(chunks), Chunk | ServerSentEvent)


def handle(event: PictureEvent) -> None:
    """The union has the name that the document gives it."""
    assert_type(event, PicturePartial | PictureCompleted)
'''


@pytest.mark.slow
def test_events_are_typed_as_the_document_says(gazette: ModuleType, tmp_path: Path) -> None:
    """Mypy and pyright find nothing in a program that matches on them, nor in the client."""
    folder = Path(str(gazette.__file__)).parent.parent
    (folder / "use.py").write_text(USE, encoding="utf-8")
    options = ["--strict", "--disallow-any-explicit", "--config-file=", f"--cache-dir={tmp_path}"]
    mypy = [sys.executable, "-m", "mypy", *options, "use.py", "gazette"]
    said = subprocess.run(mypy, cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
    settings = '{"typeCheckingMode": "strict", "include": ["use.py", "gazette/api"]}'
    (folder / "pyrightconfig.json").write_text(settings, encoding="utf-8")
    pyright = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(folder)]
    said = subprocess.run(pyright, cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
