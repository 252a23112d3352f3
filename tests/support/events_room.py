"""The room for events, over the runtime of this project's own client, which has no operation that gives events.

A client gets the modules that it needs, so this one has all others and not these.
"""

import importlib
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import image_variations._runtime as runtime
from image_variations import Client
from image_variations._runtime.request.build import Arguments
from image_variations._runtime.request.operation import Operation

from tools.paths import TEMPLATES

_folder = TemporaryDirectory()
_room = Path(_folder.name) / "events"
_room.mkdir()
for _module in (TEMPLATES / "_runtime" / "events").glob("*.py"):
    _text = re.sub(r"\bBaseError\b", "ImageVariationsError", _module.read_text(encoding="utf-8"))
    (_room / _module.name).write_text(_text, encoding="utf-8")
runtime.__path__.append(_folder.name)

Opened = AbstractAsyncContextManager[AsyncGenerator[object]]


def open_events(
    client: Client, operation: Operation[None], readings: Mapping[str, Callable[[object], object]]
) -> Opened:
    """Call an operation whose events are told apart by their `type`."""
    reader = cast("_Reader", importlib.import_module("image_variations._runtime.events.reader").EventReader)
    opened = cast("_Open", importlib.import_module("image_variations._runtime.events.stream").open_events)
    return opened(client, operation, Arguments(), reader(readings, "type"))


_Reader = Callable[[Mapping[str, Callable[[object], object]], str], object]
_Open = Callable[[Client, Operation[None], Arguments, object], Opened]
