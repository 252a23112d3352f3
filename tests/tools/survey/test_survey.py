"""`make survey`: how far each operation of a document comes, and why it comes no further."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import run_main
from tools.openapi.choice import every_operation
from tools.openapi.document import node, nodes, parse_document
from tools.paths import ROOT
from tools.survey.__main__ import main
from tools.survey.findings import Finding
from tools.survey.making import make
from tools.survey.packages import share_runtime
from tools.survey.report import as_json, as_markdown, as_text


def _survey(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run_main(main, *map(str, arguments), cwd=ROOT)


@pytest.mark.slow
def test_an_operation_that_passes_every_stage_is_counted_in_each(tmp_path: Path) -> None:
    """The counts go to a file as JSON, to one as Markdown, and to the terminal as text."""
    found, page = tmp_path / "found.json", tmp_path / "found.md"
    spec = ROOT / "tests" / "documents" / "contracts" / "neighbours.yaml"
    said = _survey("--spec", spec, "--operations", "listModels", "--json", found, "--markdown", page)
    assert said.returncode == 0, said.stdout + said.stderr
    counts = dict.fromkeys(("operations", "pinned", "generated", "imported", "typed", "round_trips"), 1)
    assert parse_document(found.read_text(), "found.json") == {**counts, "untyped_members": 0, "refusals": []}
    assert "| 1 | 1 | 1 | 1 | 1 | 1 | 0 |" in page.read_text()


def test_an_operation_that_falls_short_is_named_with_stage_place_and_reason(tmp_path: Path) -> None:
    """The exit status is 1 then; an operation without an id goes by its method and path."""
    found = tmp_path / "found.json"
    spec = tmp_path / "document.json"
    responses = {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/x"}}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"responses": responses}}},
    }
    spec.write_text(json.dumps(document))
    said = _survey("--spec", spec, "--json", found)
    assert said.returncode == 1
    report = parse_document(found.read_text(), "found.json")
    assert (report["operations"], report["pinned"], report["round_trips"]) == (1, 0, 0)
    [refusal] = nodes(report["refusals"])
    assert (refusal["operation"], refusal["stage"]) == ("GET /a", "pin")
    assert set(node(refusal)) == {"operation", "stage", "place", "reason"}


_STREAM = {"stream": {"type": ["boolean", "null"]}}
_FORMAT = {"stream_format": {"type": "string", "enum": ["sse", "audio"]}}
_OTHER = {"streamable": {"type": "boolean"}}


@pytest.mark.parametrize(("members", "field"), [(_STREAM, "stream"), (_FORMAT, "stream_format"), (_OTHER, None)])
def test_a_field_that_asks_for_events_is_named_if_no_response_has_some(
    tmp_path: Path, members: dict[str, object], field: str | None
) -> None:
    """`stream`, or a field of a word for events; a document that describes the events has none to name."""
    content: dict[str, object] = {"application/json": {"schema": {"type": "string"}}}
    operation = {
        "operationId": "createRun",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": members}}}},
        "responses": {"200": {"description": "", "content": content}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"post": operation}}}
    [found] = every_operation(document)
    assert make(document, found, tmp_path, "without").finding.stream_field == field
    content["text/event-stream"] = {}
    assert make(document, found, tmp_path, "with").finding.stream_field is None


def test_what_asks_for_events_that_are_not_described_is_in_each_report() -> None:
    """The operation and the field are named, and what to do; it is nothing that falls short."""
    findings = [Finding("createRun", (), stream_field="stream"), Finding("listRuns", ())]
    words = "no response has text/event-stream; an overlay can give them one"
    assert f"{words}: createRun (stream)" in as_text(findings)
    page = as_markdown(findings, "T")
    assert words in page
    assert "- `createRun`, by `stream`" in page
    assert parse_document(as_json(findings), "found.json")["undescribed_events"] == {"createRun": "stream"}


def test_a_document_that_cannot_be_read_ends_with_status_2(tmp_path: Path) -> None:
    """So does an operation that is not there."""
    assert _survey("--spec", tmp_path / "nothing.yaml").returncode == 2
    spec = ROOT / "tests" / "documents" / "contracts" / "neighbours.yaml"
    assert _survey("--spec", spec, "--operations", "nothing").returncode == 2


def test_every_import_leads_to_the_shared_runtime(tmp_path: Path) -> None:
    """Those within functions too, as of what streams and saves: type checkers look for them all."""
    module = tmp_path / "module.py"
    module.write_text("from ._runtime.a import A\n\ndef b():\n    from ..._runtime.b import B\n")
    share_runtime(tmp_path)
    assert module.read_text() == "from .._runtime.a import A\n\ndef b():\n    from ...._runtime.b import B\n"
