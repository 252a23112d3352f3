"""The Python types that stand for the generator's properties."""

from collections.abc import Callable, Iterable

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
from openapi_python_client.strings import PythonCode

_SCALARS: dict[type[PropertyProtocol], str] = {
    AnyProperty: "object",
    BooleanProperty: "bool",
    DateProperty: "date",
    DateTimeProperty: "datetime",
    FileProperty: "FileInput",
    FloatProperty: "float",
    IntProperty: "int",
    NoneProperty: "None",
    StringProperty: "str",
    UuidProperty: "UUID",
}


def in_models(name: str) -> str:
    """Return the expression of a model or an alias, which is imported when it is first used.

    No name of a document begins with an underscore, so none hides the package of the models.
    """
    return f"_models.{name}"


def quoted(annotation: str) -> str:
    """Return a type as an argument of a generic class: in quotes if it would import models."""
    return repr(annotation) if in_models("") in annotation else annotation


def argument_type(prop: PropertyProtocol) -> str:
    """Return the type that a caller may pass."""
    return union(_members(prop, "Sequence", _exact))


def sent_type(prop: PropertyProtocol) -> str:
    """Return the type of an attribute that is only sent: what a caller may pass, and values outside an enum."""
    return union(_members(prop, "Sequence", _lenient))


def response_type(prop: PropertyProtocol) -> str:
    """Return the type of a value in a response: an enum's values, and others of their type."""
    return union(response_members(prop))


def response_members(prop: PropertyProtocol) -> list[str]:
    """Return the types that a value in a response may have."""
    return _members(prop, "list", _lenient)


def kept_argument_type(prop: PropertyProtocol) -> str:
    """Return the type that a caller may pass for an attribute that responses have too.

    A `list` takes no list of another kind as one of its items, nor a union as one of its members.
    """
    if isinstance(prop, ListProperty):
        item = prop.inner_property
        return f"Sequence[{response_type(item) if holds_list(item) else argument_type(item)}]"
    return response_type(prop) if holds_list(prop) else argument_type(prop)


def union(members: Iterable[str]) -> str:
    """Return the union of types, each named once, or `object` if that is one of them."""
    names = list(dict.fromkeys(members))
    return "object" if "object" in names else " | ".join(names)


def optional(annotation: str) -> str:
    """Return the type with `None`, which means "not given"."""
    return annotation if annotation in ("object", "None") else f"{annotation} | None"


def is_or_null(annotation: PythonCode) -> bool:
    """Return whether a type is one with that of `NULL`."""
    return "NullType" in annotation.as_unembedded_code().split(" | ")


def or_null(annotation: PythonCode) -> PythonCode:
    """Return a type with that of `NULL`, which is sent as null."""
    text = annotation.as_unembedded_code()
    if text == "object" or is_or_null(annotation):
        return annotation
    base = text.removesuffix(" | None")
    return PythonCode(f"{base} | NullType{text[len(base) :]}")


def _members(prop: PropertyProtocol, sequence: str, leaf: Callable[[PropertyProtocol], list[str]]) -> list[str]:
    if isinstance(prop, ListProperty):
        return [f"{sequence}[{union(_members(prop.inner_property, sequence, leaf))}]"]
    if isinstance(prop, UnionProperty):
        return [member for branch in prop.inner_properties for member in _members(branch, sequence, leaf)]
    return leaf(prop)


def _exact(prop: PropertyProtocol) -> list[str]:
    # Python has no Literal of a float.
    if isinstance(prop, ConstProperty) and not isinstance(prop.value.raw_value, float):
        return [f"Literal[{prop.value.raw_value!r}]"]
    return _lenient(prop)[:1]


def _lenient(prop: PropertyProtocol) -> list[str]:
    if isinstance(prop, LiteralEnumProperty):
        return [in_models(str(prop.class_info.name)), prop.value_type.__name__]
    if isinstance(prop, ModelProperty):
        return [in_models(str(prop.class_info.name))]
    if isinstance(prop, ConstProperty):
        return [type(prop.value.raw_value).__name__]
    return [_SCALARS[type(prop)]]


def holds_list(prop: PropertyProtocol) -> bool:
    """Return whether a value may be a list."""
    if isinstance(prop, UnionProperty):
        return any(holds_list(branch) for branch in prop.inner_properties)
    return isinstance(prop, ListProperty)


def is_file_or_other(prop: PropertyProtocol) -> bool:
    """Return whether a value, or an item of it, may be a file and may be something else."""
    kinds = {isinstance(leaf, FileProperty) for leaf in _leaves(prop) if not isinstance(leaf, NoneProperty)}
    return len(kinds) == 2


def may_be_none(prop: PropertyProtocol) -> bool:
    """Return whether a value may be null, as an item of a list may."""
    return isinstance(prop, UnionProperty) and any(isinstance(one, NoneProperty) for one in prop.inner_properties)


def models_in(prop: PropertyProtocol) -> list[ModelProperty]:
    """Return the models that a property refers to directly."""
    return [leaf for leaf in _leaves(prop) if isinstance(leaf, ModelProperty)]


def _leaves(prop: PropertyProtocol) -> list[PropertyProtocol]:
    if isinstance(prop, ListProperty):
        return _leaves(prop.inner_property)
    if isinstance(prop, UnionProperty):
        return [leaf for branch in prop.inner_properties for leaf in _leaves(branch)]
    return [prop]
