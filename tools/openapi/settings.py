"""The settings of openapi-python-client, which decide how names of the document become names in Python."""

from pathlib import Path

from attrs import evolve
from openapi_python_client.config import Config, ConfigFile, MetaType

from tools.paths import SETTINGS


def generator_config(package: Path) -> Config:
    """Read the settings, for a package that is rendered to a folder."""
    settings = ConfigFile.load_from_path(SETTINGS)
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", overwrite=False, output_path=package)
    return evolve(config, post_hooks=[])
