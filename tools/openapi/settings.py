"""The settings of a client: how names of the document become names in Python, and what the client calls itself."""

from pathlib import Path

from attrs import evolve
from openapi_python_client.config import Config, ConfigFile, MetaType
from pydantic import ConfigDict, ValidationError

from tools.openapi.document import DocumentError, load


class Settings(ConfigFile):
    """A file of settings: those of openapi-python-client, and our own.

    Attributes:
        base_error: The class that every error of the client is derived from.
        environment: What the names of its environment variables begin with.
        retired: Why the document's server no longer has the operations, if it does not.
    """

    model_config = ConfigDict(extra="forbid")

    package_version_override: str | None = "0.1.0"
    literal_enums: bool = True
    base_error: str | None = None
    environment: str | None = None
    retired: str | None = None


def read_settings(path: Path) -> Settings:
    """Read a file of settings.

    Raises:
        DocumentError: There is none, or it has an entry that is unknown or of another type.
    """
    entries = load(path)
    try:
        settings = Settings.model_validate(entries)
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if not settings.literal_enums:
        raise DocumentError(f"{path}: literal_enums: must be true, because the templates know no other enums")
    return settings


def generator_config(settings: Settings, package: Path) -> Config:
    """Return the generator's settings, for a package that is rendered to a folder."""
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", overwrite=False, output_path=package)
    return evolve(config, post_hooks=[])
