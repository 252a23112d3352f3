"""`make diff`: what another document would change for the client's users, and whom it breaks."""

from pathlib import Path

import image_variations
import pytest

from tests.support.edits import GONE, edited
from tests.support.generation import PIN, generated
from tests.tools.diff.changes import rows
from tests.tools.diff.names import assert_named_alike
from tests.tools.diff.rows import ROWS
from tests.tools.diff.rows.row import DRAWN, FIELDS, SCHEMAS, STRING, Row
from tools.compare.changes import is_breaking
from tools.compare.comparison import compare
from tools.compare.kinds import KINDS
from tools.openapi.document import load, node
from tools.paths import ROOT

DOCUMENTS = ROOT / "tests" / "documents"
NO_SCOPES: list[str] = []
NO_KEY: dict[str, object] = {}
GALLERY = load(DOCUMENTS / "gallery.yaml")


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_each_kind_of_change_has_its_id_its_class_and_its_sentence(row: Row) -> None:
    """An edit makes the changes that its row names, and no other."""
    changes = compare(edited(GALLERY, *row.before), edited(GALLERY, *row.edits))
    assert {change.id for change in changes} == {row.id, *row.also}
    found = next(change for change in changes if change.id == row.id)
    assert (found.breaks, found.text) == (row.breaks, row.text)


def test_every_kind_of_change_has_a_row() -> None:
    """Ids are stable: each is in a row here, or comes of a row of docs/changes.md."""
    assert [row.id for row in ROWS] == list(dict.fromkeys(row.id for row in ROWS))
    told = {change.id for row in rows() for column in row.cells for change in row.changes(column)}
    assert {row.id for row in ROWS} | told == KINDS.keys()


def test_a_change_says_its_place_its_pointer_and_both_values() -> None:
    """The pointer leads to the part of the new document that the change is about."""
    [change] = compare(GALLERY, edited(GALLERY, (f"{FIELDS}/style/enum", ["oil"])))
    assert change.place == "draw_picture(style)"
    assert change.pointer == f"#/{FIELDS}/style"
    assert (change.old, change.new) == (["oil", "ink"], ["oil"])


def test_a_member_that_is_only_sent_is_gone_from_responses() -> None:
    """What is `writeOnly` now breaks who reads it; what was `writeOnly` before is new to them."""
    sent_only = edited(GALLERY, (f"{DRAWN}/cost/writeOnly", True))
    [change] = compare(GALLERY, sent_only)
    assert (change.id, change.breaks) == ("response.field.removed", "readers")
    assert [change.id for change in compare(sent_only, GALLERY)] == ["response.field.added"]


def test_a_prefix_that_moves_into_the_server_breaks_nothing() -> None:
    """The URLs stay, which is said once for all operations; a server elsewhere breaks the wire all the same."""
    paths = {f"/v1{path}": item for path, item in node(GALLERY["paths"]).items()}
    old = edited(GALLERY, ("paths", paths), ("servers/0/url", "https://gallery.example/"))
    for before, after in ((old, GALLERY), (GALLERY, old)):
        [change] = compare(before, after)
        assert (change.id, change.place, change.breaks) == ("server.prefix", "Client", None)
    [change] = compare(old, edited(GALLERY, ("servers/0/url", "https://other.example/v1")))
    assert (change.id, change.breaks) == ("server.changed", "wire")
    changes = compare(old, edited(GALLERY, ("servers/0/url", "https://gallery.example/v2")))
    assert {change.id for change in changes} == {"server.changed", "operation.path"}


def test_a_base_that_is_told_apart_stands_for_its_variants() -> None:
    """A discriminator makes a union of a class that others extend, though nothing refers to them."""
    variant = {"allOf": [{"$ref": f"#/{SCHEMAS}/Painting"}, {"properties": {"seed": STRING}}]}
    old = edited(GALLERY, (f"{SCHEMAS}/Sketch", variant))
    [change] = compare(old, edited(old, (f"{SCHEMAS}/Painting/discriminator", {"propertyName": "url"})))
    assert change.text == "`Drawn.data`, in each item, is `Sketch | Painting` (was `Painting`)"


def test_each_kind_of_body_has_a_function_for_events() -> None:
    """All of them come with the events of an operation, and go with them; so do the options for partial images."""
    document = load(DOCUMENTS / "image_events.yaml")
    place = "paths/~1images~1edits/post/responses/200/content/text~1event-stream"
    without = edited(document, (place, GONE))
    functions = ["create_image_edit_events", "create_image_edit_json_events"]
    options = [("create_image_edit", "partial"), ("create_image_edit_json", "partial_")]
    gone, came = compare(document, without), compare(without, document)
    assert [change.place for change in gone if change.id == "events.removed"] == functions
    assert [change.place for change in came if change.id == "events.added"] == functions
    assert [(change.place, change.old) for change in gone if change.id == "pictures.partial.removed"] == options
    assert [(change.place, change.new) for change in came if change.id == "pictures.partial.added"] == options


