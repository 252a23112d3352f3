"""The names that the generated client would have for the names of a document."""

from collections.abc import Collection, Iterable
from functools import cache, lru_cache

from openapi_python_client.config import Config
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonIdentifier, pascal_case

from tools.openapi.names import function_of, identifier, identifiers
from tools.openapi.settings import generator_config, read_settings
from tools.paths import PACKAGE, SETTINGS


@cache
def _config() -> Config:
    return generator_config(read_settings(SETTINGS), PACKAGE)


@lru_cache(maxsize=4096)
def class_name(parent: str, name: str) -> str:
    """Return the class, or the alias, of a schema that is called `name` within `parent`."""
    whole = f"{pascal_case(parent)}{pascal_case(name)}" if parent else name
    return str(Class.from_string(string=whole, config=_config()).name)


def function_name(operation_id: str) -> str:
    """Return the function of an operation."""
    return str(PythonIdentifier(operation_id, _config().field_prefix))


def attribute_name(name: str) -> str:
    """Return the keyword, or the attribute, of a name that stands alone."""
    return identifier(UntrustedString(name), _config())


def attribute_names(names: Iterable[str]) -> list[str]:
    """Return the attributes for the names of one object's members."""
    return identifiers((UntrustedString(name) for name in names), _config())


def tag_name(tag: str) -> str:
    """Return the package within `api/` of a tag."""
    return str(PythonIdentifier(f"{tag}", "tag"))


def function_name_for(name: str, media_type: str | None, taken: Collection[str]) -> str:
    """Return the function of an operation for one kind of body; other kinds have the names in `taken`."""
    return function_of(name, media_type, taken, _config())
