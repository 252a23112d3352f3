"""`make diff`: what is not a change, because the two documents mean the same."""

import random
from collections.abc import Mapping
from typing import cast

import pytest

from tests.support.edits import GONE, Edit, edited
from tests.support.generation import PIN
from tests.tools.diff.rows.row import ANSWERS, DRAW, DRAWN, FIELDS, LIST, PICTURES, SCHEMAS, STRING
from tools.compare.comparison import compare
from tools.openapi.document import Node, is_node, load
from tools.paths import ROOT

PINNED = load(PIN)
STUDIO = load(ROOT / "tests" / "documents" / "studio.yaml")
GALLERY = load(ROOT / "tests" / "documents" / "gallery.yaml")


@pytest.mark.parametrize("document", [PINNED, STUDIO, GALLERY], ids=["pin", "studio", "gallery"])
def test_a_document_is_no_change_of_itself(document: Node) -> None:
    """Nothing differs, whatever the document has."""
    assert compare(document, document) == ()


def shuffled(value: object, dice: random.Random) -> object:
    """A document in another order, but for what has one: media types, servers, keys and parameters."""
    if is_node(value):
        names = list(value)
        if not any("/" in name for name in names):
            dice.shuffle(names)
        return {name: shuffled_list(name, value[name], dice) for name in names}
    return [shuffled(part, dice) for part in cast("list[object]", value)] if isinstance(value, list) else value


def shuffled_list(name: str, value: object, dice: random.Random) -> object:
    """A list whose order says nothing, in another one."""
    if name in ("enum", "required", "tags", "any-of") and isinstance(value, list):
        return dice.sample(cast("list[object]", value), len(cast("list[object]", value)))
    return shuffled(value, dice)


@pytest.mark.parametrize("document", [PINNED, GALLERY], ids=["pin", "gallery"])
def test_order_is_no_change(document: Node) -> None:
    """Values of an enum, required names, members and schemas can stand in any order."""
    for seed in range(5):
        other = shuffled(document, random.Random(seed))  # noqa: S311  # no secret
        assert is_node(other)
        assert compare(document, other) == ()


_NAMES = frozenset(
    (
        *("content", "encoding", "headers", "paths", "properties", "responses"),
        *("schemas", "scopes", "security", "securitySchemes", "x-usable-answer"),
    )
)
"""Objects whose members have the names that the document gives them."""


def with_other_prose(value: object, name: str = "") -> object:
    """A document with other texts, examples, titles and extensions in each of its objects."""
    if is_node(value):
        parts = {key: with_other_prose(part, key) for key, part in value.items() if key not in ("example", "examples")}
        if name in _NAMES or "/" in name:
            return parts
        return parts | {"description": "Other.", "x-other": [1], "externalDocs": {"url": "https://other.example"}}
    return [with_other_prose(part, name) for part in cast("list[object]", value)] if isinstance(value, list) else value


def test_prose_is_no_change() -> None:
    """Texts, examples, titles and other vendors' extensions can churn."""
    other = with_other_prose(PINNED)
    assert is_node(other)
    retitled = edited(other, ("info", {"title": "Other", "version": "9"}), (f"{SCHEMAS}/Image/title", "Other"))
    assert compare(PINNED, retitled) == ()


