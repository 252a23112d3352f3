"""The expressions that read JSON values as the generator's properties."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from tools.generate import types
from tools.generate.tags import Tags
from tools.generate.types import response_type

_SCALARS: dict[type[PropertyProtocol], str] = {
    AnyProperty: "read_any",
    BooleanProperty: "read_bool",
    DateProperty: "read_date",
    DateTimeProperty: "read_datetime",
    FileProperty: "as_file_input",
    FloatProperty: "read_float",
    IntProperty: "read_int",
    StringProperty: "read_str",
    UuidProperty: "read_uuid",
}

_LAST = ("read_date", "read_datetime", "read_uuid", "read_int", "read_float", "read_str")
"""The order in which the branches of a union are tried: what is more than text before text."""


@frozen
class Readings:
    """How values are read, in a document with these models.

    Attributes:
        models: The models by their names.
        unions: What each discriminator says of the models of its union, by the same names.
    """

    models: Mapping[str, ModelProperty]
    unions: Sequence[Mapping[str, Tags]]
    _known: dict[tuple[str, frozenset[str]], Tags] = field(
        factory=dict[tuple[str, frozenset[str]], Tags], init=False, repr=False
    )

    def of(self, prop: PropertyProtocol, source: str) -> str:
        """Return the expression that reads `source`, a JSON value, as `None` if it is of another kind."""
        if isinstance(prop, ModelProperty):
            return f"read_model({source}, {_class_of(prop)})"
        if isinstance(prop, ListProperty):
            item = prop.inner_property
            if isinstance(item, ModelProperty):
                return f"read_models({source}, {_class_of(item)})"
            if not isinstance(item, AnyProperty) and not _is_union(item):
                return f"read_list({source}, {self.reader(item)})"
        return f"{self.reader(prop)}({source})"

    def map_of(self, prop: PropertyProtocol, source: str) -> str:
        """Return the expression that reads the members of `source`, a JSON object, each as a property."""
        return f"read_map({source}, {self.reader(prop)})"

    def reader(self, prop: PropertyProtocol) -> str:
        """Return the function that reads a JSON value as a property."""
        return self._reader(prop, [])

    def _reader(self, prop: PropertyProtocol, rivals: Sequence[str]) -> str:
        """Return the function that reads a JSON value as a part of a property.

        Args:
            prop: The part.
            rivals: The models of the union that it is a part of.
        """
        if isinstance(prop, UnionProperty):
            readers = self._branches(prop)
            kind = _named("Either", prop)
            return readers[0] if len(readers) == 1 else f"{kind}({', '.join(readers)})"
        if isinstance(prop, ListProperty):
            item = prop.inner_property
            if isinstance(item, AnyProperty):
                return "read_array"
            kind = "NullableListOf" if types.may_be_none(item) else "ListOf"
            inner = self._reader(item, rivals)
            return f"{_named(kind, item)}({inner})"
        if isinstance(prop, ModelProperty):
            return self.model(str(prop.class_info.name), rivals)
        if isinstance(prop, LiteralEnumProperty):
            return f"read_{prop.value_type.__name__}"
        if isinstance(prop, ConstProperty):
            return f"read_{type(prop.value.raw_value).__name__}"
        return _SCALARS[type(prop)]

    def model(self, name: str, rivals: Sequence[str]) -> str:
        """Return the function that reads a model, by its name and those of the union that it is a part of."""
        return f"ModelOf(lambda: {types.in_models(name)}{self._marks(name, rivals)})"

    def _branches(self, prop: UnionProperty) -> list[str]:
        """Return the functions that read the branches of a union, in the order in which they are tried."""
        rivals = list(dict.fromkeys(str(model.class_info.name) for model in types.models_in(prop)))
        # Of models that fit alike, the one that says most of itself is the one that is meant.
        parts = [branch for branch in prop.inner_properties if not isinstance(branch, NoneProperty)]
        branches = sorted(parts, key=lambda branch: -self._weight(branch, frozenset(rivals)))
        readers = list(dict.fromkeys(self._reader(branch, rivals) for branch in branches))
        if "read_any" in readers:
            return ["read_any"]
        return sorted(readers, key=lambda reader: _LAST.index(reader) if reader in _LAST else -1)

    def _weight(self, branch: PropertyProtocol, rivals: frozenset[str]) -> int:
        if not isinstance(branch, ModelProperty):
            return 0
        name = str(branch.class_info.name)
        values_of = self.values_of(name, rivals)
        return len({*self._required(name), *(member for member, values in values_of.items() if values)})

    def _marks(self, name: str, rivals: Sequence[str]) -> str:
        """Return the arguments that tell a model from its rivals."""
        if len(rivals) < 2:
            return ""
        union = frozenset(rivals)
        tags = {
            member: values
            for member, values in self.values_of(name, union).items()
            if len(values) == 1
            or (values and any(self.values_of(rival, union).get(member, values) != values for rival in rivals))
        }
        required = tuple(self._required(name))
        return (f", tags={tags!r}" if tags else "") + (f", required={required!r}" if required else "")

    def _required(self, name: str) -> list[str]:
        return [prop.name.get_untrusted_value() for prop in self.models[name].required_properties or []]

    def values_of(self, name: str, union: frozenset[str] = frozenset()) -> Tags:
        """Return the values that a model's members may have: constants, enums, and what discriminators say.

        A member with any value has none here.

        Args:
            name: The model's name.
            union: The models of the union that it is read in. The discriminator of another one may say otherwise.
        """
        if (name, union) not in self._known:  # each of many branches is held against all others
            self._known[name, union] = self._find_values(name, union)
        return self._known[name, union]

    def _find_values(self, name: str, union: frozenset[str]) -> Tags:
        found = self.own_values_of(name)
        telling = [tags for tags in self.unions if frozenset(tags) == union] or self.unions
        told: dict[str, tuple[object, ...]] = {}
        for tags in telling:
            for member, values in tags.get(name, {}).items():
                told[member] = (*told.get(member, ()), *values)
        # A discriminator without a mapping has the names of schemas, also if a constant member has a word of its own.
        every = {member: (*values, *told.get(member, ())) for member, values in found.items()} | {
            member: values for member, values in told.items() if member not in found
        }
        return {member: tuple(dict.fromkeys(values)) for member, values in every.items()}

    def own_values_of(self, name: str) -> Tags:
        """Return the values of a model's members by their own schemas: constants and enums."""
        model = self.models[name]
        members = [*(model.required_properties or []), *(model.optional_properties or [])]
        return {prop.name.get_untrusted_value(): _values_of(prop) for prop in members}


def _is_union(prop: PropertyProtocol) -> bool:
    return " | " in response_type(prop) or isinstance(prop, FileProperty)


def _named(kind: str, prop: PropertyProtocol) -> str:
    # Several types are named: left to themselves, checkers join them as they see fit.
    if not _is_union(prop):
        return kind
    return f"{kind}[{types.quoted(response_type(prop))}]"


def _class_of(prop: ModelProperty) -> str:
    return f"lambda: {types.in_models(str(prop.class_info.name))}"


def _values_of(prop: PropertyProtocol) -> tuple[object, ...]:
    if isinstance(prop, ConstProperty):
        return (prop.value.raw_value,)
    return tuple(sorted(prop.values, key=repr)) if isinstance(prop, LiteralEnumProperty) else ()
