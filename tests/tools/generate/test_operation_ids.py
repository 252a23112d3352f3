"""The functions of operations without an id, and of ids that are one name in Python."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.view import view_of


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("operation_ids"), tmp_path_factory.mktemp("ids"), "operation_ids") as module:
        yield module


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("get_v1_forecast", "GET /v1/v1/forecast"),
        ("get_v1_forecast_2", "GET /v1/v1_forecast"),
        ("get_things_thing_id_parts", "GET /v1/things/7/parts"),
        ("add_part", "POST /v1/things/7/parts"),
        ("add_part_2", "POST /v1/parts"),
        ("delete_early", "POST /v1/late"),
        ("delete_early_2", "DELETE /v1/early"),
        ("get_models", "GET /v1/models"),
        ("get_day", "GET /v1/day"),
        ("add_part_detailed_2", "GET /v1/whole"),
        ("get_whole_detailed", "GET /v1/late/whole"),
        ("get_whole_2", "GET /v1/whole/late"),
    ],
)
async def test_a_function_is_called_by_its_id_or_by_its_method_and_path(
    package: ModuleType, scripted: ScriptedServer, function: str, line: str
) -> None:
    """An id of the document keeps its name; of two that are one in Python, the later path gets a number."""
    scripted.respond(204)
    arguments = {"thing_id": "7"} if "/things/" in line else {}
    assert (await send(package, scripted, function, arguments)).line == line


def test_each_number_is_noted() -> None:
    """The command says which function is which operation's if two would be one."""
    assert view_of(pinned(document("operation_ids")).document).notes == (
        "POST /parts: the function add_part is another operation's; its own is add_part_2",
        "GET /models: the function models is the client's own; its own is get_models",
        "GET /day: the function date is the client's own; its own is get_day",
        "GET /whole: the function add_part_detailed is another operation's; its own is add_part_detailed_2",
        "GET /whole/late: the function get_whole_detailed is another operation's; its own is get_whole_2",
        "GET /v1_forecast: the function get_v1_forecast is another operation's; its own is get_v1_forecast_2",
        "DELETE /early: the function delete_early is another operation's; its own is delete_early_2",
    )
