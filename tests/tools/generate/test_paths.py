"""Paths with a query or a fragment, by which documents tell operations of one path apart."""

from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("paths"), tmp_path_factory.mktemp("paths"), "paths") as module:
        yield module


@pytest.mark.parametrize(
    ("function", "arguments", "line"),
    [
        ("stop_jobs", {}, "POST /v1/jobs?action=stop"),
        ("stop_jobs", {"reason": "late"}, "POST /v1/jobs?action=stop&reason=late"),
        ("stop_jobs", {"extra_query": {"a": "b"}}, "POST /v1/jobs?action=stop&a=b"),
        ("change_job", {"id": "7?", "action": "a&b=c"}, "POST /v1/jobs/7%3F?action=a%26b%3Dc&empty="),
        ("start_jobs", {"reason": "now"}, "POST /v1/jobs?reason=now"),
    ],
)
async def test_a_query_in_the_path_is_sent_with_every_call_and_a_fragment_with_none(
    package: ModuleType, scripted: ScriptedServer, function: str, arguments: Mapping[str, object], line: str
) -> None:
    """Parameters follow it."""
    scripted.respond(204)
    assert (await send(package, scripted, function, arguments)).line == line


def test_a_fragment_is_noted() -> None:
    """The server cannot tell operations apart by it, so the command says that it is not sent."""
    note = "POST /jobs#start: what follows the # is not sent (RFC 9110, section 7.1)"
    assert note in view_of(pinned(document("paths")).document).notes
