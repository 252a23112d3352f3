"""The way from a document to a package: load, parse, plan, render, format, copy, write.

The package brings a manifest of its files. What was edited in it is not overwritten without `FORCE=1`, and what does
not belong to it stays. The output depends on the document, `generator-config.yml` and `templates/` alone: the same
bytes every time, from any directory, without a network.
"""

import os
import tempfile
from importlib import metadata
from pathlib import Path

from openapi_python_client import Project

from tools.generate.copy import copy_runtime
from tools.generate.format import format_modules
from tools.generate.load import Contract, PinnedDocument, load_contract
from tools.generate.parse import parse
from tools.generate.plan import Plan, avoid_own_names, plan_package
from tools.generate.render import mark_of, render
from tools.generate.write import check_place, write
from tools.openapi.document import Node
from tools.openapi.settings import generator_config
from tools.package.errors import PlaceError, show
from tools.package.manifest import MANIFEST, Manifest, sha256
from tools.paths import TEMPLATES


def generate(spec: Path, out: Path, *, force: bool = False) -> tuple[str, ...]:
    """Write the package for the document `spec` to the folder `out`, in place of the package that is there.

    Nothing is changed unless all of it could be written.

    Args:
        spec: The document.
        out: The package's folder; it need not be there.
        force: Whether edits of the files that the manifest of the package there lists are discarded.

    Returns:
        A line for each thing that the client leaves out of the document, and for what stayed in the folder or was
        removed from it.

    Raises:
        DocumentError: The document is invalid, or asks for what this client does not do.
        PlaceError: `out` holds something else than a package, an edited one, or cannot be written to.
    """
    place = Path(os.path.realpath(out))
    check_place(place)
    contract = load_contract(spec)
    try:
        files = _make_package(contract, place.name)
        return (*contract.notes, *write(place, files, force=force))
    except OSError as error:
        raise PlaceError(f"{show(error.filename or out)}: {error.strerror}; nothing was changed") from error


def _make_package(contract: Contract, name: str) -> dict[str, bytes]:
    """Return the contents of the package of a document by their paths, its manifest included."""
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch) / name
        project, _ = render_package(contract.document, contract.pin, package)
        format_modules(package)
        files = {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*.py")}
    files |= {**copy_runtime(TEMPLATES, files, mark_of(project)), "py.typed": b""}
    return {**files, MANIFEST: _manifest_of(files, project, contract.pin).rendered()}


def render_package(document: Node, pin: PinnedDocument, package: Path) -> tuple[Project, Plan]:
    """Write the modules of a package that differ from document to document, not formatted yet.

    Args:
        document: The view of the document.
        pin: The identity of the document.
        package: The package's folder, which is made.

    Returns:
        The generator's project, and the plan of the package.

    Raises:
        DocumentError: The document asks for what this client does not do.
    """
    config = avoid_own_names(generator_config(package))
    openapi = parse(document, config)
    plan = plan_package(document, openapi, config)
    return render(openapi, config, plan, pin, package), plan


def _manifest_of(files: dict[str, bytes], project: Project, pin: PinnedDocument) -> Manifest:
    return Manifest(
        version=project.version.get_untrusted_value(),
        pin_sha256=pin.sha256,
        pin_commit=pin.commit,
        generator=f"openapi-python-client=={metadata.version('openapi-python-client')}",
        files={path: sha256(content) for path, content in files.items()},
    )
