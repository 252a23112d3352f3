"""Clients of the documents in `tests/documents/shapes/`, each with one operation that sends back what it gets."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from attrs import frozen

from tests.support.generation import generated
from tests.support.server import ScriptedServer
from tools.generate.view import view_of
from tools.openapi.choice import every_operation
from tools.openapi.derive import derive, take_out
from tools.openapi.document import load
from tools.openapi.read import read
from tools.paths import ROOT

SHAPES = ROOT / "tests" / "documents" / "shapes"


@frozen
class Echo:
    """What came of a value that a server sent, and that was sent back.

    Attributes:
        read: The members of the response, as the model has them.
        written: The members as `to_dict` writes them.
        sent: The members that arrived at the server.
    """

    read: Mapping[str, object]
    written: Mapping[str, object]
    sent: Mapping[str, object]


@contextmanager
def shape(name: str, folder: Path) -> Generator[ModuleType]:
    """The client of a document of shapes, pinned and generated, while the context lasts."""
    spec = folder / f"{name}.pin.yaml"
    names = [found.name for found in every_operation(load(SHAPES / f"{name}.yaml"))]
    spec.write_text(derive(read(str(SHAPES / f"{name}.yaml")), names, None).text)
    with generated(spec, folder, name) as package:
        yield package


def notes_of(name: str) -> tuple[str, ...]:
    """What `make generate` says of a document of shapes."""
    document, _ = take_out(load(SHAPES / f"{name}.yaml"), ["putIt"])
    return view_of(document).notes


async def echo(package: ModuleType, value: Mapping[str, object]) -> Echo:
    """Have a server send a value, and send back what was read."""
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.respond(200, value)
        found = await package.put_it(client)
        members = {name: getattr(found, name) for name in package.Body.__annotations__ if name in value}
        await package.put_it(client, **members)
        return Echo(members, found.to_dict(), json.loads(server.requests[-1][1]))
