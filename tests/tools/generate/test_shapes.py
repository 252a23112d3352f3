"""Shapes of schemas: each value comes back as it was sent, in the models that the document means."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from tests.support.echo import SHAPES, echo, notes_of, shape
from tests.support.server import ScriptedServer

Value = Mapping[str, object]
Packages = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packages]:
    """Makes the client of a document, once."""
    folder = tmp_path_factory.mktemp("shapes")
    with ExitStack() as stack:

        @cache
        def made(name: str) -> ModuleType:
            return stack.enter_context(shape(name, folder))

        yield made


DOG = {"petType": "dog", "skill": "runs"}
DISCRIMINATED: list[tuple[Value, object]] = [
    ({"mapped": DOG}, "Dog"),
    ({"mapped": {"petType": "wolf"}}, "Dog"),
    ({"mapped": {"petType": "cat", "unknown": 1}}, "Cat"),
    ({"mapped": {"petType": "bird", "skill": "flies"}}, "Cat"),
    ({"named": [{"kind": "Boat"}, {"kind": "Car"}]}, ["Boat", "Car"]),
    ({"nested": {"family": "round", "kind": "Oval"}}, "Oval"),
    ({"nested": {"family": "square", "kind": "Oval"}}, "Square"),
    ({"constant": {"type": "note", "text": "a"}}, "InputNote"),
    ({"optional": DOG}, "Dog"),
    ({"beast": DOG}, "Cat"),
    ({"beast": {"petType": "cat", "skill": "naps"}}, "Wolf"),
]
EXTENDED: list[tuple[Value, object]] = [
    ({"pet": {"petType": "cat", "skill": "naps"}}, "Cat"),
    ({"pet": {"petType": "Dog", "pack": 3}}, "Dog"),
    ({"pet": {"petType": "Puppy", "pack": 3, "weeks": 8}}, "Puppy"),
    ({"pet": {"petType": "Dog", "friend": {"petType": "cat", "skill": "naps"}}}, "Dog"),
    ({"pet": {"petType": "bird", "wings": 2}}, "Pet"),
    ({"pets": [{"petType": "Dog"}, {"petType": "cat"}]}, ["Dog", "Cat"]),
    ({"dog": {"petType": "Puppy", "weeks": 8}}, "Puppy"),
    ({"login": {"type": "Token", "secret": "s"}}, "Token"),
    ({"login": {"type": "Password", "secret": "s"}}, "Password"),
]
TOLD_APART: list[tuple[Value, object]] = [
    ({"tagged": {"type": "b", "v": "x"}}, "B"),
    ({"tagged": {"type": "c"}}, "C"),
    ({"listed": {"size": "all"}}, "Many"),
    ({"inline": {"no": 2}}, "BodyInlineType1"),
    ({"listener": {"port": 80}}, "ByNumber"),
    ({"listener": {"port": "http"}}, "ByName"),
    ({"listeners": [{"port": "http"}]}, ["ByName"]),
    ({"ids": ["a", "b"]}, ["str", "str"]),
    ({"ids": [1, 2]}, ["int", "int"]),
    ({"when": "2026-01-02T03:04:05+00:00"}, "datetime"),
    ({"when": "2026-01-02"}, "date"),
    ({"when": "20260102"}, "str"),
    ({"key": "123e4567-e89b-42d3-a456-426614174000"}, "UUID"),
    ({"key": "123E4567-E89B-42D3-A456-426614174000"}, "str"),
    ({"any": 1}, "int"),
    ({"any": 1.5}, "float"),
    ({"any": True}, "bool"),
    ({"any": "1"}, "str"),
    ({"anything": [1, "a", None]}, ["int", "str", "NoneType"]),
    ({"perhaps": ["a", 1]}, ["str", "int"]),
    ({"perhaps": "a"}, "str"),
    ({"one": "a"}, "str"),
    ({"one": {"port": "a"}}, "ByName"),
    ({"one": [{"port": "a"}]}, ["ByName"]),
    ({"speaker": {"role": "user", "says": "hi"}}, "Known"),
    ({"speaker": {"role": "crowd", "says": "hi"}}, "Anyone"),
    ({"coded": {"code": 1, "v": "x"}}, "One"),
    ({"coded": {"code": 2, "v": "x"}}, "Two"),
    ({"coded": {"code": 3, "v": "x"}}, "Three"),
    ({"loose": {"v": "x"}}, "Unmarked"),
    ({"loose": {"kind": "b", "v": "x"}}, "Marked"),
    ({"speakers": [{"role": "crowd"}, {"role": "guest"}]}, ["Anyone", "Known"]),
]
BESIDE: list[tuple[Value, object]] = [
    ({"fruit": {"kind": "drupe", "note": "ripe", "stone": 1}}, "FruitType1"),
    ({"conditional": {"b": "x"}}, "Conditional"),
    ({"merged": {"id": "x", "b": 1}}, "MergedType1"),
    ({"whole": {"id": "x", "more": "y", "a": "z"}}, "WholeType0"),
    ({"refined": {"id": "x", "n": 1}}, "Refined"),
    ({"wrapped": {"id": "x"}}, "Base"),
    ({"alias": {"name": "a", "labels": {"b": 1}}}, "Alias"),
    ({"stricter": {"name": "a", "labels": {"b": 1}}}, "Stricter"),
    ({"assigned": {"ids": [1, 2], "name": "a", "labels": {"b": 1}}}, "AssignedType0"),
    ({"assigned": {"tag": "t", "name": "a"}}, "AssignedType1"),
]
NULLS: list[tuple[Value, object]] = [
    ({"numbers": [1.5, None, 2.5]}, ["float", "NoneType", "float"]),
    ({"words": ["a", None]}, ["str", "NoneType"]),
    ({"inline": [None, {"a": "x"}]}, ["NoneType", "BodyInlineItem"]),
    ({"named": ["x", None]}, ["str", "NoneType"]),
    ({"models": [None, {"a": "x"}]}, ["NoneType", "M"]),
]
NULLS_30: list[tuple[Value, object]] = [
    *NULLS,
    ({"grid": [[1, None], []]}, [["int", "NoneType"], []]),
    ({"listed": [None, {"b": {"c": "x"}}]}, ["NoneType", "ListItem"]),
]
NULLS_31: list[tuple[Value, object]] = [
    *NULLS,
    ({"mixed": [1, None, "a"]}, ["int", "NoneType", "str"]),
    ({"optional": [None]}, ["NoneType"]),
    ({"days": ["2026-01-02", None]}, ["date", "NoneType"]),
    ({"twice": "x"}, "str"),
    ({"branches": 1}, "int"),
    ({"listed": 2}, "int"),
    ({"again": "a"}, "str"),
]
CIRCLES: list[tuple[Value, object]] = [
    ({"node": {"v": "a", "next": {"v": "b"}, "all": [{"v": "c"}]}}, "Node"),
    ({"filter": {"filters": [{"key": "a"}, {"filters": [{"key": "b"}]}]}}, "Every"),
    ({"json": ["a", ["b", {"c": "d"}]]}, ["str", ["str", "dict"]]),
    ({"json": {"a": ["b"]}}, "JsonType2"),
    ({"nest": [[], [[]]]}, [[], [[]]]),
    ({"details": {"a": {"_errors": ["x"]}}}, "DetailsType0"),
]
INNER: list[tuple[Value, object]] = [
    ({"task": {"title": "a", "steps": [{"rank": 1, "title": "b", "steps": [{"rank": 2}]}]}}, "Task"),
    ({"task": {"next": {"title": "b", "after": 3, "next": {"after": 4}}, "plan": {"first": {"rank": 1}}}}, "Task"),
    ({"folder": {"name": "a", "folders": {"b": {"rank": 1, "folders": {"c": {"rank": 2}}}}}}, "Folder"),
    ({"folder": {"target": {"link": "b", "target": [{"rank": 1, "target": "c"}]}}}, "Folder"),
    ({"author": {"name": "a", "books": [{"title": "b", "rank": 1, "by": {"name": "c", "rank": 2}}]}}, "Author"),
    ({"author": {"next": {"taken": {"title": "a", "next": {"after": 1}}}}}, "Author"),
    ({"file": {"name": "a", "copy": {"name": "b", "copy": {"rank": 1}}}}, "FileModel"),
    ({"several": [{"title": "a", "rank": 1}]}, ["SeveralType0Item"]),
]
MERGED: list[tuple[Value, object]] = [
    ({"link": {"name": "a", "next": {"name": "b", "order": 1, "next": {"order": 2}}}}, "Link"),
    ({"scores": {"name": "a", "x": 1, "best": {"order": 1, "best": {"order": 2}}}}, "Scores"),
    ({"choice": {"then": {"a": "x", "name": "n", "then": {"b": "y"}}}}, "Choice"),
    ({"strict": {"inner": {"name": "a", "inner": {"name": "b"}}}}, "Strict"),
]
CONTENTS: list[tuple[Value, object]] = [
    ({"payload": "abc"}, "str"),
    ({"parts": ["a", "b"]}, ["str", "str"]),
    ({"named": "a"}, "str"),
    ({"several": ["a"]}, ["str"]),
    ({"maybe": "a"}, "str"),
    ({"picture": "a"}, "str"),
    ({"encoded": "YQ=="}, "str"),
    ({"byte": "YQ=="}, "str"),
]
STOCK = {"count": 3, "since": "2026-01-02T03:04:05+00:00"}
MAPS: list[tuple[Value, object]] = [
    ({"shops": {"a": STOCK, "b": {"count": 0}}}, {"a": "Stock", "b": "Stock"}),
    ({"nested": {"a": {"b": STOCK}}}, {"a": {"b": "Stock"}}),
    ({"listed": [{"a": STOCK}]}, [{"a": "Stock"}]),
    ({"lists": {"a": [STOCK]}}, {"a": ["Stock"]}),
    ({"beside": {"id": "x", "a": STOCK}}, {"a": "Stock"}),
    ({"extended": {"id": "x", "a": STOCK}}, {"a": "Stock"}),
    ({"days": {"a": "2026-01-02"}}, {"a": "date"}),
    ({"maybe": {"a": 1, "b": None}}, {"a": "int", "b": "NoneType"}),
    ({"either": {"a": 1, "b": STOCK}}, {"a": "int", "b": "Stock"}),
    ({"tree": {"a": {"b": {}}}}, {"a": {"b": {}}}),
    ({"anything": {"a": [1, {}]}}, {"a": ["int", "dict"]}),
]
CASES = [
    *(("discriminators", *case) for case in DISCRIMINATED),
    *(("inheritance", *case) for case in EXTENDED),
    *(("told_apart", *case) for case in TOLD_APART),
    *(("beside_unions", *case) for case in BESIDE),
    *(("null_items_30", *case) for case in NULLS_30),
    *(("null_items_31", *case) for case in NULLS_31),
    *(("circles", *case) for case in CIRCLES),
    *(("inner_allofs", *case) for case in INNER),
    *(("merged_circles", *case) for case in MERGED),
    *(("contents", *case) for case in CONTENTS),
]


def kind_of(value: object) -> object:
    """The name of a value's class, or those of the items of a list."""
    return [kind_of(item) for item in cast("list[object]", value)] if isinstance(value, list) else type(value).__name__


