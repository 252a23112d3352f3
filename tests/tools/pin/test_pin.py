"""The pin: what it promises is what the reference document says, in standard OpenAPI 3.1 terms."""

import attrs
import image_variations
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.generation import PIN
from tools.openapi.document import load, node, texts

DOCUMENT = load(PIN)
SCHEMAS = node(node(DOCUMENT["components"])["schemas"])

REFERENCE = {
    "CreateImageVariationRequest": ("image", "model", "n", "response_format", "size", "user"),
    "Image": ("b64_json", "revised_prompt", "url"),
    "ImageGenInputUsageDetails": ("image_tokens", "text_tokens"),
    "ImageGenOutputTokensDetails": ("image_tokens", "text_tokens"),
    "ImageGenUsage": (
        "input_tokens",
        "input_tokens_details",
        "output_tokens",
        "output_tokens_details",
        "total_tokens",
    ),
    "ImagesResponse": ("background", "created", "data", "output_format", "quality", "size", "usage"),
}
"""The schemas of the reference document, with their properties."""

REQUIRED = {
    "CreateImageVariationRequest": {"image"},
    "Image": set[str](),
    "ImageGenInputUsageDetails": {"image_tokens", "text_tokens"},
    "ImageGenOutputTokensDetails": {"image_tokens", "text_tokens"},
    "ImageGenUsage": {"input_tokens", "input_tokens_details", "output_tokens", "total_tokens"},
    "ImagesResponse": {"created"},
}


def test_the_pin_is_valid_openapi_31() -> None:
    """openapi-spec-validator finds nothing to say."""
    assert list(OpenAPIV31SpecValidator(dict(DOCUMENT)).iter_errors()) == []
    assert DOCUMENT["openapi"] == "3.1.0"


@pytest.mark.parametrize("schema", REFERENCE)
def test_every_schema_of_the_reference_is_an_attrs_class_with_each_of_its_properties(schema: str) -> None:
    """Class and attributes have the names of the schema and its properties."""
    attributes = {field.name for field in attrs.fields(getattr(image_variations, schema))}
    assert attributes == {*REFERENCE[schema], "additional_properties"}


@pytest.mark.parametrize("schema", REFERENCE)
def test_the_pin_requires_what_the_reference_requires(schema: str) -> None:
    """`required` and `properties` are the reference's, for every schema."""
    assert set(texts(node(SCHEMAS[schema]).get("required"))) == REQUIRED[schema]
    assert set(node(node(SCHEMAS[schema])["properties"])) == set(REFERENCE[schema])


def test_the_pin_says_nothing_that_31_does_not_define() -> None:
    """There is no `nullable`, no `title` of a schema, and no `example`."""
    assert {"nullable", "title", "example"}.isdisjoint(_keywords(SCHEMAS))


def _keywords(value: object) -> set[str]:
    found: set[str] = set()
    for name, part in node(value).items():
        found |= {name} | _keywords(part)
    return found


def test_the_image_is_described_in_octets() -> None:
    """A PNG of less than 4 MB is binary content of at most 4,194,303 octets."""
    image = node(node(node(SCHEMAS["CreateImageVariationRequest"])["properties"])["image"])
    assert (image["format"], image["contentMediaType"], image["maxLength"]) == ("binary", "image/png", 4 * 1024**2 - 1)
