"""`Client(query=...)`: what goes with every call, what wins over it, and that its values stay secret."""

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from image_variations import (
    Client,
    ConfigurationError,
    ImageVariationsError,
    StatusError,
    create_image_variation,
    create_image_variation_files,
    create_image_variation_stream,
    fetch_image,
)
from image_variations.transports import over_httpx

from templates._runtime.client import BaseClient
from templates._runtime.request.build import Arguments
from templates._runtime.request.named_keys import QueryKey
from templates._runtime.request.operation import Operation
from templates._runtime.request.parameters import Parameter
from templates._runtime.request.security import SecurityScheme
from templates._runtime.response.readers import NoBody
from tests.support.clocks import SleeplessClock
from tests.support.secret_watch import Watch, new_key
from tests.support.server import ScriptedServer
from tests.support.turns import REJECTION, SUCCESS

ONE_IMAGE = {"data": [{"b64_json": "iVBORw0KGgo="}]}

AZURE = {"api-version": "2024-02-01"}


def queries_of(scripted: ScriptedServer) -> list[list[tuple[str, str]]]:
    """The parameters of each request that a server got."""
    targets = [head.split(" ", 2)[1] for head, _ in scripted.requests]
    return [parse_qsl(urlsplit(target).query, keep_blank_values=True) for target in targets]


async def test_the_query_goes_with_every_call(scripted: ScriptedServer, png: bytes, tmp_path: Path) -> None:
    """Whatever function makes the call, the URL has the client's parameters, behind the operation's path."""
    async with Client(base_url=f"{scripted.base_url}/openai/deployments/d", query=AZURE) as client:
        await create_image_variation(client, image=png)
        await create_image_variation(client, image=png)
        async with create_image_variation_stream(client, image=png) as images:
            async for _ in images:
                pass
        await create_image_variation_files(client, tmp_path, image=png)
    assert queries_of(scripted) == [[("api-version", "2024-02-01")]] * 4
    target = "POST /v1/openai/deployments/d/images/variations?api-version=2024-02-01 HTTP/1.1\r\n"
    assert scripted.requests[0].head.startswith(target)


async def test_each_attempt_has_the_query(scripted: ScriptedServer, png: bytes) -> None:
    """A repetition goes to the same URL."""

    class SleeplessClient(Client):
        clock = SleeplessClock().clock

    scripted.script = [REJECTION, REJECTION, SUCCESS]
    async with SleeplessClient(base_url=scripted.base_url, query=AZURE) as client:
        await create_image_variation(client, image=png)
    assert queries_of(scripted) == [[("api-version", "2024-02-01")]] * 3


async def test_values_are_written_as_in_extra_query(scripted: ScriptedServer, png: bytes) -> None:
    """Numbers and flags as JSON writes them, a list as a parameter for each item, and nothing for `None`."""
    query = {"a b": "&=\r\n\u00e9", "many": [1, True, None, 2.5], "none": None, "empty": "", "no": []}
    async with Client(base_url=scripted.base_url, query=query) as client:
        query.clear()  # what was given is taken over as it was
        await create_image_variation(client, image=png)
    pairs = [("a b", "&=\r\n\u00e9"), ("many", "1"), ("many", "true"), ("many", "2.5"), ("empty", "")]
    assert queries_of(scripted) == [pairs]


@pytest.mark.parametrize("query", [None, {}])
async def test_without_a_query_the_url_has_none(
    scripted: ScriptedServer, png: bytes, query: dict[str, object] | None
) -> None:
    """Not even a question mark, which some servers tell apart."""
    async with Client(base_url=scripted.base_url, query=query) as client:
        await create_image_variation(client, image=png)
    assert scripted.requests[0].head.startswith("POST /v1/images/variations HTTP/1.1\r\n")


async def test_downloads_carry_no_query(scripted: ScriptedServer, png: bytes) -> None:
    """A link is fetched as it is, also one to the server itself."""
    scripted.respond(200, {"data": [{"url": "/files/1.png?own=1"}]})
    async with Client(base_url=scripted.base_url, query=AZURE) as client:
        response = await create_image_variation(client, image=png)
        scripted.respond(200, png)
        assert await fetch_image(client, response.data[0]) == png
    assert queries_of(scripted) == [[("api-version", "2024-02-01")], [("own", "1")]]


# What wins.


