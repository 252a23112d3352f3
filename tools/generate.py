"""`make generate`: write the client package from the pinned document.

Drives openapi-python-client as a library with the templates of this project. The
output depends on the document, `generator-config.yml` and `templates/` alone: the same
bytes every time, from any directory, without a network.
"""

import argparse
import ast
import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from attrs import evolve
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from tools.document import DocumentError, Node, check_references, load, prepared
from tools.models import Models
from tools.operations import Operations, server_of

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
FORMAT = ("--line-length=120", "--target-version=py311")


def generate(spec: Path, out: Path) -> None:
    """Write the package for the document `spec` to the folder `out`, in place of what is there.

    Nothing is changed unless all of it could be written.

    Raises:
        DocumentError: The document is invalid, or asks for what this client does not do.
    """
    document = prepared(load(spec))
    check_references(document)
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch) / out.name
        _render(document, package)
        shutil.copytree(TEMPLATES / "_runtime", package / "_runtime", ignore=shutil.ignore_patterns("__pycache__"))
        (package / "py.typed").touch()
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(package, out)


def _render(document: Node, package: Path) -> None:
    settings = ConfigFile.load_from_path(ROOT / "generator-config.yml")
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", overwrite=False, output_path=package)
    config = evolve(config, post_hooks=[])
    openapi = GeneratorData.from_dict(dict(document), config=config)
    if isinstance(openapi, GeneratorError):
        raise _refusal(openapi)
    # The generator leaves out what it does not understand; here that is a failure.
    problems = [*openapi.errors]
    for collection in openapi.endpoint_collections_by_tag.values():
        problems += collection.parse_errors
    if problems:
        raise _refusal(problems[0])
    project = Project(openapi=openapi, config=config, custom_template_path=TEMPLATES)
    models = Models(document, openapi, config)
    offered: dict[str, object] = {
        "models": models,
        "operations": Operations(document, models, config),
        "server": server_of(document),
        "error_names": _error_names(),
    }
    project.env.globals.update(offered)  # pyright: ignore[reportArgumentType, reportCallIssue]  # jinja2 infers too narrow a type
    with contextlib.redirect_stdout(io.StringIO()):  # it prints the scratch folder's name
        errors = project.build()
    if errors:
        raise _refusal(errors[0])
    _format(package)


def _error_names() -> list[str]:
    """The public classes of the runtime's errors, which the package exports."""
    tree = ast.parse((TEMPLATES / "_runtime" / "errors.py").read_text(encoding="utf-8"))
    return [statement.name for statement in tree.body if isinstance(statement, ast.ClassDef)]


def _format(package: Path) -> None:
    """Drop the imports that a file turned out not to need, and lay the code out."""
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--fix", "--quiet", "--select=F401,I", *FORMAT], ["format", "--quiet", *FORMAT]):
        subprocess.run([*ruff, *command, "--isolated", "--no-cache", package], check=True)


def _refusal(error: GeneratorError) -> DocumentError:
    return DocumentError(" ".join(f"{error.header} {error.detail or ''}".split()))


def main() -> int:
    """Run the command line; the exit status is 2 where the document cannot be used."""
    parser = argparse.ArgumentParser(description="Write the client package from an OpenAPI document.")
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml", help="the document (default: the pin)")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "generated" / "image_variations", help="the package's folder"
    )
    arguments = parser.parse_args()
    try:
        generate(arguments.spec, arguments.out)
    except DocumentError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    print(f"generate: wrote {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
