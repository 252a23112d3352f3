"""Documents that were changed at random: a plan of a client, or one line, in bounded time."""

import time
from pathlib import Path

import pytest

from tests.support.kinds import document
from tests.support.random_mutations import randomly_mutated
from tools.generate.identity import identity_of
from tools.generate.parse import parse
from tools.generate.plan import avoid_own_names, plan_package
from tools.generate.view import view_of
from tools.openapi.choice import chosen
from tools.openapi.derive import take_out
from tools.openapi.document import DocumentError, Node, check_references, depth_guard, parse_document
from tools.openapi.settings import Settings, generator_config

_DOCUMENTS = ("oddities", "references", "mends", "paths")
_MAX_LINE = 1000
_MAX_SECONDS = 5.0


def _plan(whole: Node) -> None:
    pinned, _ = take_out(whole, chosen(whole, "all"))
    check_references(pinned)
    identity = identity_of(Settings(), "mutated")
    config = avoid_own_names(generator_config(Settings(), Path("mutated")), identity)
    view = view_of(pinned).document
    with depth_guard():
        plan_package(view, parse(view, config, []), config, identity)


def _check(name: str, count: int, seed: int) -> tuple[int, int]:
    """Plan the clients of mutated documents. Return how many there are, and how many were refused."""
    planned = refused = 0
    for what, mutated in randomly_mutated(parse_document(document(name), name), count, seed):
        began = time.process_time()
        try:
            _plan(mutated)
            planned += 1
        except DocumentError as refusal:
            line = " ".join(str(refusal).splitlines())
            assert line, what
            assert len(line) < _MAX_LINE, what
            refused += 1
        except Exception as error:
            raise AssertionError(f"{name} {what}: {type(error).__name__}: {error}") from error
        assert time.process_time() - began < _MAX_SECONDS, what
    return planned, refused


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_a_mutated_document_is_a_client_or_a_line(name: str) -> None:
    """Swapped types, lost and doubled parts, references in circles, huge numbers and odd names: 60 in all."""
    planned, refused = _check(name, 15, seed=1)
    assert planned
    assert refused


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 12))
@pytest.mark.parametrize("name", _DOCUMENTS)
def test_many_mutated_documents_are_clients_or_lines(name: str, seed: int) -> None:
    """The same, with 2,200."""
    _check(name, 50, seed)


def _nested(keyword: str, depth: int) -> Node:
    schema: dict[str, object] = {"type": "string"}
    for _ in range(depth):
        inner: object = {"a": schema} if keyword == "properties" else schema
        inner = [schema, {"type": "integer"}] if keyword in ("anyOf", "allOf") else inner
        schema = {keyword: inner}
    return schema


@pytest.mark.parametrize("depth", [20, 90])
@pytest.mark.parametrize("keyword", ["properties", "items", "additionalProperties", "anyOf", "allOf", "not"])
def test_a_schema_may_be_nested_deeply(keyword: str, depth: int) -> None:
    """It is a client, or a line that says what to do: no depth that can be read ends in a traceback."""
    media = {"application/json": {"schema": _nested(keyword, depth)}}
    operation = {
        "operationId": "getDeep",
        "requestBody": {"content": media},
        "responses": {"200": {"description": "Deep.", "content": media}},
    }
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Deep", "version": "1"},
        "servers": [{"url": "https://deep.example"}],
        "paths": {"/deep": {"post": operation}},
    }
    try:
        _plan(whole)
    except DocumentError as refusal:
        said = str(refusal)
    else:
        said = "components/schemas"
    assert "components/schemas" in said or "too long for the name" in said or "has no end" in said
