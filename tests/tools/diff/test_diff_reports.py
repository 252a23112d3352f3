"""`make diff`: its forms, its command line, and documents that nobody would write."""

import contextlib
import copy
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.edits import GONE, edited
from tests.support.generation import PIN, edited_pin
from tests.support.sampling import examples
from tests.tools.diff.rows.row import ANSWERS, DRAWN, FIELDS, SCHEMAS, STRING
from tools.compare.comparison import compare
from tools.compare.kinds import KINDS
from tools.compare.report import as_json, as_markdown, as_text
from tools.compare.validate import validate_tree
from tools.diff.__main__ import main
from tools.diff.documents import old_document
from tools.openapi.document import DocumentError, Node, is_node, load
from tools.paths import ROOT
from tools.pin.__main__ import main as pin_main

PINNED = load(PIN)
GALLERY = load(ROOT / "tests" / "documents" / "gallery.yaml")
NO_PARTS: dict[str, object] = {}
NOTHING: list[object] = []
NASTY = "a|b\\|c`d`\n<script>alert(1)</script> @all \x1b[31mred\u202e &amp; " + "x" * 500

# The forms


def test_the_text_has_two_lines_for_each_change_and_a_sum() -> None:
    """Whom it breaks and what it is, then its id and where the document says it."""
    changes = compare(GALLERY, edited(GALLERY, (f"{FIELDS}/style/enum", ["oil", "tar"])))
    assert as_text(changes).splitlines() == [
        "callers   draw_picture: the keyword `style` does not accept `ink` any more",
        "          request.field.values.removed  #/components/schemas/DrawRequest/properties/style",
        "-         draw_picture: the keyword `style` accepts `tar` too",
        "          request.field.values.added  #/components/schemas/DrawRequest/properties/style",
        "",
        "2 changes: 1 breaks callers.",
    ]


def test_the_markdown_is_a_table() -> None:
    """It has a row for each change, with the values before and now."""
    changes = compare(GALLERY, edited(GALLERY, (f"{FIELDS}/style/enum", ["oil"]), (f"{DRAWN}/cost", GONE)))
    assert as_markdown(changes).splitlines() == [
        "2 changes: 1 breaks callers, 1 breaks readers of responses.",
        "",
        "| breaks | what changes | before | now | id |",
        "|---|---|---|---|---|",
        r"| callers | draw\_picture: the keyword `style` does not accept `ink` any more "
        r'| `["oil", "ink"]` | `["oil"]` | `request.field.values.removed` |',
        "| readers | `Drawn.cost` is gone | `float` |  | `response.field.removed` |",
    ]


def test_the_json_has_a_stable_shape() -> None:
    """It has a version, whether anything breaks, and each change with its id, place, values, class and sentence."""
    changes = compare(GALLERY, edited(GALLERY, (f"{FIELDS}/count/anyOf/0/maximum", 9)))
    assert json.loads(as_json(changes)) == {
        "version": 1,
        "breaking": True,
        "changes": [
            {
                "id": "request.field.rule.tightened",
                "place": "draw_picture(count)",
                "pointer": "#/components/schemas/DrawRequest/properties/count",
                "old": {"maximum": 10},
                "new": {"maximum": 9},
                "breaks": "callers",
                "text": "draw_picture: the keyword `count` accepts at most 9 (was 10)",
            }
        ],
    }


def test_no_change_is_said_in_a_line() -> None:
    """Text and Markdown say so; JSON has no changes."""
    assert as_text(()) == as_markdown(()) == "No change that a user of the client would notice."
    assert json.loads(as_json(())) == {"version": 1, "breaking": False, "changes": []}


@pytest.mark.parametrize(
    "place",
    [
        f"{FIELDS}/style/enum/-",
        f"{FIELDS}/title/pattern",
        "servers/0/url",
        "paths/~1albums/get/operationId",
        "components/securitySchemes/QueryKey/name",
    ],
)
def test_what_a_document_says_stays_within_its_place(place: str) -> None:
    """No value ends a line, a cell, a span of code or the terminal's colours, and long ones are shortened."""
    changes = compare(GALLERY, edited(GALLERY, (place, NASTY)))
    assert changes
    assert_harmless(as_text(changes), as_markdown(changes))
    assert all(len(line) < 2000 for line in as_markdown(changes).splitlines())


@pytest.mark.parametrize("name", [NASTY, "a`b", "|", "a\nb", "", " "])
def test_names_that_a_document_gives_are_as_harmless(name: str) -> None:
    """So it is with the names of fields, schemas, media types and statuses."""
    changed = edited(
        GALLERY,
        (FIELDS, {name: STRING}),
        (DRAWN, {name: {"$ref": "#/components/schemas/Painting"}}),
        ("paths/~1albums/get/responses/200/content", {name: {"schema": {"enum": [name]}}}),
        ("paths/~1albums/get/responses/200/headers", {name: NO_PARTS}),
        ("paths", {name: {"get": {"responses": {name: {"description": name}}}}}),
    )
    changes = compare(GALLERY, changed)
    assert_harmless(as_text(changes), as_markdown(changes))


