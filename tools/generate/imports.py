"""The models and aliases, and the modules that define them."""

from attrs import frozen
from openapi_python_client.parser.properties.schemas import Class


@frozen(order=True)
class Import:
    """One class or alias of the models, and the module that defines it."""

    module: str
    name: str

    @classmethod
    def of(cls, found: Class) -> "Import":
        """Return what imports one of the generator's classes."""
        return cls(str(found.module_name), str(found.name))
