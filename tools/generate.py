"""`make generate`: write the client package from the pinned document.

Drives openapi-python-client as a library with the templates of this project. The
output depends on the document, `generator-config.yml` and `templates/` alone: the same
bytes every time, from any directory, without a network.
"""

import argparse
import ast
import contextlib
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from attrs import evolve, frozen
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema import OpenAPI
from openapi_python_client.strings import PythonCode
from pydantic import ValidationError

from tools.checkout import PACKAGE, PIN, SETTINGS, TEMPLATES
from tools.document import DocumentError, Node, check_references, load
from tools.generating import prose
from tools.generating.models import Models
from tools.generating.operations import Images, Operations, server_of
from tools.generating.view import view_of
from tools.header import commit_of
from tools.names import check_names, check_written

FORMAT = ("--line-length=120", "--target-version=py311")


class PlaceError(Exception):
    """The package cannot be written there; the message is one line that says where and why."""


def generate(spec: Path, out: Path) -> tuple[str, ...]:
    """Write the package for the document `spec` to the folder `out`, in place of the package that is there.

    Nothing is changed unless all of it could be written.

    Returns:
        What of the document the client leaves out, said in a line each.

    Raises:
        DocumentError: The document is invalid, or asks for what this client does not do.
        PlaceError: `out` holds something else than a package, or cannot be written to.
    """
    out = out.resolve()
    _check_place(out)
    document = load(spec)
    check_references(document)
    view = view_of(document)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            package = Path(scratch) / out.name
            _render(view.document, pin_of(spec), package)
            shutil.copytree(TEMPLATES / "_runtime", package / "_runtime", ignore=shutil.ignore_patterns("__pycache__"))
            (package / "py.typed").touch()
            _replace(out, package)
    except OSError as error:
        raise PlaceError(f"{error.filename or out}: {error.strerror}") from error
    return view.notes


def _check_place(out: Path) -> None:
    """Refuse to delete what was not generated."""
    if out.is_dir() and any(out.iterdir()) and not (out / "_runtime").is_dir():
        raise PlaceError(f"{out}: is not empty and holds no generated client; name a folder of its own")
    if out.exists() and not out.is_dir():
        raise PlaceError(f"{out}: is not a folder")


def _replace(out: Path, package: Path) -> None:
    """Put a package in the place of what is there, by renaming: what cannot be written whole changes nothing."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
        fresh = shutil.copytree(package, Path(beside) / "new")
        if out.exists():
            out.rename(Path(beside) / "old")
        fresh.rename(out)


@frozen
class PinnedDocument:
    """The expressions of what the client is to know of the document that it is generated from."""

    sha256: PythonCode
    commit: PythonCode


def pin_of(spec: Path) -> PinnedDocument:
    """The hash of a document's bytes, and the commit that its header names."""
    content = spec.read_bytes()
    commit = commit_of(content.decode())
    return PinnedDocument(PythonCode(repr(hashlib.sha256(content).hexdigest())), PythonCode(repr(commit)))


