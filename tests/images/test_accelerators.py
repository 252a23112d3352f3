"""pybase64 is picked up if it is installed, never needed, and changes no result."""

import asyncio
import base64
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from image_variations._runtime.images import base64_stream

from tests.support.pictures import PICTURES
from tests.support.server import ScriptedServer
from tests.support.turns import reply


def loaded(package: str, stand_in: ModuleType | None, module: ModuleType) -> ModuleType:
    """A module of the client as it is where something else is installed under a name, or nothing."""
    spec = importlib.util.spec_from_file_location(f"{module.__name__}_alone", str(module.__file__))
    assert spec is not None
    assert spec.loader is not None
    alone = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, package, stand_in)
        spec.loader.exec_module(alone)
    return alone


class _Decoding(Protocol):
    Base64Error: type[Exception]

    def decode_in_slices(self, text: str) -> Iterator[bytes]: ...


FAST_BASE64 = cast("_Decoding", base64_stream)
SLOW_BASE64 = cast("_Decoding", loaded("pybase64", None, base64_stream))


def decoded(module: _Decoding, text: str) -> bytes | None:
    """What a module makes of base64, `None` if it refuses it."""
    try:
        return b"".join(module.decode_in_slices(text))
    except module.Base64Error:
        return None


def test_pybase64_is_picked_up_where_it_is_installed() -> None:
    """What is installed under that name decodes."""
    fake = ModuleType("pybase64")

    def b64decode(data: bytes, *, validate: bool) -> bytes:
        return b"by pybase64"

    vars(fake)["b64decode"] = b64decode
    assert decoded(cast("_Decoding", loaded("pybase64", fake, base64_stream)), "AAAA") == b"by pybase64"
    assert decoded(SLOW_BASE64, "AAAA") == bytes(3)


@given(
    text=st.text("ABab01+/-_= \n*ä", max_size=24)
    | st.binary(max_size=99).map(lambda data: base64.b64encode(data).decode())
)
@example(text="QR==")
@example(text="====")
@example(text="AA=A")
@example(text="AAA=AAAA")
def test_base64_is_the_same_without_pybase64(text: str) -> None:
    """The same bytes, and the same refusals."""
    assert decoded(FAST_BASE64, text) == decoded(SLOW_BASE64, text)


SAVE = """
import asyncio, sys
from pathlib import Path
for name in sys.argv[3:]:
    sys.modules[name] = None
from image_variations import Client, create_image_variation, create_image_variation_files, save_images

async def main(url, directory):
    async with Client(base_url=url) as client:
        image = Path(directory) / "in.png"
        await create_image_variation_files(client, Path(directory), image=image, stem="streamed", n=3)
        await save_images(client, await create_image_variation(client, image=image), Path(directory), stem="whole")

asyncio.run(main(*sys.argv[1:3]))
"""


async def test_files_are_the_same_without_pybase64(tmp_path: Path) -> None:
    """From the call to the disk, with and without the package."""
    saved: list[dict[str, bytes]] = []
    async with ScriptedServer() as scripted:
        items = [{"b64_json": base64.b64encode(picture).decode()} for picture in PICTURES]
        scripted.draw(reply(200, {"data": items, "cost": float("nan")}))
        for number, blocked in enumerate(([], ["pybase64"])):
            directory = tmp_path / str(number)
            directory.mkdir()
            (directory / "in.png").write_bytes(PICTURES[0])
            command = [sys.executable, "-c", SAVE, scripted.base_url, str(directory), *blocked]
            process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
            _, trouble = await process.communicate()
            assert (process.returncode, trouble) == (0, b"")
            saved.append({path.name: path.read_bytes() for path in directory.iterdir()})
    assert saved[0] == saved[1]
    assert len(saved[0]) == 7