async def test_a_calls_own_parameters_win(scripted: ScriptedServer, png: bytes) -> None:
    """`extra_query` replaces all of the client's parameters of a name; `None` and `[]` in it give none."""
    query = {"api-version": ["1", "2"], "team": "otters"}
    async with Client(base_url=scripted.base_url, query=query) as client:
        await create_image_variation(client, image=png, extra_query={"api-version": "3", "more": 4})
        await create_image_variation(client, image=png, extra_query={"api-version": None, "team": []})
        await create_image_variation(client, image=png, extra_query={"API-Version": "5"})
    assert queries_of(scripted) == [
        [("team", "otters"), ("api-version", "3"), ("more", "4")],
        [("api-version", "1"), ("api-version", "2"), ("team", "otters")],
        [("api-version", "1"), ("api-version", "2"), ("team", "otters"), ("API-Version", "5")],
    ]


class AnyClient(BaseClient):
    """A client of no document in particular. That of the pin has no parameters."""

    server = "https://api.example"
    user_agent = "otters/1"
    api_key_variable = "OPENAI_API_KEY"
    base_url_variable = "OPENAI_BASE_URL"


def listing(security: SecurityScheme | None = None) -> Operation[None]:
    """An operation with a query parameter of its own."""
    parameters = (Parameter("limit", "query"), Parameter("kind", "query"))
    return Operation("list", "GET", "/list", {"200": NoBody()}, parameters, security=security)


async def test_an_operations_own_parameters_win(scripted: ScriptedServer) -> None:
    """What a call gives for a parameter of the document replaces the client's; what it leaves out does not."""
    async with AnyClient(base_url=scripted.base_url, query={"limit": 10, "kind": "otter"}) as client:
        await client.send(listing(), Arguments(parameters=(3, None)))
        await client.send(listing(), Arguments(parameters=(None, ["a", "b"])))
    assert queries_of(scripted) == [
        [("kind", "otter"), ("limit", "3")],
        [("limit", "10"), ("kind", "a"), ("kind", "b")],
    ]


@pytest.mark.parametrize("place", ["client", "call", "operation"])
async def test_a_parameter_of_the_callers_own_wins_over_the_keys(
    scripted: ScriptedServer, place: Literal["client", "call", "operation"]
) -> None:
    """As with headers: who sets the parameter that the document has for the key means it."""
    operation = listing(QueryKey("kind"))
    query = {"kind": "own"} if place == "client" else None
    arguments = {
        "client": Arguments(parameters=(None, None)),
        "call": Arguments(parameters=(None, None), extra_query={"kind": "own"}),
        "operation": Arguments(parameters=(None, "own")),
    }
    async with AnyClient(base_url=scripted.base_url, api_key=new_key(), query=query) as client:
        await client.send(operation, arguments[place])
    assert queries_of(scripted) == [[("kind", "own")]]


async def test_the_key_goes_beside_the_query(scripted: ScriptedServer) -> None:
    """A key that the document puts into the query has a parameter of its own there."""
    key = new_key()
    async with AnyClient(base_url=scripted.base_url, api_key=key, query=AZURE) as client:
        await client.send(listing(QueryKey("key")), Arguments(parameters=(None, None)))
    assert sorted(queries_of(scripted)[0]) == [("api-version", "2024-02-01"), ("key", key)]


# Copies.


async def test_a_copy_may_have_another_query(scripted: ScriptedServer, png: bytes) -> None:
    """What is given replaces the client's, `{}` leaves it out, and the original keeps its own."""
    async with Client(base_url=scripted.base_url, query=AZURE) as client:
        for copy in (
            client.with_options(timeout=60),
            client.with_options(query={"team": "otters"}),
            client.with_options(query={}),
            client.with_options(base_url=f"{scripted.base_url}/tenant"),
            client,
        ):
            await create_image_variation(copy, image=png)
        with pytest.raises(ConfigurationError, match="query: sig must be text"):
            client.with_options(query={"sig": b""})
    azure = [("api-version", "2024-02-01")]
    assert queries_of(scripted) == [azure, [("team", "otters")], [], azure, azure]


async def test_the_query_is_not_taken_along_to_another_origin(scripted: ScriptedServer, png: bytes) -> None:
    """Any value may be a credential: another server gets what is given for it, and coming back nothing returns."""
    async with ScriptedServer() as other, Client(base_url=scripted.base_url, query={"sig": new_key()}) as client:
        await create_image_variation(client.with_options(base_url=other.base_url), image=png)
        await create_image_variation(client.with_options(base_url=other.base_url, query={"a": 1}), image=png)
        back = client.with_options(base_url=other.base_url).with_options(base_url=scripted.base_url)
        await create_image_variation(back, image=png)
    assert queries_of(other) == [[], [("a", "1")]]
    assert queries_of(scripted) == [[]]


# What is refused.


