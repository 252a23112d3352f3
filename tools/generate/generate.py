"""The way from a document to a package: load, parse, plan, render, format, copy, write.

The package brings a manifest of its files. What was edited in it is not overwritten without `FORCE=1`, and what does
not belong to it stays. The output depends on the document, the settings, the folder's name and `templates/` alone: the
same bytes every time, from any directory, without a network.
"""

import os
import tempfile
from importlib import metadata
from pathlib import Path

from openapi_python_client import Project
from openapi_python_client.config import Config

from tools.generate.copy import copy_runtime
from tools.generate.fakes import fakes_of
from tools.generate.format import drop_unused_imports, lay_out
from tools.generate.identity import Identity, identity_of
from tools.generate.load import Contract, PinnedDocument, load_contract
from tools.generate.parse import parse
from tools.generate.plan import Plan, avoid_own_names, plan_package
from tools.generate.render import project_mark, render
from tools.generate.write import check_place, write
from tools.openapi.document import Node, depth_guard
from tools.openapi.settings import Settings, generator_config, read_settings
from tools.package.errors import PlaceError, show
from tools.package.manifest import MANIFEST, Manifest, sha256
from tools.paths import PACKAGE, SETTINGS, TEMPLATES


def generate(spec: Path, out: Path, *, config: Path | None = None, force: bool = False) -> tuple[str, ...]:
    """Write the package for the document `spec` to the folder `out`, in place of the package that is there.

    Nothing is changed unless all of it could be written.

    Args:
        spec: The document.
        out: The package's folder; it need not be there.
        config: The settings. By default those of this project for its own package, and those that the name of the
            folder gives for any other.
        force: Whether edits of the files that the manifest of the package there lists are discarded.

    Returns:
        A line for each thing that the client leaves out of the document, and for what stayed in the folder or was
        removed from it.

    Raises:
        DocumentError: The document or the settings are invalid, or ask for what this client does not do.
        PlaceError: `out` holds something else than a package, an edited one, or cannot be written to.
    """
    place = Path(os.path.realpath(out))
    check_place(place)
    config = SETTINGS if config is None and place == Path(os.path.realpath(PACKAGE)) else config
    settings = read_settings(config) if config else Settings()
    contract = load_contract(spec)
    try:
        notes = [*contract.notes]
        files = _make_package(contract, settings, place.name, notes)
        return (*notes, *write(place, files, force=force))
    except OSError as error:
        raise PlaceError(f"{show(error.filename or out)}: {error.strerror}; nothing was changed") from error


def _make_package(contract: Contract, settings: Settings, name: str, notes: list[str]) -> dict[str, bytes]:
    """Return the contents of the package of a document by their paths, its manifest included."""
    identity = identity_of(settings, name)
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch) / name
        config = generator_config(settings, package)
        render_package(contract.source, contract.document, contract.pin, config, identity, notes)
        drop_unused_imports(package)
        runtime = copy_runtime(TEMPLATES, _modules_of(package), project_mark(), identity.base_error)
        for path, content in runtime.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_bytes(content)
        lay_out(package)
        files = {**_modules_of(package), "py.typed": b""}
    return {**files, MANIFEST: _manifest_of(files, identity, contract.pin).rendered()}


def _modules_of(package: Path) -> dict[str, bytes]:
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*.py*")}


@depth_guard()
def render_package(
    source: Node, document: Node, pin: PinnedDocument, config: Config, identity: Identity, notes: list[str]
) -> tuple[Project, Plan]:
    """Write the modules of a package that differ from document to document, not formatted yet.

    Args:
        source: The document.
        document: The view of it that the generator gets.
        pin: The identity of the document.
        config: The generator's settings, with the package's folder, which is made.
        identity: What the client calls itself.
        notes: Gets a line for what is left out of the document here.

    Returns:
        The generator's project, and the plan of the package.

    Raises:
        DocumentError: The document asks for what this client does not do.
    """
    config = avoid_own_names(config, identity)
    openapi = parse(document, config, notes)
    plan = plan_package(document, openapi, config, identity)
    return render(openapi, config, plan, pin, fakes_of(source, plan)), plan


def _manifest_of(files: dict[str, bytes], identity: Identity, pin: PinnedDocument) -> Manifest:
    return Manifest(
        version=identity.version,
        pin_sha256=pin.sha256,
        pin_commit=pin.commit,
        generator=f"openapi-python-client=={metadata.version('openapi-python-client')}",
        files={path: sha256(content) for path, content in files.items()},
    )
