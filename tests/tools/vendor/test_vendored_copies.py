"""Copies of the client in a service, under names of its own: they work there, and stay apart from each other."""

import asyncio
import base64
import importlib
import logging
import pickle
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from tests.reference_server import ReferenceServer
from tests.support.copies import checkout, current, run_vendor
from tests.support.generation import importable
from tests.support.server import ScriptedServer
from tools.paths import ROOT
from tools.vendor.release import read_release
from tools.vendor.vendor import vendor

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

HOST = '''
"""A host with two copies, at two depths."""

from typing import assert_type

from catalogue.art.studio_client import Client, Image, ImageVariationsError, create_image_variation
from catalogue.otters import PIN, create_image_variation_detailed
from catalogue.otters import Client as OldClient

async def draw(client: Client, old: OldClient, picture: bytes) -> str | None:
    try:
        response = await create_image_variation(client, image=picture, n=2, size="512x512")
    except ImageVariationsError as error:
        return error.request_id
    assert_type(response.data, list[Image])
    await create_image_variation_detailed(old, image=picture, size="512x521")  # type: ignore[arg-type]  # no such size
    await create_image_variation(old, image=picture)  # type: ignore[arg-type]  # the other's client
    return PIN.commit
'''
"""Each `ignore` marks an error that must be there: mypy --strict reports one that is not needed."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package, catalogue, with a copy of this version and one of an older one with another pin."""
    folder = tmp_path_factory.mktemp("host")
    old = checkout(tmp_path_factory.mktemp("old"), ("maximum: 10", "maximum: 9"))
    vendor(read_release(old), folder / "catalogue" / "otters")
    vendor(current(), folder / "catalogue" / "art" / "studio_client")
    for package in ("catalogue", "catalogue/art"):
        (folder / package / "__init__.py").touch()
    (folder / "catalogue" / "drawing.py").write_text(HOST)
    service = (ROOT / "examples" / "fastapi_service.py").read_text()
    assert service.count("from image_variations import") == 1
    (folder / "catalogue" / "service.py").write_text(
        service.replace("from image_variations import", "from .art.studio_client import")
    )
    return folder


@pytest.fixture
def new(host: Path) -> Generator[ModuleType]:
    """The copy of this version."""
    with importable(host, "catalogue.art.studio_client") as package:
        yield package


@pytest.fixture
def old(host: Path, new: ModuleType) -> Generator[ModuleType]:
    """The copy of the older version, in the same process."""
    with importable(host, "catalogue.otters") as package:
        yield package


async def test_a_service_with_a_copy_makes_a_real_call(
    host: Path, new: ModuleType, server: ReferenceServer, png: bytes
) -> None:
    """A FastAPI service imports the copy under its own name, and the pictures come from the reference server."""
    with importable(host, "catalogue.service") as service:
        transport = httpx.ASGITransport(service.app)
        async with (
            new.Client(base_url=server.base_url, api_key=server.api_key) as client,
            httpx.AsyncClient(transport=transport, base_url="http://service") as http,
        ):
            service.app.dependency_overrides[service.get_client] = lambda: client
            answer = await http.post("/variations", files={"image": ("otter.png", png)}, data={"n": 2})
            refused = await http.post("/variations", files={"image": ("otter.png", b"no picture")})
    assert answer.status_code == 200
    files = [base64.b64decode(variation["b64_json"]) for variation in answer.json()]
    assert len(files) == 2
    assert all(content.startswith(PNG_SIGNATURE) for content in files)
    assert refused.status_code == 422
    [request] = server.requests
    assert [file.content for file in request.files] == [png]


async def test_two_versions_keep_to_their_own_pins(
    old: ModuleType, new: ModuleType, server: ReferenceServer, png: bytes
) -> None:
    """In one process, at the same time, each refuses what its own document refuses, and says which that is."""

    async def pictures(package: ModuleType, n: int) -> int:
        async with package.Client(base_url=server.base_url, api_key=server.api_key) as client:
            response = await package.create_image_variation(client, image=png, n=n, size="256x256")
        assert type(response) is package.ImagesResponse
        return len(response.data)

    async def refused(package: ModuleType, n: int) -> Exception:
        with pytest.raises(package.InvalidRequestError, match=r"n: must be at most 9 \(got 10\)") as refusal:
            await pictures(package, n)
        error: Exception = refusal.value
        return error

    refusal, nine, ten = await asyncio.gather(refused(old, 10), pictures(old, 9), pictures(new, 10))
    assert not isinstance(refusal, new.ImageVariationsError)
    assert (nine, ten) == (9, 10)
    assert (old.__version__, new.__version__) == ("0.0.9", "0.1.0")
    assert old.PIN != new.PIN
    assert old.PIN.sha256[:12] in old.Client.user_agent
    assert new.PIN.sha256[:12] in new.Client.user_agent


