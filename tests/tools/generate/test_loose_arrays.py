"""Arrays that do not say what they hold: anything, in its order."""

import json
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.generation import generated
from tests.support.server import ScriptedServer
from tools.openapi.choice import every_operation
from tools.openapi.derive import derive
from tools.openapi.document import load
from tools.openapi.read import read
from tools.paths import ROOT

LOOSE = ROOT / "tests" / "documents" / "loose_arrays.yaml"
VALUE = {"values": [1, "a", {"b": [2.5]}], "either": [True, "c"], "nullable": [3], "nested": [[1, "d"], ["e"]]}


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document, as it is pinned."""
    folder = tmp_path_factory.mktemp("loose")
    spec = folder / "openapi.yaml"
    names = [operation.name for operation in every_operation(load(LOOSE))]
    spec.write_text(derive(read(str(LOOSE)), names, None).text)
    with generated(spec, folder, "loose") as module:
        yield module


async def test_an_array_without_items_holds_anything(loose: ModuleType) -> None:
    """It is sent and read as it is, wherever it stands: in a body, a union, another array or the query."""
    async with ScriptedServer() as server, loose.Client(base_url=server.base_url) as client:
        server.respond(200, VALUE)
        result = await loose.store_mixed(client, marks=["x", 1], **VALUE)
        server.respond(200, [1, "a"])
        assert await loose.get_list(client) == [1, "a"]
    assert result.to_dict() == VALUE
    head, body = server.requests[0]
    assert json.loads(body) == VALUE
    assert head.startswith("POST /v1/mixed?marks=x&marks=1 ")
