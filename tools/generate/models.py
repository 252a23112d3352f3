"""The modules of `models/`: the generator's models joined with the document's rules."""

import json
from collections.abc import Iterable, Iterator
from typing import cast

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.imports import Import
from tools.generate.readings import Readings
from tools.generate.rules import is_nullable, rules_of, tuple_of
from tools.generate.tags import tags_in
from tools.generate.uses import Use
from tools.openapi.document import Node, is_node, node, nodes, resolve
from tools.openapi.names import identifiers, local_name
from tools.openapi.schemas import DEFAULT, POINTER


@frozen
class Member:
    """One attribute of a model.

    Attributes:
        type: Its annotation.
        default: The expression of its default, or None if it must be given.
        metadata: The metadata of the attribute, which holds the rules: keys and expressions.
        reading: The expression that reads it from a JSON object.
        value: The expression of the value that is sent.
        local: The variable that holds it, if a JSON object without it is no such model.
        is_null_sent: Whether `None` is sent as null.
        sends_null: Whether `NULL` can be given for it.
        argument_type: The annotation of the keyword that it is given by in a call.
        is_argument: Whether it is given in a call at all.
        is_required: Whether a call must give it, if only as `None`.
        is_kept_list: Whether it is a list that a response may hold too.
    """

    name: str
    wire_name: UntrustedString
    type: PythonCode
    default: PythonCode | None
    metadata: tuple[tuple[str, PythonCode], ...]
    reading: PythonCode
    value: str
    local: str | None
    is_null_sent: bool
    sends_null: bool
    argument_type: PythonCode
    is_argument: bool
    is_required: bool
    is_kept_list: bool
    description: UntrustedString | None
    server_default: UntrustedString | None
    is_deprecated: bool

    @property
    def given_type(self) -> PythonCode:
        """The type of what the model can be made with."""
        return types.or_null(self.type) if self.sends_null else self.type

    @property
    def hides_null(self) -> bool:
        """Whether its type, which readers of responses see, is without the `NULL` that a request may have there."""
        return self.given_type != self.type


@frozen
class Values:
    """The values of a map, and of the members of a model that have no names in the document.

    Attributes:
        type: Their type.
        factory: The expression that makes a map of them.
        reading: The expression that reads a map of them.
    """

    type: PythonCode
    factory: PythonCode
    reading: PythonCode


@frozen
class Model:
    """One attrs class.

    Attributes:
        values: The values of the members that the document does not name, if it gives them a type.
    """

    name: str
    module: str
    description: UntrustedString | None
    members: tuple[Member, ...]
    values: "Values | None"

    @property
    def null_names(self) -> PythonCode | None:
        """The expression of the names of the members that are sent as null if they are `None`."""
        names = [repr(member.wire_name.get_untrusted_value()) for member in self.members if member.is_null_sent]
        return PythonCode(tuple_of(names)) if names else None


