"""Where a client sends its calls: to the document's server, to servers of single operations, or where it is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from tests.support.generation import generated
from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tests.tools.generate.test_unsupported import small_document
from tools.generate.load import load_contract
from tools.openapi.document import nodes


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("servers"), tmp_path_factory.mktemp("servers"), "servers") as module:
        yield module


async def _url_of(package: ModuleType, function: str, **options: str) -> str:
    """The URL that a call is sent to."""
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204)

    async with package.Client(transport=httpx.MockTransport(respond), **options) as client:
        await getattr(package, function)(client)
    return str(requests[0].url)


@pytest.mark.parametrize(
    ("function", "url"),
    [
        ("get_a", "https://eu.api.example/v1/a"),
        ("get_b", "https://files.example/b"),
        ("put_b", "https://eu.api.example/v2/b"),
        ("get_c", "https://eu.api.example/v1/c"),
    ],
)
async def test_each_operation_is_called_at_its_own_server(package: ModuleType, function: str, url: str) -> None:
    """A server that is a path alone is on the document's host; one that leaves a variable open does not count."""
    assert await _url_of(package, function) == url


@pytest.mark.parametrize("function", ["get_a", "get_b", "put_b", "get_c"])
async def test_a_base_url_holds_for_every_operation(
    package: ModuleType, scripted: ScriptedServer, function: str
) -> None:
    """A gateway, or a server of a test, gets all calls."""
    scripted.respond(204)
    sent = await send(package, scripted, function, {})
    assert sent.line.endswith(f" /v1/{function[-1]}")


async def test_a_copy_with_another_base_url_sends_calls_there(package: ModuleType, scripted: ScriptedServer) -> None:
    """Those at servers of their own, too."""
    scripted.respond(204)
    async with package.Client() as client:
        await package.get_b(client.with_options(base_url=scripted.base_url))
    assert len(scripted.requests) == 1


NO_SERVER: list[list[object]] = [
    [],
    [{"url": "/v1"}],
    [{"url": "https://{region}.example"}],
    [{"url": "https://{region}.example", "variables": {"region": {"enum": ["eu"]}}}],
    [{"url": "ftp://things.example"}],
    [{"url": "https://key@things.example"}],
    [{"url": "https://things.example/?a=1"}],
    [{"url": "https://thi ngs.example"}],
    [{"url": 'https://things.example/"""'}],
]


@pytest.mark.parametrize("servers", NO_SERVER, ids=repr)
def test_a_document_without_a_server_to_call_is_no_obstacle(tmp_path: Path, servers: list[object]) -> None:
    """The note says what the caller has to pass."""
    spec = tmp_path / "things.json"
    spec.write_text(json.dumps(small_document({}, servers=servers)))
    [note] = load_contract(spec).notes
    assert note.startswith("servers: ")
    assert note.endswith("the caller passes base_url")


async def test_a_client_of_such_a_document_asks_for_a_base_url(
    tmp_path: Path, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment can name it, too."""
    spec = tmp_path / "things.json"
    spec.write_text(json.dumps(small_document({}, servers=[{"url": "/v1"}])))
    with generated(spec, tmp_path, "nowhere") as package:
        with pytest.raises(package.ConfigurationError, match=r"base_url is needed, .*NOWHERE_BASE_URL"):
            package.Client()
        monkeypatch.setenv("NOWHERE_BASE_URL", scripted.base_url)
        scripted.respond(200, b'"done"')
        async with package.Client() as client:
            assert await package.get_things(client) == "done"


def test_a_variable_without_a_default_is_left_to_the_caller() -> None:
    """The pin keeps its name in the URL, and is valid."""
    servers = [{"url": "https://{region}.example", "variables": {"region": {"enum": ["eu"]}}}]
    pin = pinned(json.dumps(small_document({}, servers=servers)))
    assert pin.notes == ("servers/0/variables/region: has no default; the caller passes base_url",)
    assert nodes(pin.document["servers"]) == [{"url": "https://{region}.example", "variables": {}}]
