"""Lists and objects that are not given, and those that are given empty, in schemas that responses have too."""

import json
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, send
from tests.support.server import ScriptedServer


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("empty"), tmp_path_factory.mktemp("empty"), "empty") as module:
        yield module


async def test_a_list_that_is_not_given_is_neither_checked_nor_sent(
    package: ModuleType, scripted: ScriptedServer
) -> None:
    """`minItems` holds for a list that is given, at any depth."""
    scripted.respond(200, {})
    inner = package.Bag(owner="i", tag=package.Tag(marks=[1]))
    request = await send(package, scripted, "pack_bag", {"owner": "x", "bags": [inner]})
    assert json.loads(request.body) == {"owner": "x", "bags": [{"owner": "i", "tag": {"marks": [1]}}]}
    request = await send(package, scripted, "pack_bags", {"body": [package.Bag(owner="x")]})
    assert json.loads(request.body) == [{"owner": "x"}]


async def test_an_empty_list_or_object_that_is_given_is_sent(package: ModuleType, scripted: ScriptedServer) -> None:
    """An empty list says that there is nothing, which is another thing than to say nothing."""
    scripted.respond(200, {})
    given: dict[str, object] = {
        "bags": [],
        "free": package.BagFree(),
        "rows": [],
        "tag": package.Tag(marks=[1], notes=[]),
    }
    request = await send(package, scripted, "pack_bag", given)
    assert json.loads(request.body) == {"bags": [], "free": {}, "rows": [], "tag": {"marks": [1], "notes": []}}


async def test_an_empty_list_makes_a_body_that_may_be_left_out(package: ModuleType, scripted: ScriptedServer) -> None:
    """A call without an argument has no body."""
    scripted.respond(204)
    assert (await send(package, scripted, "repack_bag", {})).body == b""
    assert (await send(package, scripted, "repack_bag", {"bags": []})).body == b'{"bags":[]}'


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [({"things": []}, "things: must have at least 1 item"), ({"labels": ["a"]}, "labels: must have at least 2 items")],
)
async def test_a_list_that_is_given_is_checked(
    package: ModuleType, scripted: ScriptedServer, arguments: dict[str, object], complaint: str
) -> None:
    """An empty list that is passed breaks `minItems`."""
    with pytest.raises(package.InvalidRequestError, match=complaint):
        await send(package, scripted, "pack_bag", arguments)


async def test_a_required_list_has_to_be_given_to_a_model(package: ModuleType, scripted: ScriptedServer) -> None:
    """The error names the list, not the number of its items."""
    with pytest.raises(package.InvalidRequestError, match=r"tag\.marks: must be given"):
        await send(package, scripted, "pack_bag", {"tag": package.Tag()})


async def test_what_was_read_is_sent_as_it_was_read(package: ModuleType, scripted: ScriptedServer) -> None:
    """A list that the server left out is not sent back, unless something was put into it; an empty one is."""
    scripted.respond(200, {})
    bag = package.Bag.from_dict({"bags": []})
    assert bag.things == []
    assert bag.to_dict() == {"bags": []}
    arguments = {"things": bag.things, "bags": bag.bags}
    assert (await send(package, scripted, "pack_bag", arguments)).body == b'{"bags":[]}'
    bag.things.append("rope")
    assert bag.to_dict() == {"things": ["rope"], "bags": []}