class Models:
    """The models of a document, and which way they go over the wire."""

    def __init__(self, document: Node, openapi: GeneratorData, config: Config) -> None:
        self._document = document
        self._config = config
        self._openapi = openapi
        objects = list(_objects_in(document))
        self._by_place = {place: found for found in objects if isinstance(place := found.get(POINTER), str)}
        self._enums: dict[frozenset[str], list[Node]] = {}
        for schema in objects:
            if isinstance(schema.get("enum"), list):
                self._enums.setdefault(_set_of(_values(schema)), []).append(schema)
        self._by_name = {str(model.class_info.name): model for model in openapi.models}
        self._referred = {name: _names_in(self.parts(model)) for name, model in self._by_name.items()}
        told = tags_in(document, objects)
        places = {name: self._place_of(model) for name, model in self._by_name.items()}
        unions = [{name: tags[place] for name, place in places.items() if place in tags} for tags in told]
        self.readings = Readings(self._by_name, unions)
        endpoints = [endpoint for tag in openapi.endpoint_collections_by_tag.values() for endpoint in tag.endpoints]
        sent = [body.prop for endpoint in endpoints for body in endpoint.bodies]
        sent += [prop for endpoint in endpoints for _, prop in endpoint.iter_all_parameters()]
        self._sent = self._reachable(_names_in(sent))
        answered = _names_in(response.prop for endpoint in endpoints for response in endpoint.responses)
        self._only_sent = self._sent - self._reachable(answered)
        bodies = [body for endpoint in endpoints for body in endpoint.bodies]
        in_json = _names_in(body.prop for body in bodies if body.body_type == BodyType.JSON)
        # A form is no JSON, and the objects in it are.
        forms = _names_in(body.prop for body in bodies if body.body_type != BodyType.JSON)
        self._in_json = self._reachable(in_json.union(*(self._referred[name] for name in forms)))

    def plan(self, model: ModelProperty) -> Model:
        """Plan the module of one model."""
        return Model(
            name=str(model.class_info.name),
            module=str(model.class_info.module_name),
            description=model.description,
            members=self.members(model),
            values=self._values_of(model),
        )

    def exported(self) -> list[Import]:
        """Return every model and alias, as the package exports them."""
        return sorted(Import.of(found.class_info) for found in (*self._openapi.models, *self._openapi.enums))

    def properties(self, model: ModelProperty) -> list[PropertyProtocol]:
        """Return the generator's properties of one model, in the document's order."""
        # What refers to a model may have been made before the model's own properties were.
        model = self._by_name[str(model.class_info.name)]
        properties: list[PropertyProtocol] = [*(model.required_properties or []), *(model.optional_properties or [])]
        order = list(self._schemas_in(self.schema_of(model)))
        return sorted(properties, key=lambda prop: order.index(prop.name.get_untrusted_value()))

    def members_by_name(self, name: str) -> dict[str, PropertyProtocol]:
        """Return the generator's properties of one model by their names in the document."""
        return {prop.name.get_untrusted_value(): prop for prop in self.properties(self._by_name[name])}

    def parts(self, model: ModelProperty) -> list[PropertyProtocol]:
        """Return the properties of one model, and that of the members without names if they have a type."""
        further = self._by_name[str(model.class_info.name)].additional_properties
        return [*self.properties(model), *([] if further is None or isinstance(further, AnyProperty) else [further])]

    def members(self, model: ModelProperty) -> tuple[Member, ...]:
        """Return the attributes of one model, in the document's order."""
        props = self.properties(model)
        names = identifiers((prop.name for prop in props), self._config)
        schemas = self._schemas_in(self.schema_of(model))
        owner = str(model.class_info.name)
        return tuple(
            self._member(owner, prop, schemas[prop.name.get_untrusted_value()], name)
            for prop, name in zip(props, names, strict=True)
        )

    def schemas_of(self, model: ModelProperty) -> dict[str, Node]:
        """Return the schema of each of a model's properties, by its name in the document."""
        return self._schemas_in(self.schema_of(model))

    def attributes(self, model: ModelProperty) -> dict[str, str]:
        """Return the names of one model's attributes, by those of the document."""
        return {member.wire_name.get_untrusted_value(): member.name for member in self.members(model)}

    def values(self, enum: LiteralEnumProperty) -> PythonCode:
        """Return the values of an enum in the document's order, which the generator does not keep."""
        found = self._enums[_set_of(enum.values)]
        described = [schema for schema in found if text_of(schema.get("description")) == enum.description]
        return PythonCode(", ".join(map(repr, _values((described or found)[0]))))

    def schema_of(self, model: ModelProperty) -> Node:
        """Return the model's own schema, as the document has it."""
        return resolve(self._document, self._by_place[self._place_of(model)])

    @staticmethod
    def _place_of(model: ModelProperty) -> str:
        return str(node(model.data.model_extra).get(POINTER))

    def _schemas_in(self, schema: Node) -> dict[str, Node]:
        """Return the schema of each property, those of `allOf` first; one that is refined keeps the rules of both."""
        found: dict[str, Node] = {}
        inherited = [self._schemas_in(resolve(self._document, part)) for part in nodes(schema.get("allOf"))]
        for properties in (*inherited, node(schema.get("properties"))):
            for name, part in properties.items():
                refined = resolve(self._document, part)
                found[name] = {**refined, "allOf": [found[name], refined]} if name in found else refined
        return found

    def _member(self, owner: str, prop: PropertyProtocol, schema: Node, name: str) -> Member:
        wire_name = prop.name.get_untrusted_value()
        use = self._use_of(owner, prop, schema)
        rules = rules_of(self._document, schema) if owner in self._sent else []
        if use.is_required and not use.takes_null:
            rules = ["rules.Required()", *rules]
        metadata = [("name", repr(wire_name))] if rules and name != wire_name else []
        metadata += [("rules", tuple_of(rules))] if rules else []
        metadata += [("nullable", "True")] if rules and use.sends_null else []
        reading = self.readings.of(prop, f"unread.pop({wire_name!r}, None)")
        annotation = PythonCode(use.annotation)
        return Member(
            name=name,
            wire_name=prop.name,
            type=types.or_null(annotation) if use.sends_null and use.only_sent else annotation,
            default=PythonCode(use.default) if use.default else None,
            metadata=tuple((key, PythonCode(expression)) for key, expression in metadata),
            reading=PythonCode(use.reading(reading)),
            value=f"self.{name} or None" if use.is_kept_list and not use.is_argument else f"self.{name}",
            local=local_name(name) if use.must_be_read else None,
            is_null_sent=use.is_null_sent,
            sends_null=use.sends_null,
            argument_type=PythonCode(use.argument),
            is_argument=use.is_argument,
            is_required=use.is_required,
            is_kept_list=use.is_kept_list,
            description=text_of(schema.get("description")),
            server_default=text_of(schema.get(DEFAULT)),
            is_deprecated=schema.get("deprecated") is True,
        )

    def _values_of(self, model: ModelProperty) -> Values | None:
        props = self.parts(model)[len(self.properties(model)) :]
        if not props:
            return None
        owner = str(model.class_info.name)
        annotation = types.sent_type(props[0]) if owner in self._only_sent else types.response_type(props[0])
        return Values(
            type=PythonCode(annotation),
            factory=PythonCode(f"dict[str, {types.quoted(annotation)}]"),
            reading=PythonCode(self.readings.map_of(props[0], "unread" if self.properties(model) else "source")),
        )

    def _use_of(self, owner: str, prop: PropertyProtocol, schema: Node) -> Use:
        # What only the server sets is not asked of a request (OpenAPI 3.1, section 4.8.24.5).
        is_argument = owner in self._sent and schema.get("readOnly") is not True
        return Use(
            prop,
            only_sent=owner in self._only_sent,
            is_argument=is_argument,
            is_required=is_argument and prop.required,
            takes_null=is_nullable(self._document, schema) or isinstance(prop, AnyProperty),
            is_json=owner in self._in_json,
        )

    def _reachable(self, names: Iterable[str]) -> set[str]:
        """Return some models, and those that they refer to, if through others."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._referred[name]
        return found


def _names_in(props: Iterable[PropertyProtocol]) -> set[str]:
    return {str(model.class_info.name) for prop in props for model in types.models_in(prop)}


def text_of(value: object) -> UntrustedString | None:
    """Return a value of the document as text for a docstring."""
    if value is None:
        return None
    return UntrustedString(value if isinstance(value, str) and value else json.dumps(value, default=str))


def _values(schema: Node) -> list[object]:
    return cast("list[object]", schema["enum"])


def _set_of(values: Iterable[object]) -> frozenset[str]:
    return frozenset(map(repr, values))


def _objects_in(value: object) -> Iterator[Node]:
    """Yield every object of the document."""
    if is_node(value):
        yield value
    parts = value.values() if is_node(value) else cast("list[object]", value) if isinstance(value, list) else ()
    for part in parts:
        yield from _objects_in(part)
