"""Errors of the generator library, as one line that says where and what to do."""

import pytest
from openapi_python_client.parser.errors import GeneratorError, ParseError, PropertyError
from openapi_python_client.schema import Reference

from tools.generate.parse import refuse

WAITS = "Reference <openapi_python_client.schema.UntrustedString object at 0x7f> in allOf was not processed"
BASE = Reference.model_validate({"$ref": "#/components/schemas/Base"})
MOVE = "an overlay can move what is within it to components/schemas, and refer to it there"


def failed(detail: str, data: Reference | None = None, *, verb: str = "process") -> ParseError:
    """Make an error of a schema called A, as the library does."""
    header = f"\nUnable to {verb} schema /components/schemas/A:"
    return PropertyError(header=header, detail=f"{detail}\n\nFailure to process schema has resulted", data=data)


REFUSALS: list[tuple[GeneratorError, str]] = [
    (failed(WAITS, BASE), f"components/schemas/A: an allOf within it needs Base, which cannot be read first; {MOVE}"),
    (
        failed(f"{WAITS}\n\nRecursive allOf reference found", BASE),
        f"components/schemas/A: an allOf within it needs Base, which cannot be read first; {MOVE}",
    ),
    (
        failed("Invalid property in union <openapi_python_client.x.U object at 0x7f>", verb="parse"),
        f"components/schemas/A: a union cannot hold itself, nor what is not supported; {MOVE}",
    ),
    (
        failed("Cannot take allOf a non-object"),
        "components/schemas/A: Cannot take allOf a non-object; an overlay can change it",
    ),
    (ParseError(header="WARNING parsing GET /a within b.", detail="c"), "GET /a: c"),
]


@pytest.mark.parametrize(("error", "line"), REFUSALS, ids=[line for _, line in REFUSALS])
def test_an_error_of_the_library_names_the_place_and_what_to_do(error: GeneratorError, line: str) -> None:
    """The library's own words and advice are of a command that nobody here runs."""
    assert str(refuse(error)) == line
