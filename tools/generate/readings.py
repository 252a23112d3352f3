"""The expressions that read JSON values as the generator's properties."""

from collections.abc import Mapping

from attrs import frozen
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
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

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
    """How values are read, in a document with these models."""

    models: Mapping[str, ModelProperty]

    def of(self, prop: PropertyProtocol, source: str) -> str:
        """Return the expression that reads `source`, a JSON value, as `None` if it is of another kind."""
        if isinstance(prop, ModelProperty):
            return f"read_model({source}, {prop.class_info.name})"
        if isinstance(prop, ListProperty):
            item = prop.inner_property
            if isinstance(item, ModelProperty):
                return f"read_models({source}, {item.class_info.name})"
            if not isinstance(item, AnyProperty) and not _is_union(item):
                return f"read_list({source}, {self.reader(item)})"
        return f"{self.reader(prop)}({source})"

    def reader(self, prop: PropertyProtocol) -> str:
        """Return the function that reads a JSON value."""
        if isinstance(prop, UnionProperty):
            readers = self._branches(prop)
            return readers[0] if len(readers) == 1 else f"{_named('Either', prop)}({', '.join(readers)})"
        if isinstance(prop, ListProperty):
            item = prop.inner_property
            if isinstance(item, AnyProperty):
                return "read_array"
            return f"{_named('ListOf', item)}({self.reader(item)})"
        if isinstance(prop, ModelProperty):
            return f"ModelOf({prop.class_info.name})"
        if isinstance(prop, LiteralEnumProperty):
            return f"read_{prop.value_type.__name__}"
        if isinstance(prop, ConstProperty):
            return f"read_{type(prop.value.raw_value).__name__}"
        return _SCALARS[type(prop)]

    def _branches(self, prop: UnionProperty) -> list[str]:
        """Return the functions that read the branches of a union, in the order in which they are tried."""
        models = [branch for branch in prop.inner_properties if isinstance(branch, ModelProperty)]
        others = [branch for branch in prop.inner_properties if not isinstance(branch, ModelProperty)]
        readers = list(dict.fromkeys([*self._model_readers(models), *map(self.reader, others)]))
        if "read_any" in readers:
            return ["read_any"]
        return sorted(readers, key=lambda reader: _LAST.index(reader) if reader in _LAST else -1)

    def _model_readers(self, models: list[ModelProperty]) -> list[str]:
        # Reading a model is lenient: any object will do. So the one that asks for most is
        # tried first, each has to have what tells it from others, and the last one has not.
        ordered = sorted(models, key=lambda model: -len(self._marks(model)))
        marked = [f"ModelOf({model.class_info.name}{_arguments(self._marks(model))})" for model in ordered[:-1]]
        return [*marked, *map(self.reader, ordered[-1:])]

    def _marks(self, model: ModelProperty) -> dict[str, object]:
        """Return the members that a model must have, each with its value if there is but one."""
        required = self.models[str(model.class_info.name)].required_properties or []
        return {prop.name.get_untrusted_value(): _only_value(prop) for prop in required}


def _arguments(marks: Mapping[str, object]) -> str:
    const = {name: value for name, value in marks.items() if value is not None}
    required = tuple(name for name in marks if name not in const)
    return (f", const={const!r}" if const else "") + (f", required={required!r}" if required else "")


def _is_union(prop: PropertyProtocol) -> bool:
    return " | " in response_type(prop) or isinstance(prop, FileProperty)


def _named(kind: str, prop: PropertyProtocol) -> str:
    # Several types are named: left to themselves, checkers join them as they see fit.
    return f"{kind}[{response_type(prop)}]" if _is_union(prop) else kind


def _only_value(prop: PropertyProtocol) -> object:
    if isinstance(prop, ConstProperty):
        return prop.value.raw_value
    if isinstance(prop, LiteralEnumProperty) and len(prop.values) == 1:
        return next(iter(prop.values))
    return None