def test_what_breaks_comes_first() -> None:
    """Of several changes those that break somebody's work stand before the others."""
    changes = compare(GALLERY, edited(GALLERY, (f"{FIELDS}/mood", STRING), (f"{DRAWN}/cost", GONE)))
    assert [change.breaks for change in changes] == ["readers", None]
    assert is_breaking(changes)
    assert not is_breaking(changes[1:])


# The words are those of the generated client


def test_the_words_are_those_of_the_committed_client() -> None:
    """Functions, keywords, classes and types have the names of the pin's client."""
    assert_named_alike(image_variations, load(PIN))


@pytest.mark.parametrize("name", ["studio", "gallery", "events", "image_events"])
def test_the_words_are_those_of_any_generated_client(tmp_path: Path, name: str) -> None:
    """So it is with documents whose names cannot be used as they are."""
    with generated(DOCUMENTS / f"{name}.yaml", tmp_path, f"{name}_words") as package:
        assert_named_alike(package, load(DOCUMENTS / f"{name}.yaml"))


# Beyond one edit


def test_several_kinds_of_an_object_are_told_apart_by_their_names() -> None:
    """One class of a union that goes is a type that is gone; the others are compared."""
    place = f"{DRAWN}/owner"
    one = {"type": "object", "properties": {"a": STRING}}
    two = {"type": "object", "properties": {"b": STRING}}
    both = edited(GALLERY, (place, {"oneOf": [one, two]}))
    changes = compare(both, edited(GALLERY, (place, {"oneOf": [two, one]})))
    assert {change.id for change in changes} == {"response.field.added", "response.field.removed"}
    changes = compare(both, edited(GALLERY, (place, {"oneOf": [one, two, STRING]})))
    assert [change.id for change in changes] == ["response.field.type.changed"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"type": "integer", "maximum": 10}, {"type": "number", "maximum": 5}, ["rule.tightened", "type.widened"]),
        ({"type": "integer"}, {}, ["type.widened"]),
        ({}, {"type": "integer"}, ["type.changed"]),
        ({"type": "number"}, {"type": "integer"}, ["type.changed"]),
        ({"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0}, ["rule.tightened"]),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0}, ["rule.loosened"]),
        ({"type": "string"}, {"type": "string", "format": "uuid"}, ["type.changed"]),
        ({"type": "string"}, {"type": "string", "format": "email"}, ["rule.added"]),
        ({"type": "array", "items": STRING}, {"type": "array", "items": {"type": "integer"}}, ["type.changed"]),
        ({"type": "array"}, {"type": "array", "minItems": 1}, ["rule.added"]),
    ],
)
def test_what_a_keyword_takes_is_compared_by_meaning(
    old: dict[str, object], new: dict[str, object], expected: list[str]
) -> None:
    """Types, and beside them the rules of what is still taken."""
    place = f"{FIELDS}/scale"
    changes = compare(edited(GALLERY, (place, old)), edited(GALLERY, (place, new)))
    assert [change.id.removeprefix("request.field.") for change in changes] == expected


def test_a_class_that_is_sent_and_read_breaks_both() -> None:
    """A change of a class that goes both ways is one for callers and one for readers."""
    album = "components/schemas/Album/properties/name"
    changes = compare(GALLERY, edited(GALLERY, (album, {"type": "integer"})))
    assert {(change.place, change.breaks) for change in changes} == {
        ("store_album(name)", "callers"),
        ("store_album_form(name)", "callers"),
        ("Album.name", "readers"),
    }


def test_schemas_that_refer_to_each_other_are_compared_once() -> None:
    """A tree of folders, each in another one, ends."""
    folder = {"type": "object", "properties": {"in": {"$ref": "#/components/schemas/Folder"}, "of": {"type": "array"}}}
    old = edited(
        GALLERY,
        ("components/schemas/Folder", folder),
        (f"{DRAWN}/folder", {"$ref": "#/components/schemas/Folder"}),
    )
    [change] = compare(old, edited(old, ("components/schemas/Folder/properties/name", STRING)))
    assert change.text == "`Folder.name` is new"


def test_where_the_client_can_meet_no_key_it_does_without_if_it_may() -> None:
    """Several keys at once beside none at all are an alternative that is not used."""
    both = {"HeaderKey": NO_SCOPES, "QueryKey": NO_SCOPES}
    old = edited(GALLERY, ("security", [NO_KEY]))
    [change] = compare(old, edited(GALLERY, ("security", [both, NO_KEY])))
    assert (change.id, change.new) == ("security.alternative.added", "the header X-Key and the query parameter key")
    changes = compare(old, edited(GALLERY, ("security", [both])))
    assert [found.id for found in changes] == ["security.added", "security.further.added"]


def test_a_document_without_operation_ids_is_compared_all_the_same() -> None:
    """What the generator refuses is called by its method and path."""
    place = "paths/~1albums/get/operationId"
    anonymous = edited(GALLERY, (place, GONE))
    assert compare(anonymous, anonymous) == ()
    [change] = compare(GALLERY, anonymous)
    assert change.text == "`GET /albums`: the function has this name now (was `list_albums`)"
