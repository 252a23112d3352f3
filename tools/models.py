"""What each module of `models/` says: the generator's models joined with the document's rules."""

import json
from collections.abc import Iterable
from typing import cast

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools import types
from tools.document import Node, enum_values, is_node, node, nodes, resolved
from tools.rules import is_nullable, rules_of, tuple_of


@frozen(order=True)
class Import:
    """One class or alias of the models, and the module that defines it."""

    module: str
    name: str


@frozen
class Member:
    """One attribute of a model.

    Attributes:
        type: Its annotation.
        argument_type: The annotation of the keyword that it is given by in a call.
        default: The expression of its default, or `None` where it must be given.
        rules: The expressions of its rules.
        reading: The expression that reads it from a JSON object.
        server_default: What the server takes where it is not given.
        is_required: Whether a call must give it, if only as `None`.
        must_be_read: Whether a JSON object without it is no such model.
    """

    name: str
    wire_name: UntrustedString
    type: PythonCode
    argument_type: PythonCode
    default: PythonCode | None
    rules: PythonCode | None
    reading: PythonCode
    description: UntrustedString | None
    server_default: UntrustedString | None
    is_required: bool
    must_be_read: bool


@frozen
class Model:
    """One attrs class. Circular imports are those that lead back to the model itself."""

    name: str
    module: str
    description: UntrustedString | None
    members: tuple[Member, ...]
    imports: tuple[Import, ...]
    circular_imports: tuple[Import, ...]


class Models:
    """The models of a document, and which way they go over the wire."""

    def __init__(self, document: Node, openapi: GeneratorData, config: Config) -> None:
        self._document = document
        self._config = config
        self._openapi = openapi
        self._enum_values = enum_values(document)
        self._by_name = {str(model.class_info.name): model for model in openapi.models}
        endpoints = [endpoint for tag in openapi.endpoint_collections_by_tag.values() for endpoint in tag.endpoints]
        self._sent = self._reachable(body.prop for endpoint in endpoints for body in endpoint.bodies)
        answered = self._reachable(answer.prop for endpoint in endpoints for answer in endpoint.responses)
        self._only_sent = self._sent - answered

    def plan(self, model: ModelProperty) -> Model:
        """What the module of one model says."""
        name = str(model.class_info.name)
        props = self._properties_of(model)
        imports = {imported for prop in props for imported in imports_of(prop) if imported.name != name}
        circular = {found for found in imports if name in self._reachable_from(found.name)}
        return Model(
            name=name,
            module=str(model.class_info.module_name),
            description=model.description,
            members=tuple(self._member(model, prop) for prop in props),
            imports=tuple(sorted(imports - circular)),
            circular_imports=tuple(sorted(circular)),
        )

    def exported(self) -> list[Import]:
        """Every model and alias, as the package exports them."""
        classes = [found.class_info for found in (*self._openapi.models, *self._openapi.enums)]
        return sorted(Import(str(found.module_name), str(found.name)) for found in classes)

    def members(self, model: ModelProperty) -> tuple[Member, ...]:
        """The attributes of one model."""
        return tuple(self._member(model, prop) for prop in self._properties_of(model))

    def values(self, enum: LiteralEnumProperty) -> PythonCode:
        """The values of an enum, in the document's order."""
        return PythonCode(", ".join(map(repr, self._enum_values[frozenset(enum.values)])))

    def schema_of(self, model: ModelProperty) -> Node:
        """The model's own schema, as the document has it."""
        # The generator reads every limit as a float; 10.0 stands in the document as 10.
        return node(_with_integers(model.data.model_dump(mode="json", by_alias=True, exclude_unset=True)))

    def _properties_of(self, model: ModelProperty) -> list[PropertyProtocol]:
        properties: list[PropertyProtocol] = [*(model.required_properties or []), *(model.optional_properties or [])]
        order = list(self._schemas_in(self.schema_of(model)))
        return sorted(properties, key=lambda prop: order.index(prop.name.get_untrusted_value()))

    def _schemas_in(self, schema: Node) -> dict[str, object]:
        """The schema of each property, those of `allOf` first."""
        inherited = [self._schemas_in(resolved(self._document, part)) for part in nodes(schema.get("allOf"))]
        return {name: part for parts in [*inherited, node(schema.get("properties"))] for name, part in parts.items()}

    def _member(self, model: ModelProperty, prop: PropertyProtocol) -> Member:
        wire_name = prop.name.get_untrusted_value()
        schema = self._schemas_in(self.schema_of(model))[wire_name]
        name = str(model.class_info.name)
        only_sent = name in self._only_sent
        rules = rules_of(self._document, schema) if name in self._sent else []
        if prop.required and name in self._sent and not only_sent:
            rules = ["rules.Required()", *rules]
        reading = types.reading(prop, f"unread.pop({wire_name!r}, None)")
        annotation, default = self._annotation(prop, schema, only_sent=only_sent)
        argument = types.argument_type(prop)
        keywords = resolved(self._document, schema)
        return Member(
            name=types.identifier(prop.name, self._config),
            wire_name=prop.name,
            type=PythonCode(annotation),
            argument_type=PythonCode(argument if only_sent and prop.required else optional(argument)),
            default=PythonCode(default) if default else None,
            rules=PythonCode(tuple_of(rules)) if rules else None,
            reading=PythonCode(reading),
            description=text_of(keywords.get("description")),
            server_default=text_of(keywords.get("default")),
            is_required=only_sent and prop.required,
            must_be_read=only_sent and prop.required and not is_nullable(self._document, schema),
        )

    def _annotation(self, prop: PropertyProtocol, schema: object, *, only_sent: bool) -> tuple[str, str | None]:
        """The type and the default, if there is one."""
        if only_sent:
            annotation = types.sent_type(prop)
            if not prop.required:
                return optional(annotation), "default=None"
            return (optional(annotation) if is_nullable(self._document, schema) else annotation), None
        if isinstance(prop, ListProperty):
            return types.answer_type(prop), f"factory={types.answer_type(prop)}"
        return optional(types.answer_type(prop)), "default=None"

    def _reachable(self, props: Iterable[PropertyProtocol]) -> set[str]:
        """The models that come with these properties."""
        found: set[str] = set()
        waiting = [model for prop in props for model in types.models_in(prop)]
        while waiting:
            name = str(waiting.pop().class_info.name)
            if name not in found:
                found.add(name)
                waiting += [
                    model for prop in self._properties_of(self._by_name[name]) for model in types.models_in(prop)
                ]
        return found

    def _reachable_from(self, name: str) -> set[str]:
        return self._reachable(self._properties_of(self._by_name[name])) if name in self._by_name else set()


def imports_of(prop: PropertyProtocol) -> list[Import]:
    """The models and aliases that a property's type names."""
    classes = [model.class_info for model in types.models_in(prop)] + [enum.class_info for enum in types.enums_in(prop)]
    return [Import(str(found.module_name), str(found.name)) for found in classes]


def optional(annotation: str) -> str:
    """The type with `None`, which means "not given"."""
    return annotation if annotation == "object" else f"{annotation} | None"


def text_of(value: object) -> UntrustedString | None:
    """A value of the document as text for a docstring."""
    return None if value is None else UntrustedString(value if isinstance(value, str) else json.dumps(value))


def _with_integers(value: object) -> object:
    if is_node(value):
        return {name: _with_integers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_integers(item) for item in cast("list[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value
