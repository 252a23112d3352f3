"""Names of a document that would be one in Python: each thing keeps a name of its own, and its name on the wire."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, send
from tests.support.server import ScriptedServer
from tests.tools.generate.test_next_spec import check

FINDING = {
    "+1": 1,
    "-1": 2,
    "attribution": {"who": "a"},
    "ref": {"why": "b"},
    "@type": "x",
    "type": "y",
    "file": {"no": 1},
    "child": {"a+": 1, "a-": "s"},
    "pet": {"small": 1},
    "Pet": {"big": 2},
    "other": {"yes": 1},
    "own": {name: {"v": name} for name in ("Response", "Client", "NotFoundError", "list", "dict", "None", "__init__")},
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("names"), tmp_path_factory.mktemp("names"), "names") as module:
        yield module


def test_members_whose_names_are_one_in_python_are_numbered(package: ModuleType) -> None:
    """`+1` and `-1`, or `@type` and `type`, are two attributes, and each is read and written under its own name."""
    finding = package.Finding.from_dict(dict(FINDING))
    assert (finding.field_1, finding.field_1_2, finding.type, finding.type_2) == (1, 2, "x", "y")
    assert finding.additional_properties == {}
    assert finding.to_dict() == FINDING


def test_schemas_whose_classes_would_have_one_name_are_numbered(package: ModuleType) -> None:
    """A named schema keeps its name; an inline one, or a later one that Python would take for it, gets a number."""
    finding = package.Finding.from_dict(dict(FINDING))
    names = {name: type(getattr(finding, name)).__name__ for name in ("attribution", "ref", "pet", "pet_2")}
    assert names == {"attribution": "FindingAttribution2", "ref": "FindingAttribution", "pet": "Pet", "pet_2": "Pet2"}


def test_schemas_called_like_something_of_the_clients_own_get_a_suffix(package: ModuleType) -> None:
    """`File` is the class that callers pass: the schema is `FileModel`, and one that is called that has a number."""
    finding = package.Finding.from_dict(dict(FINDING))
    assert (type(finding.file).__name__, type(finding.other).__name__) == ("FileModel", "FileModel2")
    assert type(finding.own.client).__name__ == "ClientModel"
    assert type(finding.own.not_found_error).__name__ == "NotFoundErrorModel"
    assert issubclass(package.NotFoundError, Exception)


async def test_parameters_whose_names_are_one_in_python_reach_their_places(
    package: ModuleType, scripted: ScriptedServer
) -> None:
    """Names may stand at several places, differ in signs only, and have dots in a path."""
    scripted.respond(200, {})
    path = {"file_id": "f/1", "ext": "png", "id": "7", "a": "1", "b": "2"}
    query = {"id_query": "q", "start_time": "1", "start_time_query": "2", "start_time_query_2": "now"}
    others = {"filter": "3", "filter_query": "4", "id_header": "h", "id_cookie": "c", "x_list": [1, 2]}
    request = await send(package, scripted, "get_file", {**path, **query, **others})
    target = "/v1/files/f%2F1.png/7:cancel/12?id=q&StartTime=1&StartTime%3C=2&StartTime%3E=now&%24filter=3&filter=4"
    assert request.line == f"GET {target}"
    assert {name: request.headers[name] for name in ("id", "x-list", "cookie")} == {
        "id": "h",
        "x-list": "1,2",
        "cookie": "id=c",
    }


@pytest.mark.slow
def test_the_checkers_find_nothing_in_it(package: ModuleType, tmp_path: Path) -> None:
    """`mypy --strict` passes."""
    assert package.__file__ is not None
    folder = Path(package.__file__).parent
    check(["mypy", "--strict", "--disallow-any-explicit", f"--cache-dir={tmp_path}", folder.name], folder.parent)
