"""What a program loads of a package: what it uses, however large the document is."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

from tests.support.echo import shape
from tests.support.generation import generated
from tools.paths import ROOT

EVENTS = ROOT / "tests" / "documents" / "events.yaml"
STUDIO = ROOT / "tests" / "documents" / "studio.yaml"


def test_a_function_loads_no_model_that_it_does_not_use(tmp_path: Path) -> None:
    """Its module and those of its own models are imported, and none of the models of other operations."""
    with generated(STUDIO, tmp_path, "studio"):
        models = len(list((tmp_path / "studio" / "models").glob("*.py")))
    said = (
        "import sys; from studio import Client, get_rating; print([m for m in sys.modules if m.startswith('studio')])"
    )
    run = subprocess.run([sys.executable, "-c", said], cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = [name for name in run.stdout.split("'") if name.startswith("studio.models")]
    assert models > 10
    assert len(loaded) <= 2, loaded


def test_a_model_is_imported_from_the_package_of_models_when_it_is_first_used(tmp_path: Path) -> None:
    """`models` has every model and alias by its name, and knows no other name."""
    with generated(STUDIO, tmp_path, "studio") as studio:
        models = importlib.import_module("studio.models")
        assert set(models.__all__) <= set(studio.__all__)
        assert all(getattr(models, name) is getattr(studio, name) for name in models.__all__)
        assert dir(models) == sorted(models.__all__)
        assert not hasattr(models, "Nothing")


def test_a_call_makes_the_classes_that_it_sends_and_gets_alone(tmp_path: Path) -> None:
    """The model of an absent member, an enum and a type that annotations name alone are not imported."""
    members = "kept: {$ref: '#/components/schemas/Kept'}, absent: {$ref: '#/components/schemas/Absent'}"
    kind = "kind: {enum: [a, b]}, list: {type: array, items: {$ref: '#/components/schemas/Absent'}}"
    schemas = f"Kept: {{type: object, properties: {{{kind}}}}}, Absent: {{type: object, properties: {{{kind}}}}}"
    with generated(_document(tmp_path, members, schemas), tmp_path, "absences"):
        pass
    loaded = _run(
        tmp_path,
        "absences",
        "Thing.from_dict({'kept': {'kind': 'a'}, 'absent': None, 'more': []})",
        "absences import Thing",
    )
    assert loaded == ["kept", "thing"]


def test_an_event_loads_its_own_class_alone(tmp_path: Path) -> None:
    """The classes of the other events that the stream may have are not made."""
    with generated(EVENTS, tmp_path, "gazette"):
        pass
    read = "EVENTS.read_event(ServerSentEvent('{}'), {'type': 'picture.partial', 'index': 1})"
    names = "gazette.types import ServerSentEvent; from gazette.api.events.draw_picture_event_reader import EVENTS"
    assert _run(tmp_path, "gazette", read, names) == ["picture_partial"]


def test_the_types_of_a_model_can_be_resolved(tmp_path: Path) -> None:
    """`typing.get_type_hints` and what is built on it find the classes that a model refers to, itself among them."""
    kept, thing = "{$ref: '#/components/schemas/Kept'}", "{$ref: '#/components/schemas/Thing'}"
    members = f"self: {thing}, one: {{oneOf: [{kept}, {{type: array, items: {kept}}}]}}"
    with generated(_document(tmp_path, members, "Kept: {type: object}"), tmp_path, "hints") as package:
        hints = get_type_hints(package.Thing)
        assert hints["self_"] == package.Thing | None
        assert str(hints["one"]) == "hints.models.kept.Kept | list[hints.models.kept.Kept] | None"
        assert get_type_hints(package.put_thing)["return"] is package.Thing


def test_a_response_loads_no_branch_of_a_union_but_the_one_that_it_is(tmp_path: Path) -> None:
    """The classes of the others are not made: a document may have hundreds of them."""
    body = {"tagged": {"type": "b"}}
    with shape("told_apart", tmp_path):
        pass
    said = (
        "import sys; from told_apart import Client, put_it; from told_apart.models import Body;"
        f"print(type(Body.from_dict({body}).tagged));"
        "print([m for m in sys.modules if m.startswith('told_apart.models.')])"
    )
    run = subprocess.run([sys.executable, "-c", said], cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = run.stdout.replace("told_apart.models.", "")
    assert loaded.startswith("<class 'b.B'>")
    assert {"a", "c", "few", "many", "by_number"}.isdisjoint(loaded.split("'"))


def _document(folder: Path, members: str, schemas: str) -> Path:
    """Write a document with one operation, which sends and returns a `Thing` with some members."""
    content = "content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}"
    path = folder / "document.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'https://t.example'}]\n"
        f"paths: {{/t: {{put: {{operationId: putThing, requestBody: {{required: true, {content}}},"
        f" responses: {{'200': {{description: d, {content}}}}}}}}}}}\n"
        f"components: {{schemas: {{Thing: {{type: object, properties: {{{members}}}}}, {schemas}}}}}\n"
    )
    return path


def _run(folder: Path, package: str, expression: str, names: str) -> list[str]:
    """Evaluate an expression in a fresh interpreter. Return the modules of models that were imported."""
    said = (
        f"import sys; from {names}; {expression};"
        f"print(*sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('{package}.models.')))"
    )
    run = subprocess.run([sys.executable, "-c", said], cwd=folder, check=True, capture_output=True, text=True)
    return run.stdout.split()
