"""Round trips of a survey: what is sent and what comes back is held against what was passed."""

import json
import sys
from pathlib import Path

import pytest

from tools.openapi.choice import every_operation
from tools.openapi.document import parse_document
from tools.survey import packages
from tools.survey.run import Survey


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"note": {"enum": ["a", None]}}},
        {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
    ],
    ids=["null members alone", "members without names"],
)
def test_a_body_arrives_as_it_was_passed(tmp_path: Path, schema: dict[str, object]) -> None:
    """Null members are not given, and a body of nothing else is left out; members without names go in extra_fields."""
    content = {"application/json": {"schema": schema}}
    document = parse_document(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "T", "version": "1"},
                "servers": [{"url": "https://example.com"}],
                "paths": {
                    "/it": {
                        "put": {
                            "operationId": "putIt",
                            "requestBody": {"content": content},
                            "responses": {"200": {"description": "", "content": content}},
                        }
                    }
                },
            }
        ),
        "document.json",
    )
    task = Survey(document, every_operation(document), tmp_path)
    made = task.make(0)
    packages.write_runtime(tmp_path / packages.SHARED)
    packages.share_runtime(tmp_path / packages.SHARED / made.package)
    try:
        assert task.load(made).finding.refusals == ()
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == packages.SHARED]:
            del sys.modules[name]
