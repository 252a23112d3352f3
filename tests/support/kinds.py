"""Clients of small documents, pinned as `make pin` does, and the requests of their calls."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from attrs import frozen

from tests.support.generation import generated
from tests.support.server import ScriptedServer
from tools.openapi.choice import chosen
from tools.openapi.derive import Pin, derive_from
from tools.openapi.document import parse_document
from tools.openapi.read import Source

FOLDER = Path(__file__).resolve().parent.parent / "documents"


@frozen
class Sent:
    """A request: its line, its headers by their names in lower case, and its body."""

    line: str
    headers: Mapping[str, str]
    body: bytes


def document(name: str) -> str:
    """The text of a document of `tests/documents/`."""
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def pinned(text: str) -> Pin:
    """The pin of every operation of a document, without an overlay."""
    whole = parse_document(text, "document.yaml")
    return derive_from(whole, Source("document.yaml", text.encode()), chosen(whole, "all"), None)


@contextmanager
def client_of(text: str, folder: Path, name: str) -> Generator[ModuleType]:
    """The client of every operation of a document, imported as the package `name` while the context lasts."""
    spec = folder / f"{name}.yaml"
    spec.write_text(pinned(text).text, encoding="utf-8")
    with generated(spec, folder, name) as package:
        yield package


async def send(
    package: ModuleType,
    scripted: ScriptedServer,
    function: str,
    arguments: Mapping[str, object],
    *,
    api_key: str | None = None,
) -> Sent:
    """Call a function of a client, and return the one request that reaches the server."""
    scripted.requests.clear()
    async with package.Client(base_url=scripted.base_url, api_key=api_key, max_retries=0) as client:
        await getattr(package, function)(client, **arguments)
    [(head, body)] = scripted.requests
    line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Sent(line.removesuffix(" HTTP/1.1"), headers, body)
