"""The contents of the distributions: metadata, type marker, licence, and no file that does not belong there."""

import re
import tarfile
import zipfile
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path

from tools.check.files import files_in

PACKAGE = "image_variations"
PACKAGES = (("generated", PACKAGE), ("cli", "image_variations_cli"))
"""The packages of the distributions, each with its folder in a checkout."""
_METADATA = frozenset({"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"})
_SOURCES = frozenset({".gitignore", "LICENSE", "PKG-INFO", "README.md", "openapi.yaml", "pyproject.toml"})


def faults_of(wheel: Path, source: Path, root: Path) -> list[str]:
    """Return a line for each fault of the distributions of a checkout."""
    packages = {f"{folder}/{package}": root / folder / package for folder, package in PACKAGES}
    beside = {f"{path}/{name}": part for path, folder in packages.items() for name, part in files_in(folder).items()}
    installed = {name.partition("/")[2]: content for name, content in beside.items()}
    in_wheel, in_source = contents_of_wheel(wheel), contents_of_source(source)
    information = {name for name in in_wheel if ".dist-info/" in name}
    metadata = {name.partition(".dist-info/")[2] for name in information}
    licence = (root / "LICENSE").read_bytes()
    faults = [
        *_differences({name: part for name, part in in_wheel.items() if name not in information}, installed),
        *(f"{name}: is missing in the metadata" for name in sorted(_METADATA - metadata)),
        *(f"{name}: does not belong into the metadata" for name in sorted(metadata - _METADATA)),
        *(f"{name}: is not the licence" for name in information if name.endswith("LICENSE") and in_wheel[name] != licence),
    ]
    found = [f"{wheel.name}: {fault}" for fault in [*faults, *metadata_faults(metadata_of(wheel), root)]]
    others = {name: content for name, content in in_source.items() if name not in _SOURCES}
    faults = [
        *_differences(others, beside),
        *(f"{name}: is missing" for name in sorted(_SOURCES - in_source.keys() - {".gitignore"})),
    ]
    return [*found, *(f"{source.name}: {fault}" for fault in faults)]


def _differences(found: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    return [
        *(f"{name}: is missing" for name in sorted(wanted.keys() - found.keys())),
        *(f"{name}: does not belong there" for name in sorted(found.keys() - wanted.keys())),
        *(f"{name}: is another file" for name in sorted(found.keys() & wanted.keys()) if found[name] != wanted[name]),
    ]


def contents_of_wheel(path: Path) -> dict[str, bytes]:
    """Return the files of a wheel."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def contents_of_source(path: Path) -> dict[str, bytes]:
    """Return the files of a source distribution by their paths in its folder."""
    found: dict[str, bytes] = {}
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if (file := archive.extractfile(member)) is not None:
                found[member.name.partition("/")[2]] = file.read()
    return found


def metadata_of(wheel: Path) -> Message:
    """Return the metadata of a wheel."""
    [content] = [part for name, part in contents_of_wheel(wheel).items() if name.endswith(".dist-info/METADATA")]
    return BytesParser(policy=compat32).parsebytes(content)


def metadata_faults(metadata: Message, root: Path) -> list[str]:
    """Return a line for each field of the metadata that is missing or wrong."""
    init = (root / "generated" / PACKAGE / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.*)"$', init, re.MULTILINE)
    wanted = {
        "Name": "image-variations",
        "Version": version[1] if version else None,
        "License-Expression": "MIT",
        "License-File": "LICENSE",
        "Requires-Python": ">=3.11",
        "Description-Content-Type": "text/markdown",
    }
    classifiers = metadata.get_all("Classifier") or []
    return [
        *(f"{name}: is {metadata[name]}, and has to be {value}" for name, value in wanted.items() if metadata[name] != value),
        *([] if "Typing :: Typed" in classifiers else ["Classifier: Typing :: Typed is missing"]),
        *([] if str(metadata.get_payload()).strip() else ["the description is missing"]),
    ]


def oldest_of(metadata: Message) -> list[str]:
    """Return the dependencies as constraints to their oldest versions."""
    required = [text for text in metadata.get_all("Requires-Dist") or [] if ";" not in text]
    return [re.sub(r"^([\w.-]+)>=([\w.]+).*$", r"\1==\2", text) for text in required]
