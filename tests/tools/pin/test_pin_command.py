"""`make pin` and `make pin-check`: what is written, what stops them, and that nothing is lost when they stop."""

import hashlib
import json
import shutil
import subprocess
import time
import tracemalloc
from pathlib import Path
from typing import Protocol

import pytest
from attrs import frozen

from tests.support.contracts import VARIATION, document
from tests.support.generation import PIN
from tests.support.mutations import mutated
from tools.openapi.document import DocumentError, load, node
from tools.openapi.overlay import is_for
from tools.openapi.provenance import is_untouched, provenance_of, sha256_of
from tools.paths import OVERLAY
from tools.pin.__main__ import main

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TITLE = """\
        title: {type: string, nullable: true, title: A title, description: How to call it., example: Otter}
"""
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something.\n\n## 0.1.0\n\n- Nothing.\n"


@frozen
class Said:
    """What the command said, and its exit status."""

    status: int
    out: str
    err: str


class Run(Protocol):
    """The command, with arguments, for one pin."""

    def __call__(self, *arguments: str | Path, pin: Path = ...) -> Said:
        """Run it."""
        ...


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the pin goes."""
    return tmp_path / "openapi.yaml"


@pytest.fixture
def run(path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, for the pin of this test."""

    def run(*arguments: str | Path, pin: Path = path) -> Said:
        status = main([f"--pin={pin}", *map(str, arguments)])
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.fixture
def written(run: Run, path: Path) -> Path:
    """A pin that was written from the contract `security_present`."""
    assert run("--spec", document("security_present"), "--operations", VARIATION).status == 0
    return path


def edited(path: Path, old: str, new: str) -> None:
    """Change a text in a file, where it stands exactly once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def varied(tmp_path: Path, old: str, new: str) -> Path:
    """The contract `security_present` with a change."""
    spec = tmp_path / "upstream.yaml"
    shutil.copy(document("security_present"), spec)
    edited(spec, old, new)
    return spec


def test_the_committed_pin_is_as_it_was_written() -> None:
    """Nobody has edited it since, its overlay is this one, and its header says where it comes from."""
    text = PIN.read_text()
    provenance = provenance_of(text)
    assert is_untouched(text), "openapi.yaml was edited: a lasting change goes into tools/overlay.yaml, then `make pin`"
    assert provenance is not None
    assert provenance.commit == "f85dbe223d40e1a31cba812ab2d755c7e98a92a3"
    assert provenance.commit in provenance.source
    assert provenance.overlay == sha256_of(load(OVERLAY)), "tools/overlay.yaml has changed since: run `make pin`"


def test_the_header_says_where_the_pin_comes_from(run: Run, path: Path) -> None:
    """Source, commit, version and checksums stand at its top, and what the overlay explains."""
    spec = document("security_present")
    said = run("--spec", spec, "--operations", VARIATION, "--commit", COMMIT, "--source", "somebody/pictures")
    assert (said.status, said.err) == (0, "")
    assert said.out.endswith(f"pin: wrote {path}: {VARIATION}\n")
    provenance = provenance_of(path.read_text())
    assert provenance is not None
    assert (provenance.source, provenance.commit, provenance.version) == ("somebody/pictures", COMMIT, "2.3.0")
    assert provenance.sha256 == hashlib.sha256(spec.read_bytes()).hexdigest()
    assert "# - x-square: true " in path.read_text()


def test_the_same_document_gives_the_same_bytes(run: Run, written: Path, tmp_path: Path) -> None:
    """What is known of a document's bytes stays known, wherever they lie now; nothing is written anew."""
    run("--spec", document("security_present"), "--commit", COMMIT, "--source", "somebody/pictures")
    before = written.read_bytes()
    elsewhere = tmp_path / "elsewhere.yaml"
    shutil.copy(document("security_present"), elsewhere)
    said = run("--spec", elsewhere)
    assert (said.status, said.err) == (0, "")
    assert said.out.endswith("pin: openapi.yaml is up to date\n")
    assert written.read_bytes() == before
    assert run("--spec", elsewhere, "--check").status == 0


def test_json_gives_the_same_contract(run: Run, written: Path, tmp_path: Path) -> None:
    """The document as JSON is pinned to the same content; only its name and checksum are others."""
    spec = tmp_path / "openapi.json"
    spec.write_text(json.dumps(load(document("security_present"))))
    said = run("--spec", spec, "--check")
    assert said.status == 1
    assert said.err == (
        "pin-check: openapi.yaml was read from another document than openapi.json; its contract is the same\n"
    )
    before = load(written)
    assert run("--spec", spec).status == 0
    assert load(written) == before