@pytest.mark.parametrize("name", ["base_url", "OPENAI_BASE_URL"])
def test_a_base_url_with_a_query_is_told_where_it_goes(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Wherever the URL is from, the message names `query=`, and shows none of the query."""
    url = "https://x.example/openai/deployments/d?api-version=2024-02-01&sig=s3cret"
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ConfigurationError, match=r"^base_url must not have a query: .*query=") as refusal:
        Client(base_url=url if name == "base_url" else None, query=AZURE)
    assert "s3cret" not in str(refusal.value)
    with pytest.raises(ConfigurationError, match=r"^base_url must not have a query: .*query="):
        Client(base_url="https://x.example/v1").with_options(base_url=url)


@pytest.mark.parametrize("base_url", ["x.example/v1?sig=s3cret", "ftp://x.example/v1#s3cret", "me:s3cret@x.example/v1"])
def test_a_base_url_that_is_refused_is_shown_without_secrets(base_url: str) -> None:
    """Also what is no http(s) URL may hold a signature or a password."""
    with pytest.raises(ConfigurationError, match=r"must be like https://host/v1, not '.*x\.example/v1'") as refusal:
        Client(base_url=base_url)
    assert "s3cret" not in str(refusal.value)


async def test_a_base_url_with_an_empty_query_has_none(scripted: ScriptedServer, png: bytes) -> None:
    """A question mark at its end is dropped, and the operation's path stays a path."""
    async with Client(base_url=f"{scripted.base_url}/?", query=AZURE) as client:
        await create_image_variation(client, image=png)
    assert scripted.requests[0].head.startswith("POST /v1/images/variations?api-version=2024-02-01 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ([("sig", "s3cret")], "query must be a mapping"),
        ("sig=s3cret", "query must be a mapping"),
        ({"sig": b"s3cret"}, "query: sig must be text, a number or a boolean"),
        ({"sig": {"s3cret": 1}}, "query: sig must be text, a number or a boolean"),
        ({"sig": [["s3cret"]]}, "query: sig must be text, a number or a boolean"),
        ({"sig": "s3cret\ud800"}, "query: sig must be text that UTF-8 can hold"),
        ({"sig": float("nan")}, "query: sig must be text, a number or a boolean"),
        ({b"sig": "s3cret"}, "query: a name must be text, a number or a boolean"),
    ],
)
def test_a_query_without_a_form_on_the_wire_is_refused_unshown(query: dict[str, object], complaint: str) -> None:
    """The error names the parameter and does not show the value, not even as a cause."""
    with pytest.raises(ConfigurationError, match=f"^{complaint}") as refusal:
        Client(base_url="http://127.0.0.1:9", query=query)
    assert "s3cret" not in str(refusal.value)
    assert (refusal.value.__cause__, refusal.value.__context__) == (None, None)


# Secrets.


@pytest.mark.parametrize("place", ["client", "call"])
@pytest.mark.parametrize("status", [200, 307, 400])
async def test_a_query_that_a_server_sends_back_is_masked(
    scripted: ScriptedServer, png: bytes, secret_watch: Watch, status: int, place: str
) -> None:
    """A signature stands in no log, repr, error, pickle or traceback, however the URL is written there."""
    signature = f"{new_key()} /+=&\"'%41"
    echo = str(httpx.URL("https://elsewhere.example/", params={"sig": signature}))
    scripted.respond(status, f"you called {echo} with {signature}", {"Location": echo, "X-Request-Id": signature})
    query: dict[str, object] = {"sig": signature, "flag": "true", **AZURE}
    own, extra = (query, None) if place == "client" else (None, query)
    async with Client(base_url=scripted.base_url, query=own, transport=over_httpx()) as client:
        with pytest.raises(ImageVariationsError):
            await create_image_variation(client, image=png, extra_query=extra)
        assert "sig" not in repr(client)
        assert signature not in repr(vars(client))
    assert ("sig", signature) in queries_of(scripted)[0]
    assert secret_watch.keys >= {signature}
    assert any("HTTP Request: POST" in text for _, text in secret_watch.said)
    assert secret_watch.leaks() == []


async def test_a_version_in_a_query_is_no_secret(scripted: ScriptedServer, png: bytes) -> None:
    """What a server says of a version, a number or a flag can be read."""
    said = "api-version 2024-02-01-preview: at most 1000, not true"
    scripted.respond(400, {"error": {"message": said}})
    query = {"api-version": "2024-02-01-preview", "most": 1000, "flag": True}
    async with Client(base_url=scripted.base_url, query=query) as client:
        with pytest.raises(StatusError) as error:
            await create_image_variation(client, image=png)
    assert error.value.message == said
