"""The fakes of clients of other documents: as far as their operations go, and a line for what they cannot fake."""

from base64 import b64decode
from collections.abc import Generator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import httpx
import pytest

from tests.support.generation import generated
from tests.support.kinds import client_of
from tools.paths import ROOT

MADE = "2026-01-02T03:04:05Z"

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: https://shop.example/v2}]
paths:
  /goods/{id}:
    get:
      operationId: getGood
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: day, in: query, required: true, schema: {type: string, format: date}}
        - {name: sort, in: query, schema: {type: string, enum: [up, down]}}
      responses:
        '200': {description: good, content: {application/json: {schema: {$ref: '#/components/schemas/Good'}}}}
    put:
      operationId: putGood
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Good'}}}
      responses: {'204': {description: done}}
  /goods/{id}/impossible:
    get:
      operationId: getImpossible
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: nothing
          content: {application/json: {schema: {type: integer, minimum: 5, not: {type: integer}}}}
  /label:
    get:
      operationId: getLabel
      responses: {'200': {description: label, content: {image/png: {schema: {type: string, format: binary}}}}}
components:
  schemas:
    Good:
      type: object
      required: [name, price, made]
      properties:
        name: {type: string, minLength: 3}
        price: {type: number, minimum: 0}
        made: {type: string, format: date-time}
        note: {type: string}
        parts: {type: array, items: {$ref: '#/components/schemas/Part'}}
        best: {$ref: '#/components/schemas/Part'}
    Part: {type: object, properties: {weight: {type: integer, maximum: 9}}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[ModuleType]:
    """The client of a small document."""
    with client_of(SHOP, tmp_path_factory.mktemp("shop"), "shop") as package:
        yield package


async def request(package: ModuleType, method: str, path: str, body: object = None) -> tuple[int, Mapping[str, object]]:
    """Send a request to a fake, and return the status and the JSON of its response."""
    fake = import_module(f"{package.__name__}.testing").FakeServer(allow_unknown=True)
    async with httpx.AsyncClient(transport=fake, base_url="https://shop.example/v2") as http:
        response = await http.request(method, path, json=body)
    return response.status_code, cast("Mapping[str, object]", response.json() if response.content else {})


async def test_a_response_is_the_least_that_the_document_allows(shop: ModuleType) -> None:
    """The members that must be there, with values of their types."""
    assert await request(shop, "GET", "/goods/7?day=2026-01-02") == (
        200,
        {"name": "text", "price": 1.5, "made": "2026-01-02T03:04:05+00:00"},
    )
    assert await request(shop, "PUT", "/goods/7", {"name": "otter", "price": 1, "made": MADE}) == (
        204,
        {},
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/goods/0?day=2026-01-02", None, "id: must be at least 1 (got 0)"),
        ("GET", "/goods/x?day=2026-01-02", None, "id: must be of type integer (got 'x')"),
        ("GET", "/goods/7", None, "day: must be given (got None)"),
        ("GET", "/goods/7?day=soon", None, "day: must be of type date (got 'soon')"),
        ("GET", "/goods/7?day=2026-01-02&sort=away", None, "sort: must be 'up' or 'down' (got 'away')"),
        ("PUT", "/goods/7", {"name": "ot", "price": 1, "made": MADE}, "name: must be at least 3"),
        ("PUT", "/goods/7", {"name": "otter", "price": 1, "made": "soon"}, "made: must be of type date-time"),
        ("PUT", "/goods/7", {"name": 7, "price": 1, "made": MADE}, "name: must be of type"),
        (
            "PUT",
            "/goods/7",
            {"name": "otter", "price": -1, "made": MADE},
            "price: must be at least 0 (got -1)",
        ),
        ("PUT", "/goods/7", {"name": "otter", "price": 1, "made": MADE, "note": 7}, "note: must be"),
        (
            "PUT",
            "/goods/7",
            {"name": "otter", "price": 1, "made": MADE, "best": {"weight": 10}},
            "best.weight: must be at most 9 (got 10)",
        ),
        (
            "PUT",
            "/goods/7",
            {"name": "otter", "price": 1, "made": MADE, "best": {"weight": "x"}},
            "best.weight: must be of type integer",
        ),
    ],
)
async def test_what_breaks_a_rule_is_refused(shop: ModuleType, method: str, path: str, body: object, said: str) -> None:
    """Parameters, members of JSON, and members of its members."""
    status, answer = await request(shop, method, path, body)
    assert status == 400
    assert said in str(answer)


async def test_a_request_that_the_document_does_not_have_is_told_the_closest(shop: ModuleType) -> None:
    """And not every operation there is."""
    status, answer = await request(shop, "GET", "/good/7")
    assert status == 404
    said = "GET /v2/good/7: not in the document; the closest are GET /goods/{id}, "
    assert cast("Mapping[str, str]", answer["error"])["message"].startswith(said)


async def test_what_cannot_be_faked_is_said_in_a_line(shop: ModuleType) -> None:
    """No value is both an integer and none. A script can still send what it likes."""
    status, answer = await request(shop, "GET", "/goods/7/impossible")
    assert status == 501
    assert "getImpossible cannot be faked: no response is known that the document allows." in str(answer)


async def test_a_file_that_is_an_image_is_one(shop: ModuleType) -> None:
    """As small as it may be."""
    testing = import_module("shop.testing")
    async with shop.Client(transport=testing.FakeServer()) as client:
        assert (await shop.get_label(client)).startswith(b"\x89PNG")


def test_the_fixtures_are_called_after_the_client(shop: ModuleType) -> None:
    """So that the fakes of two clients stay apart."""
    plugin = import_module("shop.pytest_plugin")
    assert {"fake_server", "shop_server"} <= set(vars(plugin))


async def test_events_are_faked(tmp_path: Path) -> None:
    """One of each type that the document knows; those of images hold images, each of them another one."""
    with generated(ROOT / "tests" / "documents" / "image_events.yaml", tmp_path, "pictures") as package:
        fake = import_module("pictures.testing").FakeImages()
        async with package.Client(transport=fake) as client:
            async with package.create_image_edit_events(client, image=b"image", prompt="At night.") as events:
                kinds = [(type(event).__name__, b64decode(event.b64_json)) async for event in events]
            async with package.create_image_edit_stream(
                client, image=b"image", prompt="At night.", partial_images=1, partial=True
            ) as images:
                streamed = [
                    (type(image).__name__, b"".join([piece async for piece in image])) async for image in images
                ]
            [item] = (await package.create_image_edit(client, image=b"image", prompt="At night.")).data
    assert [kind for kind, _ in kinds] == ["ImageEditPartialImageEvent", "ImageEditCompletedEvent"]
    assert [kind for kind, _ in streamed] == ["PartialImage", "StreamedImage"]
    contents = {content for _, content in [*kinds, *streamed]}
    assert len(contents) == 4
    assert all(content.startswith(b"\x89PNG") for content in contents)
    assert item.b64_json
    assert [request.fields["stream"] for request in fake.requests[:2]] == [True, True]


async def test_each_function_of_a_large_document_has_its_fake(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its module imports, and describes the operation that the function calls."""
    studio = ROOT / "tests" / "documents" / "studio.yaml"
    with generated(studio, tmp_path_factory.mktemp("studio"), "studio"):
        operations = import_module("studio.testing").FakeServer.operations
        assert len(operations) > 10
        assert all(operation.described.name for operation in operations)
        assert [operation.path for operation in operations if operation.body is None] == []