def assert_harmless(text: str, markdown: str) -> None:
    """Hold a report to its lines and, for Markdown, to its cells."""
    assert all(line.isprintable() for line in (*text.splitlines(), *markdown.splitlines()))
    assert len(text.splitlines()) % 2 == 0
    for row in markdown.splitlines()[2:]:
        assert len(re.findall(r"\|", row)) == 6
        outside = re.sub(r"<code>[^<>|`]*</code>", "", re.sub(r"`[^`]*`", "", row))
        assert not {"`", "<", ">", "@"} & set(outside), row


# The command line


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The status and the output of `python -m tools.diff`."""
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_tightened_limit_in_a_new_document_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With SPEC alone, the pin is the old document, and the given one is the new one."""
    spec = edited_pin(tmp_path, ("maximum: 10", "maximum: 9"))
    status, out, err = run(capsys, "--spec", str(spec))
    assert status == 1
    assert "create_image_variation: the keyword `n` accepts at most 9 (was 10)" in out
    assert err == "diff: breaking (exit status 1)\n"


def test_against_a_vendored_copy_the_pin_is_the_new_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a copy that had the tighter limit, the pin's is a loosened one: status 0."""
    edited_pin(tmp_path, ("maximum: 10", "maximum: 9"))
    status, out, err = run(capsys, "--against", str(tmp_path))
    assert status == 0
    assert "create_image_variation: the keyword `n` accepts at most 10 (was 9)" in out
    assert err == "diff: nothing breaks (exit status 0)\n"


def test_with_both_the_pin_takes_no_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """AGAINST is the old document, SPEC the new one."""
    (tmp_path / "copy").mkdir()
    edited_pin(tmp_path / "copy", ("maximum: 10", "maximum: 8"))
    spec = edited_pin(tmp_path, ("maximum: 10", "maximum: 9"))
    status, out, _ = run(capsys, "--against", str(tmp_path / "copy"), "--spec", str(spec), "--format", "json")
    [change] = cast("list[dict[str, object]]", json.loads(out)["changes"])
    assert (status, change["old"], change["new"]) == (0, {"maximum": 8}, {"maximum": 9})


def test_no_difference_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    """The pin as a new document changes nothing."""
    status, out, _ = run(capsys, "--spec", str(PIN))
    assert (status, out) == (0, "No change that a user of the client would notice.\n")


def test_a_revision_of_this_repository_has_a_pin(tmp_path: Path) -> None:
    """AGAINST may be what git calls a revision."""
    git = ["git", "-C", str(ROOT), "show", "HEAD:./openapi.yaml"]
    committed = subprocess.run(git, check=True, capture_output=True, text=True).stdout
    (tmp_path / "openapi.yaml").write_text(committed, encoding="utf-8")
    assert compare(old_document("HEAD").document, old_document(str(tmp_path)).document) == ()


@pytest.mark.parametrize("against", ["no-such-revision", "--output=x", "./tests", "HEAD:tools"])
def test_neither_a_copy_nor_a_revision_is_said_in_a_line(against: str) -> None:
    """What git makes of it is not shown, and no option of git's can be given."""
    with pytest.raises(DocumentError) as refusal:
        old_document(against)
    assert str(refusal.value) == (
        f"{against} is neither a document, nor a folder that holds an openapi.yaml, "
        "nor a revision of this repository that does"
    )


ALBUMS = """
openapi: 3.1.0
info: {title: Albums, version: "1"}
paths:
  /albums:
    get:
      operationId: listAlbums
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 50}}]
      responses: {"204": {description: Done.}}
    delete:
      operationId: dropAlbums
      responses: {"204": {description: Done.}}
"""


@pytest.fixture
def albums(tmp_path: Path) -> Path:
    """A document of somebody else's."""
    return write(tmp_path / "albums.yaml", ALBUMS)


def write(path: Path, text: str) -> Path:
    """Write a file."""
    path.write_text(text, encoding="utf-8")
    return path


