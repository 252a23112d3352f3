"""The settings of a client: how names of the document become names in Python, and what the client calls itself."""

from collections.abc import Mapping
from pathlib import Path

from attrs import evolve, field, frozen
from openapi_python_client.config import Config, ConfigFile, MetaType
from pydantic import ValidationError

from tools.openapi.document import DocumentError, load

_OWN = ("base_error", "environment", "retired")

_DEFAULTS: Mapping[str, object] = {"package_version_override": "0.1.0", "literal_enums": True}


def _with_defaults(entries: Mapping[str, object] | None = None) -> ConfigFile:
    return ConfigFile.model_validate({**_DEFAULTS, **(entries or {})})


@frozen
class Settings:
    """What a file of settings says.

    Attributes:
        generator: The settings of openapi-python-client.
        base_error: The class that every error of the client is derived from.
        environment: What the names of its environment variables begin with.
        retired: Why the document's server no longer has the operations, if it does not.
    """

    generator: ConfigFile = field(factory=_with_defaults)
    base_error: str | None = None
    environment: str | None = None
    retired: str | None = None


def read_settings(path: Path) -> Settings:
    """Read a file of settings.

    Raises:
        DocumentError: There is none, or it has an entry that is unknown or of another type.
    """
    entries = load(path, "a file of settings")
    own = {name: _text(path, name, entries.pop(name)) for name in _OWN if name in entries}
    if unknown := sorted(entries.keys() - ConfigFile.model_fields):
        raise DocumentError(f"{path}: {unknown[0]}: is not a setting")
    try:
        settings = Settings(_with_defaults(entries), **own)
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if not settings.generator.literal_enums:
        raise DocumentError(f"{path}: literal_enums: must be true, because the templates know no other enums")
    return settings


def _text(path: Path, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise DocumentError(f"{path}: {name}: must be a string of one line")
    return value


def generator_config(settings: Settings, package: Path) -> Config:
    """Return the generator's settings, for a package that is rendered to a folder."""
    file = settings.generator
    config = Config.from_sources(file, MetaType.NONE, package, "utf-8", overwrite=False, output_path=package)
    return evolve(config, post_hooks=[])