def _render(document: Node, pin: PinnedDocument, package: Path) -> None:
    settings = ConfigFile.load_from_path(SETTINGS)
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", overwrite=False, output_path=package)
    config = evolve(config, post_hooks=[])
    _check_structure(document)
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
    operations = Operations(document, models, config)
    _check_names(openapi, models, operations)
    images = _images(openapi, operations)
    offered: dict[str, object] = {
        "models": models,
        "operations": operations,
        "images": images,
        "pin": pin,
        "server": server_of(document),
        "error_names": _error_names(),
        "root_names": ROOT_NAMES,
        "image_names": IMAGE_NAMES,
        "prose": prose,
    }
    project.env.filters |= {"docstring": prose.docstring, "literal": prose.literal}
    project.env.globals.update(offered)  # pyright: ignore[reportArgumentType, reportCallIssue]  # jinja2 infers too narrow a type
    with contextlib.redirect_stdout(io.StringIO()):  # it prints the scratch folder's name
        errors = project.build()
    if errors:
        raise _refusal(errors[0])
    if images is not None:
        module = project.env.get_template("images.py.jinja").render()
        (package / "images.py").write_text(module, encoding="utf-8")
    for path in package.rglob("*.py"):
        path.write_text(f"{_HEADER}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    _format(package)


def _images(openapi: GeneratorData, operations: Operations) -> Images | None:
    """Where answers have their images, which has to be the same in all that have some."""
    endpoints = [endpoint for tag in openapi.endpoint_collections_by_tag.values() for endpoint in tag.endpoints]
    found = {images for endpoint in endpoints if (images := operations.plan(endpoint).images)}
    if len(found) > 1:
        raise DocumentError("x-usable-answer: more than one kind of answer has images, which is not supported")
    return next(iter(found), None)


_HEADER = "# Generated from the OpenAPI document by `make generate`, which discards edits."

ROOT_NAMES = {
    **dict.fromkeys(("Client", "PIN"), ".client"),
    **dict.fromkeys(("Attempt", "File", "FileContent", "FileInput", "Outcome", "Pin", "Response"), ".types"),
}
"""What the package exports whatever its document, and from where."""

IMAGE_NAMES = {**dict.fromkeys(("fetch_image", "save_images"), ".images"), "StreamedImage": ".types"}
"""What it exports beside that, where answers have images."""


def _error_names() -> list[str]:
    """The public classes of the runtime's errors, which the package exports."""
    tree = ast.parse((TEMPLATES / "_runtime" / "errors.py").read_text(encoding="utf-8"))
    return [statement.name for statement in tree.body if isinstance(statement, ast.ClassDef)]


def _check_names(openapi: GeneratorData, models: Models, operations: Operations) -> None:
    by_tag = openapi.endpoint_collections_by_tag
    classes = {found.name: found.module for found in models.exported()}
    plans = [operations.plan(endpoint) for collection in by_tag.values() for endpoint in collection.endpoints]
    functions = [name for plan in plans for name in plan.functions]
    check_written([*by_tag, *classes, *classes.values(), *functions, *(plan.module for plan in plans)])
    check_names(classes, functions, {*_error_names(), *_imported_names(), *ROOT_NAMES, *IMAGE_NAMES})


def _imported_names() -> set[str]:
    """What the templates import, whatever the document: nothing of the document's can have such a name."""
    lines = [line for path in TEMPLATES.glob("*.jinja") for line in path.read_text(encoding="utf-8").splitlines()]
    imports = [line for line in lines if line.startswith(("from ", "import ")) and not line.endswith(("}}", "("))]
    tree = ast.parse("\n".join(imports))
    statements = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {alias.name for statement in statements for alias in statement.names}


def _format(package: Path) -> None:
    """Drop the imports that a file turned out not to need, then sort the others and lay the code out."""
    # One after the other: an import that is sorted first stays in several lines, though one would do.
    for command in ("check --fix --select=F401", "check --fix --select=I,RUF022", "format"):
        ruff = [sys.executable, "-m", "ruff", *command.split(), "--quiet", *FORMAT, "--isolated", "--no-cache"]
        subprocess.run([*ruff, package], check=True)


def _check_structure(document: Node) -> None:
    """Refuse what is not an OpenAPI document, by its first mistake: the generator's account of them all is long."""
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(str(step) for step in first["loc"] if step not in ("ref", "other"))
        raise DocumentError(f"{place}: {first['msg']}") from error


def _refusal(error: GeneratorError) -> DocumentError:
    """What the generator cannot do, in one line, without its own objects and what follows for it."""
    text = re.sub(r"<openapi_python_client\.\S+ object at \w+>", "this", f"{error.header} {error.detail or ''}")
    text = text.partition("Failure to process schema")[0].removeprefix("WARNING parsing ")
    text = text.replace(" Unable to parse this part of your OpenAPI document: ", "").replace(" | Unset", "")
    text = text.replace("Invalid property in union this", "a union cannot hold itself, nor what is not supported")
    text = text.replace("Properties this and this have", "two properties have")
    text = re.sub(r" within \S+\.( Endpoint will not be generated\.)?", ":", text)
    return DocumentError(" ".join(text.split()).rstrip(":"))


def main() -> int:
    """Run the command line; the exit status is 2 where the document or the folder cannot be used."""
    parser = argparse.ArgumentParser(description="Write the client package from an OpenAPI document.")
    parser.add_argument("--spec", type=Path, default=PIN, help="the document (default: the pin)")
    parser.add_argument("--out", type=Path, default=PACKAGE, help="the package's folder")
    arguments = parser.parse_args()
    try:
        notes = generate(arguments.spec, arguments.out)
    except (DocumentError, PlaceError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    for note in notes:
        print(f"generate: note: {note}", file=sys.stderr)
    print(f"generate: wrote {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