def values_of(value: object) -> object:
    """The names of the classes in a map, at any depth."""
    if isinstance(value, list):
        return [values_of(item) for item in cast("list[object]", value)]
    values = cast("Mapping[str, object] | None", getattr(value, "additional_properties", None))
    if values is None or type(value).__name__ == "Stock":
        return type(value).__name__
    return {name: values_of(part) for name, part in values.items()}


@pytest.mark.parametrize(("document", "value", "kind"), CASES)
async def test_a_value_comes_back_as_it_was_sent(packages: Packages, document: str, value: Value, kind: object) -> None:
    """Nothing is lost when it is read, nor when it is sent, and the model is the one that the document means."""
    found = await echo(packages(document), value)
    [read] = found.read.values()
    assert (kind_of(read), found.written, found.sent) == (kind, value, value)


async def test_an_item_that_cannot_be_read_has_a_place_where_null_has_one(packages: Packages) -> None:
    """It is `None` there, so that no other item moves; other lists leave out what they cannot read."""
    found = await echo(packages("null_items_30"), {"numbers": [1.5, "x", 2.5], "plain": [None, {"a": "b"}, 1]})
    assert found.written == {"numbers": [1.5, None, 2.5], "plain": [{"a": "b"}]}


async def test_null_is_sent_only_among_items_that_may_be_null(packages: Packages) -> None:
    """A list of anything else is refused before it is sent."""
    package = packages("null_items_31")
    async with package.Client(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(package.InvalidRequestError, match="words: each item must be 'a' or 'b', or"):
            await package.put_it(client, words=[None, "c"])


def test_what_is_left_out_or_read_as_anything_is_noted() -> None:
    """Conditions on members, and what a union or a list holds of itself."""
    assert notes_of("beside_unions") == (
        "components/schemas/Conditional/anyOf: conditions on members are left out; the server checks them",
    )
    assert notes_of("circles") == (
        "components/schemas/Json/anyOf/1/items: Json holds itself; it is read as any value here",
        "components/schemas/Nest/items: Nest holds itself; it is read as any value here",
    )


async def test_a_list_of_dates_is_sent(packages: Packages) -> None:
    """The rules judge the dates that were given, and not the strings that stand for them on the wire."""
    found = await echo(packages("null_items_31"), {"days": ["2026-01-02", "2026-01-03"]})
    assert found.sent == {"days": ["2026-01-02", "2026-01-03"]}


def test_an_allof_that_extends_the_schema_around_it_has_a_class_of_its_own(packages: Packages) -> None:
    """It has the members of both, and the name that it would have anywhere else; a name that is taken gets a number."""
    package = packages("inner_allofs")
    step = package.TaskStepsItem(title="a", rank=1, next=package.TaskNext2(after=2, title="b"))
    assert package.Task(steps=[step]).to_dict() == {
        "steps": [{"rank": 1, "title": "a", "next": {"title": "b", "after": 2}}]
    }
    made = {"FolderFoldersAdditionalProperty", "FolderTargetType0", "FolderTargetType1Item", "AuthorBooksItem"}
    assert made | {"TaskNext", "TaskPlanFirst", "WorkBy", "FileCopy"} <= {*package.models.__all__}


@pytest.mark.parametrize(("value", "kinds"), MAPS)
async def test_the_values_of_a_map_are_of_their_type(packages: Packages, value: Value, kinds: object) -> None:
    """Models, dates and null come back in maps, wherever the map stands, and are sent again."""
    found = await echo(packages("maps"), value)
    [read] = found.read.values()
    assert (values_of(read), found.written, found.sent) == (kinds, value, value)


async def test_a_value_of_a_map_that_cannot_be_read_is_kept(packages: Packages) -> None:
    """As members are that the document does not know."""
    value = {"shops": {"a": STOCK, "b": "closed", "c": None}, "days": {"a": 1}}
    assert packages("maps").Body.from_dict(value).to_dict() == value


async def test_a_model_in_a_map_is_held_to_its_rules(packages: Packages) -> None:
    """The error names the place as it is on the wire."""
    package = packages("maps")
    shops = package.Shops(additional_properties={"a": package.Stock(count=-1)})
    async with package.Client(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(package.InvalidRequestError, match=r"^shops\.a\.count: must be at least 0"):
            await package.put_it(client, shops=shops)


async def test_models_and_dates_are_sent_among_values_of_any_type(packages: Packages) -> None:
    """In `extra_fields`, and in the members of a model that the document does not name."""
    package = packages("maps")
    named = package.Named(additional_properties={"day": date(2026, 1, 2)})
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.respond(204)
        await package.put_stock(client, extra_fields={"a": package.Stock(count=1), "b": named})
        assert json.loads(server.requests[0][1]) == {"a": {"count": 1}, "b": {"day": "2026-01-02"}}


async def test_binary_content_is_a_file_in_a_form_and_a_string_in_json(packages: Packages) -> None:
    """One schema may be both, and the objects in a form are JSON."""
    package = packages("contents")
    about = package.FormAbout(thumb="text")
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.respond(204)
        await package.post_form(client, upload=b"one", uploads=[b"two"], about=about)
        body = server.requests[0][1]
    assert b"\r\n\r\none\r\n" in body
    assert b"\r\n\r\ntwo\r\n" in body
    assert b'{"thumb":"text"}' in body


async def test_a_schema_that_is_sent_as_a_form_and_as_json_has_files_in_the_form_alone(packages: Packages) -> None:
    """A function for each: one takes files, the other strings, which a response in JSON has too."""
    package = packages("contents")
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.respond(200, {"files": ["text", ""], "label": "a"})
        read = await package.post_both(client, files=[b"one"], label="a")
        assert (read.files, read.label) == (["text", ""], "a")
        assert b"\r\n\r\none\r\n" in server.requests[0].body
        await package.post_both_json(client, files=["text", ""])
        assert json.loads(server.requests[1].body) == {"files": ["text", ""]}


async def test_a_whole_body_of_json_that_is_binary_is_passed_on_as_it_is(packages: Packages) -> None:
    """A download of JSON comes as bytes, whatever it holds, and an upload goes as a file."""
    package = packages("contents")
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.respond(200, {"any": [1]})
        assert json.loads(await package.export_all(client)) == {"any": [1]}
        server.respond(204)
        await package.import_all(client, body=b'{"some": 1}')
        head, body = server.requests[1]
    assert "\r\nContent-Type: application/json\r\n" in head
    assert body == b'{"some": 1}'


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_checkers_find_nothing_in_any_of_them(packages: Packages, checker: str) -> None:
    """Both are strict, and no type is `Any`."""
    files = [packages(path.stem).__file__ for path in sorted(SHAPES.glob("*.yaml"))]
    folders = [Path(file).parent for file in files if file is not None]
    root = folders[0].parent
    settings = {"typeCheckingMode": "strict", "include": [folder.name for folder in folders]}
    (root / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    options = {
        "mypy": ["--strict", "--disallow-any-explicit", f"--cache-dir={root / 'cache'}", *settings["include"]],
        "pyright": ["--pythonpath", sys.executable],
    }
    command = [sys.executable, "-m", checker, *options[checker]]
    said = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
