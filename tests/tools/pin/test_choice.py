"""Which operations `make pin OPERATIONS=` and `make survey OPERATIONS=` mean."""

import pytest

from tools.openapi.choice import chosen
from tools.openapi.document import DocumentError, Node

DOCUMENT = {
    "paths": {
        "/images": {
            "get": {"operationId": "listImages", "tags": ["Images"]},
            "post": {"operationId": "createImage", "tags": ["Images", "Making things"]},
        },
        "/models/{model}": {"get": {"tags": ["Models"]}, "delete": {"operationId": "delete model"}},
    }
}


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        ("all", ["listImages", "createImage", "GET /models/{model}", "delete model"]),
        ("createImage", ["createImage"]),
        ("listImages createImage", ["listImages", "createImage"]),
        ("createImage,listImages", ["createImage", "listImages"]),
        ("tag:Images", ["listImages", "createImage"]),
        ("tag:Making things", ["createImage"]),
        ("create*", ["createImage"]),
        ("*Image?", ["listImages"]),
        ("GET /models/{model}", ["GET /models/{model}"]),
        ("delete /models/{model}", ["delete model"]),
        ("delete model", ["delete model"]),
        ("tag:Models, delete model, listImages", ["GET /models/{model}", "delete model", "listImages"]),
        ("list*, tag:Images", ["listImages", "createImage"]),
    ],
)
def test_operations_are_selected_by_name_place_tag_or_pattern(selectors: str, names: list[str]) -> None:
    """A text is one selector if that matches, else a list by commas, or by spaces if all are operationIds."""
    assert chosen(DOCUMENT, selectors) == names


@pytest.mark.parametrize(
    ("selectors", "complaint"),
    [
        ("createImages", "the operation createImages is not in the document"),
        ("createImage nothing", "the operation nothing is not in the document"),
        ("tag:Nothing", "no operation has the tag Nothing"),
        ("drop*", "no operationId matches drop*"),
        ("PUT /images", "the operation PUT /images is not in the document"),
    ],
)
def test_a_selector_that_matches_nothing_is_named(selectors: str, complaint: str) -> None:
    """What cannot be found is named, so that a typing error is not taken for an empty client."""
    with pytest.raises(DocumentError) as refusal:
        chosen(DOCUMENT, selectors)
    assert str(refusal.value) == complaint


@pytest.mark.parametrize("item", [{"$ref": "images.yml#/all"}, {"get": {"$ref": "images.yml#/all"}}])
@pytest.mark.parametrize("selectors", ["all", "listImages", "GET /images", "tag:Images", "list*"])
def test_a_document_in_several_files_is_to_be_bundled_first(selectors: str, item: Node) -> None:
    """An operation that is in another file is not said to be missing, and `all` does not pass it over."""
    document = {"paths": {"/other": {"get": {"operationId": "other"}}, "/images": item}}
    with pytest.raises(DocumentError) as refusal:
        chosen(document, selectors)
    assert chosen(document, "other") == ["other"]
    assert str(refusal.value) == (
        "paths//images: images.yml#/all is in another file; "
        "bundle the document into one file first, for example with `npx @redocly/cli bundle`"
    )
