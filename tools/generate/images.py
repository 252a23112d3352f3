"""The members of a response that hold its images, and those that make it usable (`x-usable-answer`)."""

from collections.abc import Sequence

from attrs import frozen
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import UntrustedString

from tools.generate import types
from tools.generate.imports import Import
from tools.generate.models import Models
from tools.openapi.document import DocumentError, is_node, node, texts


@frozen
class Usable:
    """The condition of a usable response (`x-usable-answer`): the model, and attributes of it and of its items."""

    model: str
    items: str
    any_of: tuple[str, ...]


@frozen
class Images:
    """The members of a response and of its items that hold its images, as attributes and on the wire."""

    response: Import
    item: Import
    items: str
    payload: str
    link: str
    wire_items: UntrustedString
    wire_payload: UntrustedString
    wire_link: UntrustedString


def images_of(models: Models, responses: Sequence[Response]) -> Images | None:
    """Return the members of the only response that hold its images: base64 and a URL that make an item usable."""
    [response, *others] = responses
    usable = usable_of(models, response)
    if others or usable is None or not isinstance(response.prop, ModelProperty):
        return None
    condition = node(models.schema_of(response.prop)["x-usable-answer"])
    members = {_wire_name(prop): prop for prop in models.properties(response.prop)}
    items = members[str(condition["items"])]
    assert isinstance(items, ListProperty)  # noqa: S101  # usable_of has seen to it
    assert isinstance(items.inner_property, ModelProperty)  # noqa: S101  # likewise
    schemas = node(models.schema_of(items.inner_property).get("properties"))
    names = texts(condition.get("any-of"))
    payload = next((name for name in names if node(schemas.get(name)).get("contentEncoding") == "base64"), None)
    link = next((name for name in names if node(schemas.get(name)).get("format") == "uri"), None)
    if payload is None or link is None:
        return None
    attributes = models.attributes(items.inner_property)
    return Images(
        response=Import.of(response.prop.class_info),
        item=Import.of(items.inner_property.class_info),
        items=usable.items,
        payload=attributes[payload],
        link=attributes[link],
        wire_items=UntrustedString(str(condition["items"])),
        wire_payload=UntrustedString(payload),
        wire_link=UntrustedString(link),
    )


def usable_of(models: Models, response: Response) -> Usable | None:
    """Return what makes a response usable, if the document says so.

    Raises:
        DocumentError: The document names what the response does not have.
    """
    if not isinstance(response.prop, ModelProperty):
        return None
    condition = models.schema_of(response.prop).get("x-usable-answer")
    if not is_node(condition):
        return None
    name = str(response.prop.class_info.name)
    members = {_wire_name(prop): prop for prop in models.properties(response.prop)}
    items = members.get(str(condition.get("items")))
    item = items.inner_property if isinstance(items, ListProperty) else None
    if not isinstance(item, ModelProperty):
        raise DocumentError(f"{name}: x-usable-answer has to name an array of objects as its items")
    attributes = models.attributes(item)
    if unknown := [member for member in texts(condition.get("any-of")) if member not in attributes]:
        raise DocumentError(f"{name}: x-usable-answer names {unknown[0]}, which its items have not")
    return Usable(
        model=types.in_models(name),
        items=models.attributes(response.prop)[str(condition["items"])],
        any_of=tuple(attributes[member] for member in texts(condition.get("any-of"))),
    )


def _wire_name(prop: PropertyProtocol) -> str:
    return prop.name.get_untrusted_value()
