"""Kinds of schemas and parameters that stopped operations: what is mended, and what becomes of the rest."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast, get_type_hints

import pytest

from tests.support.generation import generated
from tools.openapi.derive import derive
from tools.openapi.read import read
from tools.paths import ROOT

KINDS = ROOT / "tests" / "documents" / "kinds.yaml"

VALUE: Mapping[str, object] = {
    "name": "oak",
    "height": 9,
    "inner": {"name": "twig"},
    "leaf": {"color": "green"},
    "shape": {"sides": 3},
    "fruit": {"weight": 1.5, "stone": True},
    "parts": [{"no": 1}],
    "again": "yes",
    "state": {"value": "b"},
    "response": {"ok": True},
}


class Tree(Protocol):
    """The model of the document, as far as it is read here."""

    fruit: object
    response: object

    def to_dict(self) -> dict[str, object]:
        """The members that are given."""
        ...


@pytest.fixture(scope="module")
def notes() -> tuple[str, ...]:
    """What `make pin` says of the document."""
    return derive(read(str(KINDS)), ["getTree"], None).notes


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    folder: Path = tmp_path_factory.mktemp("kinds")
    spec = folder / "openapi.yaml"
    spec.write_text(derive(read(str(KINDS)), ["getTree"], None).text)
    with generated(spec, folder, "kinds") as module:
        yield module


def test_what_can_only_mean_one_thing_is_mended_and_noted(notes: tuple[str, ...]) -> None:
    """Each note names the place, and what is taken in its stead."""
    tree = "components/schemas/Tree"
    assert set(notes) == {
        "info/version: 1.5 is taken as text",
        "tags: trees is declared twice; the first counts",
        "GET /trees/responses/200: OpenAPI knows no type here; it is left out",
        f"{tree}/required: 'name' is there twice",
        f"{tree}/$recursiveAnchor: is not needed in OpenAPI 3.1; it is left out",
        f"{tree}/properties/inner/$recursiveRef: is taken as $ref: #",
        f"{tree}/properties/height/minimum: '8' is taken as the number 8",
        f"{tree}/properties/height/default: '' breaks its own schema; it is left out",
    }


def test_every_kind_of_schema_comes_back_as_it_was_sent(package: ModuleType) -> None:
    """Nullable arrays of objects, unions beside members, intersections, conditions, and names of the client's own."""
    model = cast(Tree, package.Tree.from_dict(dict(VALUE)))
    assert model.to_dict() == VALUE
    assert type(model.fruit).__name__ == "FruitType1"
    assert type(model.response).__name__ == "ResponseModel"


def test_null_where_the_document_allows_it_reads_as_not_given(package: ModuleType) -> None:
    """A member that may be null by an `allOf`, a union or a branch of one is `None` then."""
    nulls = dict.fromkeys(("leaf", "parts", "again"))
    model = cast(Tree, package.Tree.from_dict({"name": "oak", **nulls}))
    assert model.to_dict() == {"name": "oak"}


def test_a_default_response_is_that_of_a_success_too(tmp_path: Path) -> None:
    """It describes every status that is not listed, so that an operation with nothing else has a result."""
    response = "{description: d, content: {application/json: {schema: {type: string}}}}"
    spec = tmp_path / "document.yaml"
    spec.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'https://t.example'}]\n"
        f"paths: {{/t: {{get: {{operationId: getT, responses: {{default: {response}}}}}}}}}\n"
    )
    with generated(spec, tmp_path, "defaults") as package:
        assert get_type_hints(package.get_t)["return"] is str
