"""OpenAPI Overlay 1.0: what an overlay changes, and which ones are refused."""

import pytest

from tests.support.contracts import selected, small
from tools.openapi.document import DocumentError, Node, node
from tools.openapi.overlay import read_overlay


def schemas(found: Node) -> Node:
    """The schemas of a document."""
    return node(node(found["components"])["schemas"])


def overlaid(*actions: object, text: str | None = None) -> Node:
    """A small document with an overlay."""
    overlay = {"overlay": "1.0.0", "info": {"title": "Changes", "version": "1"}, "actions": list(actions)}
    found = selected(text or small({"n": {"type": "integer"}}))
    return read_overlay(overlay, "overlay.yaml").apply(found)[0]


def test_an_overlay_merges_objects_appends_to_arrays_and_removes() -> None:
    """Objects are merged level by level, other values replaced; an array gets one more item."""
    found = overlaid(
        {"target": "$.info", "update": {"title": "Changed", "license": {"name": "MIT"}}},
        {"target": "$.components.schemas.*", "update": {"required": ["n"]}},
        {"target": "$.components.schemas.*.required", "update": "m"},
        {"target": "$.components.schemas.*.properties.n", "remove": True},
        {"target": "$.components.schemas.*", "update": {"properties": {"m": {"type": "string"}}}},
        {"target": "$.components.schemas.*", "update": {"required": ["m"]}},
    )
    assert node(found["info"]) == {"title": "Changed", "version": "1", "license": {"name": "MIT"}}
    assert schemas(found)["CreateImageVariationRequest"] == {
        "type": "object",
        "required": ["m"],
        "properties": {"m": {"type": "string"}},
    }


def test_several_items_of_an_array_are_removed_at_once() -> None:
    """The removal of one moves none of the others."""
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in "abcd"]
    text = small({}, tags=["a", "b"], parameters=parameters)
    found = overlaid({"target": "$..parameters[?@.name != 'c']", "remove": True}, text=text)
    operation = node(node(node(found["paths"])["/images/variations"])["post"])
    assert operation["parameters"] == [{"name": "c", "in": "query", "schema": {"type": "string"}}]


def test_an_action_may_be_optional_or_have_a_condition() -> None:
    """Then it may match nothing, of which a note tells, or it is passed over."""
    optional: Node = {"target": "$.nothing", "x-optional": True, "update": "x"}
    conditional: Node = {"target": "$.nothing", "x-if": "$.paths['/other']", "update": "x"}
    info = {"title": "Changes", "version": "1"}
    overlay = read_overlay({"overlay": "1.0.1", "info": info, "actions": [optional, conditional]}, "overlay.yaml")
    assert overlay.apply({"info": "x"}) == ({"info": "x"}, ["overlay: nothing matches $.nothing"])


WRONG_ACTIONS: list[tuple[object, str]] = [
    ("x", "action 1 has to be an object"),
    ({"update": {}}, "action 1 has no target"),
    ({"target": "$.info"}, "action 1 ($.info): there is neither an update nor remove: true"),
    ({"target": "$.info", "update": {}, "updates": {}}, "action 1 ($.info): updates is not a field of an action"),
    ({"target": "$.info", "remove": "yes"}, "action 1 ($.info): remove has to be a boolean"),
    (
        {"target": "$.info", "x-if": True, "update": {}},
        "action 1 ($.info): x-if has to be a JSONPath, and x-optional a boolean",
    ),
    ({"target": "$.nothing", "update": {}}, "action 1 ($.nothing) matches nothing"),
    ({"target": "$.info", "update": []}, "action 1 ($.info): the update of an object has to be an object"),
    (
        {"target": "$.info.title", "update": {}},
        "action 1 ($.info.title) selects what is neither an object nor an array",
    ),
    (
        {"target": "$.info.title", "remove": True},
        "action 1 ($.info.title) selects what is neither an object nor an array",
    ),
    ({"target": "$", "remove": True}, "action 1 ($): the document itself cannot be removed"),
    ({"target": "info", "update": {}}, "action 1 (info): info is not a JSONPath: "),
]


@pytest.mark.parametrize(("action", "complaint"), WRONG_ACTIONS, ids=[complaint for _, complaint in WRONG_ACTIONS])
def test_an_action_that_cannot_be_done_is_refused(action: object, complaint: str) -> None:
    """The line says which action it is, with its target."""
    with pytest.raises(DocumentError) as refusal:
        overlaid(action)
    assert str(refusal.value).startswith(f"overlay.yaml: {complaint}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("overlay", "complaint"),
    [
        ({"overlay": "2.0.0"}, "overlay.yaml: overlay: has to be a version 1.0, and is '2.0.0'"),
        ({"overlay": "1.0.0"}, "overlay.yaml: info: a title and a version are needed"),
        (
            {"overlay": "1.0.0", "info": {"title": "", "version": ""}, "actions": []},
            "overlay.yaml: actions: has to be an array of at least one action",
        ),
    ],
)
def test_what_is_no_overlay_is_refused(overlay: Node, complaint: str) -> None:
    """Version, info and actions are what the specification asks for."""
    with pytest.raises(DocumentError) as refusal:
        read_overlay(overlay, "overlay.yaml")
    assert str(refusal.value) == complaint