def test_the_operations_are_those_of_the_pin(run: Run, path: Path) -> None:
    """Without names a new pin has the operations of the old one."""
    neighbours = document("neighbours")
    run("--spec", neighbours, "--operations", f"createImage,{VARIATION}")
    shutil.copy(path, path.with_name("before.yaml"))
    assert run("--spec", neighbours).out.endswith("openapi.yaml is up to date\n")
    assert list(node(load(path)["paths"])) == ["/images/generations", "/images/variations"]


def test_an_edit_by_hand_stops_it_and_is_shown(run: Run, written: Path) -> None:
    """Nothing is written over an edit that the overlay does not explain."""
    edited(written, "example:\n          type: string", "example:\n          type: integer")
    before = written.read_bytes()
    said = run("--spec", document("security_present"))
    assert said.status == 1
    assert "openapi.yaml was edited by hand, and the overlay does not explain it; nothing is written." in said.err
    assert "\n-          type: string\n+          type: integer\n" in said.err
    assert written.read_bytes() == before


def test_the_edit_alone_is_shown_where_git_has_the_pin(run: Run, written: Path, tmp_path: Path) -> None:
    """What has changed upstream since does not hide it."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@a.example"]
    for arguments in (["init", "-q"], ["add", written.name], ["commit", "-qm", "The pin"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    written.write_text(written.read_text() + "# A note.\n")
    spec = varied(tmp_path, "created: {type: integer, format: unixtime}", "created: {type: integer}")
    said = run("--spec", spec, "--accept")
    assert said.status == 1
    assert [line for line in said.err.splitlines() if line[:1] in "+-"] == [
        "--- openapi.yaml (as it was written)",
        "+++ openapi.yaml (as it is)",
        "+# A note.",
    ]


@pytest.mark.parametrize("has_git", [True, False])
def test_an_edit_that_the_overlay_explains_does_not_stop_it(
    run: Run, written: Path, tmp_path: Path, has_git: bool
) -> None:
    """Where the new pin says the same at that place, nothing is lost."""
    if has_git:
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@a.example"]
        for arguments in (["init", "-q"], ["add", written.name], ["commit", "-qm", "The pin"]):
            subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    edited(written, "Make variations of an image.", "Our own words.")
    overlay = tmp_path / "overlay.yaml"
    shutil.copy(OVERLAY, overlay)
    edited(overlay, "Make variations of an image.", "Our own words.")
    assert run("--spec", document("security_present")).status == 1
    said = run("--spec", document("security_present"), "--overlay", overlay)
    assert said.status == 0
    assert "Our own words." in written.read_text()
    assert is_untouched(written.read_text())


def test_the_overlay_is_not_laid_over_a_document_of_another_api(run: Run, path: Path, tmp_path: Path) -> None:
    """Its `x-for` says which documents it is for. Any other is pinned as it is, unless the overlay is named."""
    spec = tmp_path / "albums.yaml"
    spec.write_text(
        "openapi: 3.1.0\ninfo: {title: Albums, version: '1'}\n"
        "paths: {/albums: {get: {operationId: listAlbums, responses: {'204': {description: Done.}}}}}\n"
    )
    assert run("--spec", spec, "--operations", "all").status == 0
    assert "title: Albums" in path.read_text()
    assert run("--spec", spec, "--check").status == 0
    path.unlink()
    assert run("--spec", spec, "--operations", "all", "--overlay", OVERLAY).status == 0
    assert "title: Image variations" in path.read_text()


def test_an_overlay_that_does_not_say_what_it_is_for_is_for_any_document() -> None:
    """One whose `x-for` is no JSONPath is refused."""
    assert is_for({}, {}, "overlay.yaml")
    for wrong in (1, "nowhere["):
        with pytest.raises(DocumentError, match=r"overlay\.yaml: x-for"):
            is_for({"x-for": wrong}, {}, "overlay.yaml")


def test_an_edit_is_shown_where_there_is_no_git(run: Run, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, too, it is seen and shown."""
    monkeypatch.setenv("PATH", "")
    edited(written, "title: Image variations", "title: Something else")
    said = run("--spec", document("security_present"))
    assert said.status == 1
    assert "+  title: Something else" in said.err


