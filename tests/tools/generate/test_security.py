"""Keys: where they go, and which calls need one at the document's own server."""

import importlib
import inspect
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
        ("get_j", "GET /v1/j", ("authorization", "Bearer key")),
        ("get_l", "GET /v1/l", ("x-key", "key")),
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


@pytest.mark.parametrize("function", ["get_a", "get_b", "get_c", "get_e", "get_g", "get_i", "get_k"])
async def test_an_operation_that_is_open_needs_no_key(
    package: ModuleType, scripted: ScriptedServer, function: str
) -> None:
    """Not at the document's own server either."""
    scripted.respond(204)
    assert "authorization" not in (await send(package, scripted, function, {})).headers


def test_what_no_key_can_show_is_for_the_caller_to_send(package: ModuleType) -> None:
    """HTTP Digest does not stop an operation: the command and the docstring say what has to be sent."""
    note = "GET /i: the header Authorization (digest) is for the caller to send"
    assert note in view_of(pinned(document("security")).document).notes
    assert "The server asks for: the header Authorization (digest)." in (package.get_i.__doc__ or "")


@pytest.mark.parametrize("function", ["get_d", "get_f"])
async def test_an_operation_that_is_not_open_needs_a_key_at_the_documents_server(
    package: ModuleType, scripted: ScriptedServer, function: str
) -> None:
    """The call is refused, not the client, since other operations are open."""
    with pytest.raises(package.ConfigurationError, match="requires a key"):
        await send(package, scripted, function, {})
    assert scripted.requests == []


BASIC = "Basic YcOpOnMgZWNyZXQ="
"""The user aé with the password "s ecret"."""


@pytest.mark.parametrize(("function", "shown"), [("get_h", BASIC), ("get_k", BASIC), ("get_d", "Bearer key")])
async def test_a_user_and_a_password_are_sent_to_whatever_asks_for_http_basic(
    package: ModuleType, scripted: ScriptedServer, function: str, shown: str
) -> None:
    """The other operations get the key, from the same client."""
    scripted.respond(204)
    async with package.Client(base_url=scripted.base_url, auth=("aé", "s ecret"), api_key="key") as client:
        await getattr(package, function)(client)
    [(head, _)] = scripted.requests
    assert f"\r\nauthorization: {shown}\r\n".lower() in head.lower()


async def test_a_password_is_taken_along_to_no_other_server(package: ModuleType, scripted: ScriptedServer) -> None:
    """A copy has the password as long as it calls the same server, and gets another one with `auth`."""
    scripted.respond(204)
    async with package.Client(auth=("aé", "s ecret")) as client:
        elsewhere = client.with_options(base_url=scripted.base_url)
        await package.get_k(elsewhere)
        await package.get_k(elsewhere.with_options(auth=("aé", "s ecret"), timeout=60))
        await package.get_k(elsewhere.with_options(auth=("aé", "s ecret")).with_options(timeout=60))
    shown = ["authorization" in head.lower() for head, _ in scripted.requests]
    assert shown == [False, True, True]


async def test_a_password_that_a_server_sends_back_is_in_no_error(
    package: ModuleType, scripted: ScriptedServer
) -> None:
    """Neither alone nor as it was sent."""
    scripted.respond(401, b'{"error": {"message": "no s ecret, no ' + BASIC.encode() + b'"}}')
    async with package.Client(base_url=scripted.base_url, auth=("aé", "s ecret")) as client:
        with pytest.raises(package.AuthenticationError, match=r"no \*\*\*, no Basic \*\*\*") as error:
            await package.get_h(client)
    assert b"s ecret" not in error.value.body
    assert "s ecret" not in repr(client)


async def test_an_operation_that_asks_for_http_basic_needs_it_at_the_documents_server(package: ModuleType) -> None:
    """The error says how it is passed."""
    async with package.Client(api_key="key") as client:
        with pytest.raises(package.ConfigurationError, match=r"pass auth=\(user, password\)"):
            await package.get_h(client)


@pytest.mark.parametrize("auth", [("a:b", "secret"), ("a", "sec\nret"), ("a", "sec", "ret"), ("a", None), "secret"])
def test_what_http_basic_cannot_carry_is_refused_and_not_shown(package: ModuleType, auth: object) -> None:
    """A colon in the user, a control character, and what is not two strings."""
    with pytest.raises(package.ConfigurationError, match="auth") as error:
        package.Client(base_url="http://127.0.0.1", auth=auth)
    assert "ret" not in str(error.value).replace("control character", "")


def test_every_option_of_a_client_can_be_passed_to_one_with_a_password(package: ModuleType) -> None:
    """The options are listed a second time, for type checkers, and stay the same."""
    runtime = importlib.import_module(f"{package.__name__}._runtime.passwords")
    for options, function in (
        (runtime.ClientOptions, runtime.BaseClient.__init__),
        (runtime.CopyOptions, runtime.BaseClient.with_options),
    ):
        assert set(options.__annotations__) == {*inspect.signature(function).parameters} - {"self"}
