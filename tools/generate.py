"""`make generate`: write the client package from the pinned document.

The package brings a manifest of its files. What was edited in it is not overwritten without `FORCE=1`, and what is
not of it stays.

Drives openapi-python-client as a library with the templates of this project. The
output depends on the document, `generator-config.yml` and `templates/` alone: the same
bytes every time, from any directory, without a network.
"""

import argparse
import ast
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from attrs import evolve, frozen
from openapi_python_client import Project
from openapi_python_client.config import ClassOverride, Config, ConfigFile, MetaType
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
from tools.generating.output import check_place, write
from tools.generating.view import view_of
from tools.header import commit_of
from tools.names import check_names, check_written
from tools.vendoring.errors import BlockedError, EditedError, PlaceError, shown
from tools.vendoring.manifest import MANIFEST, Manifest, sha256
from tools.vendoring.marks import mark

FORMAT = ("--line-length=120", "--target-version=py311")


@frozen
class PinnedDocument:
    """What the client is to know of the document that it is generated from.

    Attributes:
        sha256: The hash of its bytes.
        commit: The commit that its header names, if it names one.
    """

    sha256: str
    commit: str | None

    @property
    def expressions(self) -> dict[str, PythonCode]:
        """The values as Python writes them."""
        return {"sha256": PythonCode(repr(self.sha256)), "commit": PythonCode(repr(self.commit))}


def pin_of(spec: Path) -> PinnedDocument:
    """Read what the client is to know of a document."""
    content = spec.read_bytes()
    return PinnedDocument(sha256(content), commit_of(content.decode()))


def generate(spec: Path, out: Path, *, force: bool = False) -> tuple[str, ...]:
    """Write the package for the document `spec` to the folder `out`, in place of the package that is there.

    Nothing is changed unless all of it could be written.

    Args:
        spec: The document.
        out: The package's folder; it need not be there.
        force: Whether edits of the files that the manifest of the package there lists are discarded.

    Returns:
        What of the document the client leaves out, and what stayed in the folder or was removed, said in a line each.

    Raises:
        DocumentError: The document is invalid, or asks for what this client does not do.
        PlaceError: `out` holds something else than a package, an edited one, or cannot be written to.
    """
    place = Path(os.path.realpath(out))
    check_place(place)
    document = load(spec)
    check_references(document)
    view = view_of(document)
    pin = pin_of(spec)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            package = Path(scratch) / place.name
            project = render(view.document, pin, package)
            lay_out(package)
            files = _files(package, project, pin)
        return (*view.notes, *write(place, files, force=force))
    except OSError as error:
        raise PlaceError(f"{shown(error.filename or out)}: {error.strerror}; nothing was changed") from error


def _files(package: Path, project: Project, pin: PinnedDocument) -> dict[str, bytes]:
    """The contents of the whole package: what was rendered, what every client runs on, and the manifest."""
    files = {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*.py")}
    for module in (TEMPLATES / "_runtime").rglob("*.py"):
        files[module.relative_to(TEMPLATES).as_posix()] = _mark_of(project).encode() + module.read_bytes()
    files["py.typed"] = b""
    manifest = Manifest(
        version=project.version.get_untrusted_value(),
        pin_sha256=pin.sha256,
        pin_commit=pin.commit,
        generator=f"openapi-python-client=={metadata.version('openapi-python-client')}",
        files={path: sha256(content) for path, content in files.items()},
    )
    return {**files, MANIFEST: manifest.rendered()}


def _mark_of(project: Project) -> str:
    return mark(project.project_name, project.version.get_untrusted_value())


def render(document: Node, pin: PinnedDocument, package: Path) -> Project:
    """Write the modules of a package that depend on the document, not laid out yet.

    Args:
        document: The view of the document.
        pin: What the client is to know of it.
        package: The package's folder, which is made.

    Raises:
        DocumentError: The document asks for what this client does not do.
    """
    settings = ConfigFile.load_from_path(SETTINGS)
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", overwrite=False, output_path=package)
    config = evolve(config, post_hooks=[], class_overrides={**_other_names(), **config.class_overrides})
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
        "pin": pin.expressions,
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
    for name in ("transports", *(["images"] if images else [])):
        module = project.env.get_template(f"{name}.py.jinja").render()
        (package / f"{name}.py").write_text(module, encoding="utf-8")
    for path in package.rglob("*.py"):
        path.write_text(f"{_mark_of(project)}{path.read_text(encoding='utf-8')}", encoding="utf-8")
    return project


def _images(openapi: GeneratorData, operations: Operations) -> Images | None:
    """Where answers have their images, which has to be the same in all that have some."""
    endpoints = [endpoint for tag in openapi.endpoint_collections_by_tag.values() for endpoint in tag.endpoints]
    found = {images for endpoint in endpoints if (images := operations.plan(endpoint).images)}
    if len(found) > 1:
        raise DocumentError("x-usable-answer: more than one kind of answer has images, which is not supported")
    return next(iter(found), None)


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


def _other_names() -> dict[str, ClassOverride]:
    """Names for what the document calls as the client calls something of its own."""
    taken = {*_error_names(), *_imported_names(), *ROOT_NAMES, *IMAGE_NAMES}
    return {name: ClassOverride.model_validate({"class_name": f"{name}Model"}) for name in sorted(taken)}


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


def lay_out(folder: Path) -> None:
    """Drop the imports that a file turned out not to need, then sort the others and lay the code out."""
    # One after the other: an import that is sorted first stays in several lines, though one would do.
    for command in ("check --fix --select=F401", "check --fix --select=I,RUF022", "format"):
        ruff = [sys.executable, "-m", "ruff", *command.split(), "--quiet", *FORMAT, "--isolated", "--no-cache"]
        subprocess.run([*ruff, folder], check=True)


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
    """Run the command line; the exit status is 2 if the document or the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="generate", description="Write the client package from an OpenAPI document.")
    parser.add_argument("--spec", type=_path, default=PIN, help="the document (default: the pin)")
    parser.add_argument("--out", type=_path, default=PACKAGE, help="the package's folder")
    parser.add_argument("--force", action="store_true", help="discard edits of the files that the manifest there lists")
    arguments = parser.parse_args()
    try:
        notes = generate(arguments.spec, arguments.out, force=arguments.force)
    except BlockedError as error:
        way_out = "; FORCE=1 discards edits of listed files" if isinstance(error, EditedError) else ""
        for line in (*error.complaints, f"nothing was changed{way_out}"):
            print(f"generate: {line}", file=sys.stderr)
        return 2
    except (DocumentError, PlaceError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    for note in notes:
        print(f"generate: note: {note}", file=sys.stderr)
    print(f"generate: wrote {arguments.out}")
    return 0


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return Path(text)


if __name__ == "__main__":
    sys.exit(main())