def test_a_note_of_ones_own_stops_it(run: Run, written: Path) -> None:
    """A comment would be lost, whatever its words and its line; a layout that says the same is nothing to lose."""
    text = written.read_text()
    notes = ("# A note.", "# Version that we asked for", "#Version that we asked for")
    on_a_line_of_a_value = text.replace("title: Image variations", "title: Image variations  # ours")
    for edit in (*(f"{text}{note}\n" for note in notes), on_a_line_of_a_value):
        written.write_text(edit)
        assert run("--spec", document("security_present")).status == 1
    written.write_text(text.replace("title: Image variations", "title:   Image variations"))
    assert run("--spec", document("security_present")).status == 0
    assert written.read_text() == text


def test_a_pin_that_was_broken_by_hand_is_not_replaced(run: Run, written: Path) -> None:
    """Its operations are unknown; named, it is an edit like any other."""
    written.write_text(written.read_text() + "broken: [")
    said = run("--spec", document("security_present"))
    assert (said.status, said.err.count("\n")) == (2, 1)
    said = run("--spec", document("security_present"), "--operations", VARIATION)
    assert said.status == 1
    assert "+broken: [" in said.err


def test_a_breaking_change_has_to_be_accepted_and_is_written_down(run: Run, written: Path, tmp_path: Path) -> None:
    """Without ACCEPT=1 the files stay as they are; with it, the changelog says what breaks."""
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG)
    spec = varied(tmp_path, TITLE, "")
    before = written.read_bytes()
    said = run("--spec", spec)
    assert said.status == 1
    assert said.err.startswith(
        "pin: the document breaks what was promised; nothing is written. Accept it with ACCEPT=1"
    )
    assert "title" in said.err
    assert (written.read_bytes(), changelog.read_text()) == (before, CHANGELOG)
    assert run("--spec", spec, "--accept").status == 0
    assert written.read_bytes() != before
    head, entries = changelog.read_text().split("\n### Changed\n")
    assert head == "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something.\n"
    assert entries.startswith("\n- Breaks callers: ")
    assert entries.endswith("\n\n## 0.1.0\n\n- Nothing.\n")
    assert "title" in entries


def test_a_compatible_change_is_told_and_written(run: Run, written: Path, tmp_path: Path) -> None:
    """A new optional field needs no consent, and no entry in the changelog."""
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG)
    spec = varied(tmp_path, "        model:\n", "        style: {type: string}\n        model:\n")
    said = run("--spec", spec)
    assert said.status == 0
    assert "style" in said.out
    assert "style" in written.read_text()
    assert changelog.read_text() == CHANGELOG


def test_no_file_is_changed_where_one_cannot_be_written(run: Run, written: Path, tmp_path: Path) -> None:
    """The changelog and the pin change together or not at all, and nothing half-written stays."""
    spec = varied(tmp_path, "        model:\n", "        style: {type: string}\n        model:\n")
    before = written.read_bytes()
    (tmp_path / "CHANGELOG.md").write_bytes(b"\xff")
    names = sorted(path.name for path in tmp_path.iterdir())
    edited(spec, "        title: {type: string, nullable: true", "        name: {type: string, nullable: true")
    said = run("--spec", spec, "--accept")
    assert (said.status, said.err.count("\n")) == (2, 1)
    said = run("--spec", spec, "--operations", VARIATION, pin=tmp_path / "nowhere" / "openapi.yaml")
    assert said.status == 2
    assert said.err.startswith("pin: it cannot be written: ")
    assert written.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names


