"""Keys: where they go, and which calls need one at the document's own server."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("security"), tmp_path_factory.mktemp("security"), "security") as module:
        yield module


@pytest.mark.parametrize(
    ("function", "line", "header"),
    [
        ("get_a", "GET /v1/a", ("authorization", "Bearer key")),
        ("get_b", "GET /v1/b", ("authorization", "Bearer key")),
        ("get_c", "GET /v1/c", None),
        ("get_d", "GET /v1/d", ("authorization", "Bearer key")),
        ("get_e", "GET /v1/e", ("x-key", "key")),
        ("get_f", "GET /v1/f?key=key", None),
    ],
)
async def test_a_key_is_sent_to_whatever_takes_one(
    package: ModuleType, scripted: ScriptedServer, function: str, line: str, header: tuple[str, str] | None
) -> None:
    """An operation that is open too takes a key, whichever stands first; one with an empty list takes none."""
    scripted.respond(204)
    request = await send(package, scripted, function, {}, api_key="key")
    assert request.line == line
    shown = {name: value for name, value in request.headers.items() if name in ("authorization", "x-key")}
    assert shown == (dict([header]) if header else {})


@pytest.mark.parametrize("function", ["get_a", "get_b", "get_c", "get_e", "get_g", "get_h"])
async def test_an_operation_that_is_open_needs_no_key(
    package: ModuleType, scripted: ScriptedServer, function: str
) -> None:
    """Not at the document's own server either."""
    scripted.respond(204)
    assert "authorization" not in (await send(package, scripted, function, {})).headers


def test_what_no_key_can_show_is_for_the_caller_to_send(package: ModuleType) -> None:
    """HTTP Basic does not stop an operation: the command and the docstring say what has to be sent."""
    note = "GET /h: the header Authorization (basic) is for the caller to send"
    assert note in view_of(pinned(document("security")).document).notes
    assert "The server asks for: the header Authorization (basic)." in (package.get_h.__doc__ or "")


@pytest.mark.parametrize("function", ["get_d", "get_f"])
async def test_an_operation_that_is_not_open_needs_a_key_at_the_documents_server(
    package: ModuleType, scripted: ScriptedServer, function: str
) -> None:
    """The call is refused, not the client, since other operations are open."""
    with pytest.raises(package.ConfigurationError, match="requires a key"):
        await send(package, scripted, function, {})
    assert scripted.requests == []
