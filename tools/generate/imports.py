"""The models and aliases that a module imports."""

from collections.abc import Iterable

from attrs import frozen
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from tools.generate import types


@frozen(order=True)
class Import:
    """One class or alias of the models, and the module that defines it."""

    module: str
    name: str


def imports_of(prop: PropertyProtocol) -> list[Import]:
    """Return the models and aliases that a property's type names."""
    classes = [model.class_info for model in types.models_in(prop)] + [enum.class_info for enum in types.enums_in(prop)]
    return [Import(str(found.module_name), str(found.name)) for found in classes]


def split_imports(props: Iterable[PropertyProtocol]) -> tuple[set[Import], set[Import]]:
    """Return the models and aliases that some types name: those to import first, and those to import when needed."""
    found: dict[bool, set[Import]] = {False: set(), True: set()}
    for prop in props:
        aliases = {Import(str(enum.class_info.module_name), str(enum.class_info.name)) for enum in types.enums_in(prop)}
        found[types.is_deferred(prop)] |= {*imports_of(prop)} - aliases
        found[False] |= aliases
    return found[False], found[True] - found[False]