WRONG: list[tuple[tuple[str, ...], str]] = [
    ((), "which document? make pin SPEC=<file or URL>"),
    (("--spec=nowhere.yaml",), "nowhere.yaml: No such file or directory"),
    (("--spec=ftp://a.example/b",), "ftp://a.example/b: a URL has to begin with https:// or http://"),
    (("--spec=https://me:secret@a.example/b",), "the URL holds a user or a password, which the pin would show"),
    (("--spec=http://[::1/b",), "http://[::1/b: Invalid IPv6 URL"),
    (("--spec=SPEC", "--commit=main"), "the commit 'main' is not 40 hexadecimal digits"),
    (("--spec=SPEC", "--operations=draw"), "the operation draw is not in the document"),
    (("--spec=SPEC", "--overlay=nowhere.yaml"), "nowhere.yaml: No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "complaint"), WRONG, ids=[complaint for _, complaint in WRONG])
def test_what_is_asked_wrongly_is_said_in_a_line(run: Run, written: Path, arguments: list[str], complaint: str) -> None:
    """The exit status is 2, and the pin stays as it was."""
    before = written.read_bytes()
    said = run(*(argument.replace("SPEC", str(document("security_present"))) for argument in arguments))
    assert said == Said(2, "", f"pin: {complaint}\n")
    assert written.read_bytes() == before


def test_a_first_pin_needs_names_of_operations(run: Run, path: Path) -> None:
    """Where there is no pin yet, or one without operations, nothing says what to take."""
    said = run("--spec", document("security_present"))
    assert said.err.endswith("there is no pin yet; name its operations with OPERATIONS=...\n")
    path.write_text("openapi: 3.1.0\n")
    said = run("--spec", document("security_present"))
    assert said.err.endswith("it has no operations; name them with OPERATIONS=...\n")


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (
            "swagger: '2.0'",
            "swagger: 2.0: a document of OpenAPI 3 is needed; convert it first, for example with `npx swagger2openapi`",
        ),
        ("openapi: 4.0.0", "openapi: '4.0.0': a document of OpenAPI 3.0, 3.1 or 3.2 is needed"),
        ("info: {}", "no version of OpenAPI: a document of OpenAPI 3.0, 3.1 or 3.2 is needed"),
        ("openapi: 3.1.0", "the operation createImageVariation is not in the document, which has no paths"),
        ("- a", "spec.yaml: an OpenAPI document is an object"),
        (b"openapi: \xff", "spec.yaml: byte 9 is not UTF-8"),
    ],
)
def test_another_kind_of_document_is_refused(
    run: Run, written: Path, tmp_path: Path, spec: str | bytes, complaint: str
) -> None:
    """The line says what is needed instead."""
    path = tmp_path / "spec.yaml"
    path.write_bytes(spec if isinstance(spec, bytes) else spec.encode())
    assert run("--spec", path) == Said(2, "", f"pin: {complaint}\n")
    assert written.exists()


def test_what_a_document_names_cannot_break_the_line(run: Run, tmp_path: Path) -> None:
    """Line ends and control characters in its keys, and names without end, stay within one printable line."""
    spec = varied(tmp_path, "        model:\n", '        "a\\nb\\e[31m": 5\n        model:\n')
    said = run("--spec", spec, "--operations", VARIATION)
    assert said.err.endswith(
        "CreateImageVariationRequest/properties/a b\N{REPLACEMENT CHARACTER}[31m has to be an object, and is a number\n"
    )
    spec = tmp_path / "two\nlines.yaml"
    shutil.copy(document("security_present"), spec)
    assert run("--spec", spec, "--operations", VARIATION).status == 0
    assert "# Read from   two lines.yaml\n" in (tmp_path / "openapi.yaml").read_text()


def test_an_operation_that_is_there_twice_is_refused(run: Run, tmp_path: Path) -> None:
    """The line names both places."""
    spec = varied(tmp_path, "paths:\n", f"paths:\n  /other: {{get: {{operationId: {VARIATION}}}}}\n")
    said = run("--spec", spec, "--operations", VARIATION)
    assert said.err == (
        f"pin: the operation {VARIATION} is in the document more than once: GET /other and POST /images/variations\n"
    )


MUTATED = mutated()


def test_200_mutated_documents_each_give_a_line_and_leave_the_files_alone(
    run: Run, written: Path, tmp_path: Path
) -> None:
    """Broken off, of wrong types, in circles or with lost references: exit status 2, in bounded time."""
    assert len(MUTATED) == 200
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    spec = tmp_path / "mutated.yaml"
    spec.touch()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path != spec}
    for what, text in MUTATED:
        spec.write_text(text)
        began = time.process_time()
        said = run("--spec", spec, "--accept")
        assert time.process_time() - began < 5, what
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1), f"{what}: {said}"
        assert said.err.startswith("pin: "), what
        assert len(said.err) < 500, what
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path != spec} == before


def test_a_document_that_unfolds_to_billions_takes_no_memory(run: Run, written: Path, tmp_path: Path) -> None:
    """Aliases of aliases are counted, and not unfolded."""
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40))]
    spec = tmp_path / "bomb.yaml"
    spec.write_text("\n".join(lines))
    tracemalloc.start()
    said = run("--spec", spec)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said.status == 2
    assert "its aliases unfolded" in said.err
    assert most < 10_000_000
    assert written.exists()


def test_check_shows_what_would_be_written(run: Run, written: Path) -> None:
    """Where the pin is not what its document gives, the difference is shown and the exit status is 1."""
    edited(written, "title: Image variations", "title: Something else")
    said = run("--spec", document("security_present"), "--check")
    assert said.status == 1
    assert "\n-  title: Something else\n+  title: Image variations\n" in said.err
    said = run("--spec", document("rate_limited"), "--check")
    assert said.err.endswith("its contract is another\n")
