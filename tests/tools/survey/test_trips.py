"""Round trips of a survey: what is sent and what comes back is held against what was passed."""

import json
import sys
from pathlib import Path

from tools.openapi.choice import every_operation
from tools.openapi.document import parse_document
from tools.survey import packages
from tools.survey.run import Survey

_NOTE = {"type": "object", "properties": {"note": {"enum": ["a", None]}}}
_CONTENT = {"application/json": {"schema": _NOTE}}
_OPERATION = {
    "operationId": "putIt",
    "requestBody": {"content": _CONTENT},
    "responses": {"200": {"description": "", "content": _CONTENT}},
}


def test_an_optional_body_is_left_out_if_nothing_of_it_is_given(tmp_path: Path) -> None:
    """Members that are all null are passed as not given: a request without a body says the same."""
    document = parse_document(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "T", "version": "1"},
                "servers": [{"url": "https://example.com"}],
                "paths": {"/it": {"put": _OPERATION}},
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
