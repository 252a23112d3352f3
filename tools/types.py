"""The Python types, and the readings of JSON, that stand for the generator's properties."""

from keyword import iskeyword

from openapi_python_client.config import Config
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
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonIdentifier

_SCALARS: dict[type[PropertyProtocol], tuple[str, str]] = {
    AnyProperty: ("object", "read_any"),
    BooleanProperty: ("bool", "read_bool"),
    DateProperty: ("date", "read_date"),
    DateTimeProperty: ("datetime", "read_datetime"),
    FileProperty: ("FileInput", "read_file"),
    FloatProperty: ("float", "read_float"),
    IntProperty: ("int", "read_int"),
    NoneProperty: ("None", "read_none"),
    StringProperty: ("str", "read_str"),
    UuidProperty: ("UUID", "read_uuid"),
}

_USED_BY_MODELS = frozenset(
    (
        *("additional_properties", "cls", "from_dict", "self", "source", "to_dict", "unread"),
        *("bool", "bytes", "classmethod", "dict", "float", "int", "list", "object", "str"),
        *("cast", "date", "datetime", "define", "field", "given", "rules", "UUID"),
        *("read_any", "read_bool", "read_date", "read_datetime", "read_either", "read_file", "read_float"),
        *("read_int", "read_list", "read_model", "read_models", "read_str", "read_uuid"),
    )
)
"""What a model's own code says: an attribute of that name would hide it."""


def identifier(name: UntrustedString, config: Config) -> str:
    """The attribute and keyword for a name of the document.

    The generator's own choice avoids every builtin; only what would clash is avoided here.
    """
    chosen = str(PythonIdentifier(name, config.field_prefix))
    plain = chosen.removesuffix("_")
    if iskeyword(plain) or plain in _USED_BY_MODELS:
        return f"{plain}_"
    return plain if plain.isidentifier() else chosen


def inner(prop: UnionProperty) -> list[PropertyProtocol]:
    """The branches of a union that are not null."""
    return [branch for branch in prop.inner_properties if not isinstance(branch, NoneProperty)]


def argument_type(prop: PropertyProtocol) -> str:
    """What a caller may give."""
    if isinstance(prop, ListProperty):
        return f"Sequence[{argument_type(prop.inner_property)}]"
    if isinstance(prop, UnionProperty):
        return _union([argument_type(branch) for branch in inner(prop)])
    if isinstance(prop, ConstProperty):
        return f"Literal[{prop.value.raw_value!r}]"
    return _named(prop)


def sent_type(prop: PropertyProtocol) -> str:
    """What a model that is only sent may hold: what a caller may give, and text that breaks an enum's rule."""
    if isinstance(prop, ListProperty):
        return f"Sequence[{sent_type(prop.inner_property)}]"
    return answer_type(prop)


def answer_type(prop: PropertyProtocol) -> str:
    """What an answer may hold: an enum's values, and others of their type."""
    if isinstance(prop, ListProperty):
        return f"list[{answer_type(prop.inner_property)}]"
    if isinstance(prop, UnionProperty):
        return _union([answer_type(branch) for branch in inner(prop)])
    if isinstance(prop, ConstProperty):
        return type(prop.value.raw_value).__name__
    if isinstance(prop, LiteralEnumProperty):
        return f"{prop.class_info.name} | {prop.value_type.__name__}"
    return _named(prop)


def reading(prop: PropertyProtocol, source: str) -> str:
    """The expression that reads `source`, a JSON value."""
    if isinstance(prop, ModelProperty):
        return f"read_model({source}, {prop.class_info.name})"
    if isinstance(prop, ListProperty):
        if isinstance(prop.inner_property, ModelProperty):
            return f"read_models({source}, {prop.inner_property.class_info.name})"
        items = f"read_list({source}, {reader(prop.inner_property)})"
        # mypy joins a union that it infers into `object`.
        is_union = isinstance(prop.inner_property, UnionProperty) and len(_branch_readers(prop.inner_property)) > 1
        return f'cast("{answer_type(prop)}", {items})' if is_union else items
    if isinstance(prop, UnionProperty) and len(readers := _branch_readers(prop)) > 1:
        return f"read_either({source}, {readers[0]}, {_either(readers[1:])})"
    return f"{reader(prop)}({source})"


def reader(prop: PropertyProtocol) -> str:
    """The function that reads a JSON value."""
    if isinstance(prop, UnionProperty):
        return _either(_branch_readers(prop))
    if isinstance(prop, ModelProperty | ListProperty):
        return f"lambda value: {reading(prop, 'value')}"
    if isinstance(prop, LiteralEnumProperty):
        return f"read_{prop.value_type.__name__}"
    if isinstance(prop, ConstProperty):
        return f"read_{type(prop.value.raw_value).__name__}"
    return _SCALARS[type(prop)][1]


def models_in(prop: PropertyProtocol) -> list[ModelProperty]:
    """The models that a property refers to directly."""
    if isinstance(prop, ModelProperty):
        return [prop]
    if isinstance(prop, ListProperty):
        return models_in(prop.inner_property)
    if isinstance(prop, UnionProperty):
        return [model for branch in inner(prop) for model in models_in(branch)]
    return []


def enums_in(prop: PropertyProtocol) -> list[LiteralEnumProperty]:
    """The enums that a property refers to directly."""
    if isinstance(prop, LiteralEnumProperty):
        return [prop]
    if isinstance(prop, ListProperty):
        return enums_in(prop.inner_property)
    if isinstance(prop, UnionProperty):
        return [enum for branch in inner(prop) for enum in enums_in(branch)]
    return []


def _named(prop: PropertyProtocol) -> str:
    if isinstance(prop, ModelProperty | LiteralEnumProperty):
        return str(prop.class_info.name)
    return _SCALARS[type(prop)][0]


def _union(types: list[str]) -> str:
    parts = dict.fromkeys(part for text in types for part in _split(text))
    return "object" if "object" in parts else " | ".join(parts)


def _split(text: str) -> list[str]:
    # "A | str" is two members; the bar within "list[A | str]" is not one.
    return [text] if "[" in text else text.split(" | ")


def _branch_readers(prop: UnionProperty) -> list[str]:
    branches = inner(prop)
    readers = [reader(branch) for branch in branches]
    if "read_any" in readers:
        return ["read_any"]
    models = [branch for branch in branches if isinstance(branch, ModelProperty)]
    for index, branch in enumerate(branches):
        # Reading a model is lenient: any object will do. So among several, one is chosen
        # whose required members are all there, and the last where there is none.
        if isinstance(branch, ModelProperty) and branch is not models[-1]:
            required = tuple(member.name.get_untrusted_value() for member in branch.required_properties or [])
            readers[index] = f"lambda value: read_model(value, {branch.class_info.name}, required={required!r})"
    return list(dict.fromkeys(readers))


def _either(readers: list[str]) -> str:
    if len(readers) == 1:
        return readers[0]
    return f"lambda value: read_either(value, {readers[0]}, {_either(readers[1:])})"