ALBUMS = {"type": "array", "items": {"$ref": f"#/{SCHEMAS}/Album"}}
STYLES = {"type": "string", "enum": ["oil", "ink"]}
BOUNDED = {"type": "integer", "minimum": 1, "maximum": 10}
NO_SCOPES: list[str] = []
NO_PARTS: dict[str, object] = {}
SAME: Mapping[str, tuple[tuple[Edit, ...], tuple[Edit, ...]]] = {
    "null as a type of its own": (
        ((f"{FIELDS}/count", {"anyOf": [BOUNDED, {"type": "null"}]}),),
        ((f"{FIELDS}/count", {**BOUNDED, "type": ["integer", "null"]}),),
    ),
    "nullable, which 3.1 does not define": (
        ((f"{FIELDS}/caption", {"type": "string", "nullable": True}),),
        (),
    ),
    "null of what can be left out": ((), ((f"{FIELDS}/note", STRING),)),
    "null of an answer's member that may be missing": ((), ((f"{DRAWN}/cost/type", ["number", "null"]),)),
    "a limit that is exclusive": (
        ((f"{FIELDS}/scale", {"type": "integer", "exclusiveMaximum": 11}),),
        ((f"{FIELDS}/scale", {"type": "integer", "maximum": 11, "exclusiveMaximum": True}),),
    ),
    "whole numbers below a limit": (
        ((f"{FIELDS}/scale", {"type": "integer", "exclusiveMaximum": 11, "exclusiveMinimum": 0}),),
        ((f"{FIELDS}/scale", {"type": "integer", "maximum": 10.0, "minimum": 1}),),
    ),
    "a schema of its own": (
        (),
        (
            (f"{SCHEMAS}/Count", {**BOUNDED, "default": 1}),
            (f"{FIELDS}/count", {"$ref": f"#/{SCHEMAS}/Count"}),
        ),
    ),
    "a reference within allOf": ((), ((f"{FIELDS}/frame", {"allOf": [{"$ref": f"#/{SCHEMAS}/Frame"}]}),)),
    "an object in parts": (
        (),
        (
            (f"{SCHEMAS}/Frame", {"allOf": [{"$ref": f"#/{SCHEMAS}/Wide"}, {"properties": {"colour": STRING}}]}),
            (
                f"{SCHEMAS}/Wide",
                {"type": "object", "required": ["width"], "properties": {"width": {"type": "integer"}}},
            ),
        ),
    ),
    "limits in two parts": (
        (),
        ((f"{FIELDS}/count", {"allOf": [BOUNDED, {"maximum": 99, "minimum": 0}], "default": 1}),),
    ),
    "values in two parts": (
        (),
        ((f"{FIELDS}/style", {"default": "oil", "allOf": [STYLES, {"enum": ["tar", "oil", "ink"]}]}),),
    ),
    "values of two enums": (
        (),
        ((f"{DRAWN}/size", {"anyOf": [{"enum": ["small"]}, {"type": "string", "enum": ["large"]}]}),),
    ),
    "known values within a union": (
        (),
        ((f"{FIELDS}/model", {"anyOf": [{"anyOf": [STRING, {"type": "string", "enum": ["m1"]}]}, {"type": "null"}]}),),
    ),
    "a union within a union": (
        (),
        ((f"{FIELDS}/model", {"anyOf": [{"oneOf": [STRING]}, {"type": "string", "enum": ["m1"]}]}),),
    ),
    "a default server of the variables": (
        (),
        (("servers/0", {"url": "https://{host}.example/v1/", "variables": {"host": {"default": "gallery"}}}),),
    ),
    "security that an operation says too": ((), ((f"{DRAW}/security", [{"Key": NO_SCOPES}]),)),
    "a server that an operation says too": ((), ((f"{DRAW}/servers", [{"url": "https://gallery.example/v1"}]),)),
    "another name of a key": (
        (),
        (
            ("security", [{"Sso": NO_SCOPES}]),
            ("components/securitySchemes/Sso", {"type": "openIdConnect", "openIdConnectUrl": "/"}),
        ),
    ),
    "a parameter of the path": (
        (),
        (
            (f"{DRAW}/parameters/0", GONE),
            (f"{PICTURES}/parameters", [{"$ref": "#/components/parameters/Album"}]),
            ("components/parameters", {"Album": {"name": "album", "in": "path", "required": True, "schema": STRING}}),
        ),
    ),
    "a header in other letters": ((), ((f"{DRAW}/parameters/3/name", "x-trace"),)),
    "a media type in other letters": (
        (),
        (
            (
                f"{LIST}/responses/200/content",
                {"Application/JSON": {"schema": {"type": "array", "items": {"$ref": f"#/{SCHEMAS}/Album"}}}},
            ),
        ),
    ),
    "an answer of its own": (
        (),
        (
            (f"{ANSWERS}/429", {"$ref": "#/components/responses/Wait"}),
            ("components/responses", {"Wait": {"description": "Wait", "headers": {"retry-after": NO_PARTS}}}),
        ),
    ),
    "a header that no parameter can set": (
        (),
        ((f"{DRAW}/parameters/-", {"name": "Accept", "in": "header", "schema": STRING}),),
    ),
    "a rule that allows all": ((), ((f"{FIELDS}/note", {"type": "string", "minLength": 0}),)),
    "the media type that a part's schema says": (
        (),
        ((f"{DRAW}/requestBody/content/multipart~1form-data/encoding", NO_PARTS),),
    ),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_the_way_in_which_a_document_says_something_is_no_change(
    before: tuple[Edit, ...], after: tuple[Edit, ...]
) -> None:
    """Two documents that mean the same do not differ, in either direction."""
    old, new = edited(GALLERY, *before), edited(GALLERY, *after)
    # A class or type may get another name by it, which is one.
    changes = [*compare(old, new), *compare(new, old)]
    assert [change for change in changes if not change.id.startswith(("alias.", "model."))] == []