async def test_each_copy_logs_under_its_own_name(
    old: ModuleType, new: ModuleType, scripted: ScriptedServer, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A logger is named after the package that it is of."""

    def fail(attempt: object) -> None:
        raise RuntimeError("an observer's own mistake")

    scripted.respond(200, {"created": 1, "data": [{"url": "https://example.com/1.png"}]})
    for package, name in ((old, "catalogue.otters"), (new, "catalogue.art.studio_client")):
        caplog.clear()
        async with package.Client(base_url=scripted.base_url, on_attempt=fail) as client:
            await package.create_image_variation(client, image=png)
        ours = {
            record.name for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))
        }
        assert ours == {name}


async def test_each_copy_keeps_its_own_key_out_of_the_logs(
    old: ModuleType, new: ModuleType, scripted: ScriptedServer, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Calls of both at once, with other keys, which the server sends back: no record of any logger holds one."""
    caplog.set_level(logging.DEBUG)
    keys = {old: "sk-of-the-old-copy", new: "sk-of-the-new-copy"}
    scripted.respond(400, "".join(keys.values()), {"X-Echo": " ".join(keys.values())})

    async def call(package: ModuleType) -> str:
        over_httpx = importlib.import_module(f"{package.__name__}.transports").over_httpx  # httpcore logs every header
        async with package.Client(base_url=scripted.base_url, api_key=keys[package], transport=over_httpx()) as client:
            with pytest.raises(package.BadRequestError) as refusal:
                await package.create_image_variation(client, image=png)
        return str(refusal.value)

    said = await asyncio.gather(*(call(package) for package in (old, new, old, new)))
    for package, text in zip((old, new, old, new), said, strict=True):
        assert keys[package] not in text
    # A key that is the other copy's is a word like any other; but each record is of a call of one of them.
    headers = [record.getMessage() for record in caplog.records if "receive_response_headers" in record.getMessage()]
    echoes = [echo for text in headers for echo in re.findall(r"'X-Echo', b'([^']*)'", text, re.IGNORECASE)]
    assert sorted(echoes) == sorted([f"*** {keys[new]}", f"{keys[old]} ***"] * 2)


@pytest.mark.parametrize("name", ["default", "over_httpx", "over_aiohttp"])
async def test_a_copy_has_the_transports(new: ModuleType, server: ReferenceServer, png: bytes, name: str) -> None:
    """They are in its own module `transports`, under whatever name the copy has."""
    transports = importlib.import_module(f"{new.__name__}.transports")
    transport = getattr(transports, name)()
    async with new.Client(base_url=server.base_url, api_key=server.api_key, transport=transport) as client:
        response = await new.create_image_variation(client, image=png)
    assert len(response.data) == 1


def test_errors_of_each_copy_can_be_pickled(old: ModuleType, new: ModuleType) -> None:
    """They come back as the class of the copy that they are of, with all that they say."""
    for package in (old, new):
        error = package.RateLimitError("slow down", status_code=429, code="busy", request_id="req-1")
        back = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
        assert type(back) is package.RateLimitError
        assert (back.args, vars(back)) == (error.args, vars(error))


def test_no_file_of_a_copy_knows_what_package_it_is_in(host: Path) -> None:
    """Imports within the client are relative, and only the distribution, prose and a fixture have its name."""
    for path in (host / "catalogue" / "art" / "studio_client").rglob("*.py"):
        assert "image_variations" not in path.read_text().replace("image_variations_server", ""), path


def test_a_copy_needs_httpx_and_attrs_only(host: Path) -> None:
    """Where every module but theirs, those that they load and Python's own is missing, the copy still works."""
    program = """
import sys
import attrs, httpx

httpx.AsyncClient()  # loads what httpx needs only then
known = {name.partition(".")[0] for name in sys.modules} | sys.stdlib_module_names | {"catalogue"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in known:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
sys.path.insert(0, sys.argv[1])
from catalogue.art import studio_client
from catalogue.art.studio_client import Client
for name in studio_client.__all__:
    getattr(studio_client, name)
print(repr(Client(base_url="http://127.0.0.1:9/v1")))
for name in ("image_variations", "pybase64"):
    assert name not in sys.modules
"""
    command = [sys.executable, "-I", "-c", program, str(host)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == (
        "<Client http://127.0.0.1:9/v1/>\n"
    )


@pytest.mark.slow
def test_mypy_strict_passes_in_the_host(host: Path, tmp_path: Path) -> None:
    """Both copies pass, and what calls them; a client of the one is not a client of the other."""
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}"]
    command += ["-p", "catalogue.otters", "-p", "catalogue.art", "-m", "catalogue.drawing"]
    result = subprocess.run(command, cwd=host, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_update_says_what_changes_for_callers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the words of `make diff`, and only if the document of the copy is another one."""
    folder = tmp_path / "service" / "otters"
    vendor(read_release(checkout(tmp_path, ("maximum: 10", "maximum: 11"))), folder)
    assert run_vendor(folder) == 0
    said = capsys.readouterr().out
    assert "vendor: what changes for callers:\n" in said
    assert "1 change: 1 breaks callers." in said
    assert run_vendor(folder) == 0
    assert "callers" not in capsys.readouterr().out