def test_two_documents_of_anybody_are_compared(
    albums: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """AGAINST may be a document that was never pinned. All of its operations are compared, without our overlay."""
    newer = write(tmp_path / "newer.yaml", ALBUMS.replace("maximum: 50", "maximum: 40"))
    status, out, _ = run(capsys, "--against", str(albums), "--spec", str(newer))
    assert status == 1
    assert "1 change: 1 breaks callers." in out
    assert "list_albums: the keyword `limit` accepts at most 40 (was 50)" in out


def test_an_operation_that_a_newer_document_lacks_breaks_its_callers(
    albums: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a change like any other. One that is called otherwise at its old place is renamed."""
    newer = write(tmp_path / "newer.yaml", ALBUMS.partition("    delete:")[0].replace("listAlbums", "findAlbums"))
    status, out, _ = run(capsys, "--against", str(albums), "--spec", str(newer))
    assert status == 1
    assert "drop_albums: the function is gone" in out
    assert "find_albums: the function has this name now (was `list_albums`)" in out


def test_what_a_newer_document_adds_is_not_compared(
    albums: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operations are those of the older one."""
    older = write(tmp_path / "older.yaml", ALBUMS.partition("    delete:")[0])
    assert run(capsys, "--against", str(older), "--spec", str(albums))[:2] == (
        0,
        "No change that a user of the client would notice.\n",
    )


def test_a_document_of_another_api_is_named(albums: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has none of the pin's operations."""
    status, out, err = run(capsys, "--spec", str(albums))
    assert (status, out) == (2, "")
    assert err == "diff: albums.yaml: it has none of the operations createImageVariation (exit status 2)\n"


def test_a_document_is_compared_with_the_pin_of_it(
    albums: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pin that was written without an overlay has a successor without one."""
    pin = tmp_path / "pin.yaml"
    assert pin_main(["--spec", str(albums), "--operations", "all", "--pin", str(pin)]) == 0
    capsys.readouterr()
    assert run(capsys, "--against", str(pin), "--spec", str(albums))[0] == 0


def test_without_another_document_the_usage_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The line says which two ways there are."""
    with pytest.raises(SystemExit) as exit_:
        main([])
    assert exit_.value.code == 2
    assert "SPEC=document.yaml, or with AGAINST=revision, folder or document" in capsys.readouterr().err


def test_every_kind_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--kinds` prints each id with whom it breaks."""
    status, out, _ = run(capsys, "--kinds")
    assert status == 0
    assert [line.split() for line in out.splitlines()] == [[name, kind.breaks or "-"] for name, kind in KINDS.items()]


def test_the_makefile_hands_its_variables_on(tmp_path: Path) -> None:
    """`make diff SPEC=... FORMAT=json` prints JSON alone, and the last line names the status that make hides."""
    spec = edited_pin(tmp_path, ("maximum: 10", "maximum: 9"))
    if shutil.which("make") is None:
        pytest.skip("make is not on this machine")
    make = ["make", "-s", "diff", f"SPEC={spec}", "FORMAT=json"]
    result = subprocess.run(make, cwd=ROOT, check=False, capture_output=True, text=True)
    assert result.returncode == 2
    assert json.loads(result.stdout)["breaking"] is True
    assert result.stderr.splitlines()[0] == "diff: breaking (exit status 1)"


# Documents that are none


@pytest.mark.parametrize(
    ("edits", "complaint"),
    [
        ((("openapi", "2.0"),), "openapi: has to be 3.0 or 3.1, not 2.0"),
        ((("openapi", GONE),), "openapi: has to be 3.0 or 3.1, not None"),
        ((("paths", NOTHING),), "paths has to be an object, and is an array"),
        (
            ((f"{SCHEMAS}/Frame/type", "objekt"),),
            f"{SCHEMAS}/Frame/type: 'objekt' is not valid under any of the given schemas",
        ),
        (
            ((f"{SCHEMAS}/Frame/required", "width"),),
            f"{SCHEMAS}/Frame/required: 'width' is not of type 'array'",
        ),
        (((f"{SCHEMAS}/Frame", {"$ref": f"#/{SCHEMAS}/Frame"}),), f"#/{SCHEMAS}/Frame refers to itself"),
        (((f"{FIELDS}/frame", {"$ref": "#/nowhere"}),), "#/nowhere leads nowhere"),
        (((f"{FIELDS}/frame", {"$ref": "other.yaml"}),), "other.yaml is in another file"),
        (
            ((f"{SCHEMAS}/Frame", {"allOf": [{"$ref": f"#/{SCHEMAS}/Frame"}, STRING]}),),
            f"#/{SCHEMAS}/Frame refers to itself",
        ),
        (
            (("security", [{"Nobody": NOTHING}]),),
            "security: the scheme Nobody is used and not declared in components/securitySchemes",
        ),
    ],
)
def test_an_invalid_document_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], edits: tuple[tuple[str, object], ...], complaint: str
) -> None:
    """The line says which document, where and why; nothing is printed on standard output."""
    (tmp_path / "openapi.yaml").write_text(json.dumps(edited(GALLERY, *edits)))
    status, out, err = run(capsys, "--against", str(tmp_path))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f"diff: {tmp_path}")
    assert complaint in err
    assert err.endswith(" (exit status 2)\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "a: [",
        "\x00",
        "a: &a [*a]",
        "[" * 500,
        "openapi: 3.1.0\na0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 12)),
        "openapi: 3.1.0\nx: " + "9" * 5000,
        "openapi: 3.1.0\nx: 2024-99-99\n",
        "openapi: 3.1.0\ninfo: {title: a, version: b}\npaths: {}\nx: !!binary aGk=\n",
    ],
    ids=["empty", "list", "cut", "control", "circle", "deep", "billion", "number", "date", "binary"],
)
def test_text_that_is_no_document_is_one_line_in_bounded_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Also where a few lines stand for billions, or for parts without end."""
    spec = tmp_path / "new.yaml"
    spec.write_text(text)
    begun = time.process_time()
    status, out, err = run(capsys, "--spec", str(spec))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert time.process_time() - begun < 20


def test_schemas_that_are_too_much_to_compare_are_refused() -> None:
    """Parts that multiply, or that lead from one to the next without end, are one clear line each."""
    choice = {"anyOf": [{"type": "string", "pattern": f"^{number}"} for number in range(9)]}
    product = edited(
        GALLERY, (f"{FIELDS}/code", {"allOf": [choice, {"anyOf": [{"minLength": number} for number in range(1, 10)]}]})
    )
    with pytest.raises(DocumentError, match=r"^#/components/\S+: more than 64 kinds of value are too many to compare$"):
        compare(GALLERY, product)
    chain = {f"L{number}": {"allOf": [{"$ref": f"#/{SCHEMAS}/L{number + 1}"}]} for number in range(900)}
    links = [(f"{SCHEMAS}/{name}", schema) for name, schema in {**chain, "L900": STRING}.items()]
    with pytest.raises(DocumentError, match="nested too deep"):
        compare(GALLERY, edited(GALLERY, *links, (f"{FIELDS}/code", {"$ref": f"#/{SCHEMAS}/L0"})))


def test_a_union_of_many_classes_is_compared() -> None:
    """A stream may have any number of events: they do not multiply."""
    stream = f"{ANSWERS}/200/content/text~1event-stream"
    names = [f"Event{number}" for number in range(100)]
    events = [(f"{SCHEMAS}/{name}", {"type": "object", "properties": {"type": {"const": name}}}) for name in names]
    union = {"oneOf": [{"$ref": f"#/{SCHEMAS}/{name}"} for name in names]}
    old = edited(GALLERY, *events, (f"{stream}/schema", union))
    [change] = compare(old, edited(old, (f"{stream}/schema/oneOf/99", GONE)))
    assert change.text == "draw_picture_events: an event is not read as `Event99` any more"


def parts_of(value: object) -> list[tuple[object, str | int]]:
    """Every place of a document, as what holds it and its name or index."""
    found: list[tuple[object, str | int]] = []
    waiting = [value]
    while waiting:
        container = waiting.pop()
        names: list[str | int] = [*container] if is_node(container) else []
        if isinstance(container, list):
            names = [*range(len(cast("list[object]", container)))]
        found += [(container, name) for name in names]
        waiting += [cast("dict[str | int, object]", container)[name] for name in names]
    return found


STRANGE: st.SearchStrategy[object] = st.sampled_from(
    (
        *(None, True, 0, -1, 1.5, float("nan"), "", "null", "object", "a|b`\n", 10**400),
        *(NOTHING, NO_PARTS, [None], ["a", 1], [NOTHING], {"$ref": "#/components/schemas/Image"}, {"$ref": "#/nope"}),
        *({"type": ["string", "null"]}, {"anyOf": NOTHING}, {"allOf": [{"type": "string"}, {"type": "integer"}]}),
    )
)


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 10**6), STRANGE, st.booleans()), min_size=1, max_size=4))
def test_no_document_breaks_the_comparison(mutations: list[tuple[int, object, bool]]) -> None:
    """Whatever becomes of the pin's parts, there are changes or one clear refusal, and it is not a change of itself."""
    mutated = edited(PINNED)
    for number, value, is_gone in mutations:
        places = parts_of(mutated)
        if not places:
            break
        container, name = places[number % len(places)]
        parts = cast("dict[str | int, object]", container)
        if is_gone:
            del parts[name]
        else:
            parts[name] = copy.deepcopy(value)
    assert_compared(mutated)


def assert_compared(mutated: Node) -> None:
    """Hold a comparison to its promises, whatever it is given."""
    with contextlib.suppress(DocumentError):
        changes = compare(PINNED, mutated)
        assert compare(mutated, mutated) == ()
        json.loads(as_json(changes))
        if changes:
            assert_harmless(as_text(changes), as_markdown(changes))
    with contextlib.suppress(DocumentError):
        validate_tree(mutated)
