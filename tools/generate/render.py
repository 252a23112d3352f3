"""Render: the modules of a package from the templates."""

import contextlib
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import CodeType

from attrs import Factory, define
from jinja2.bccache import Bucket, BytecodeCache
from openapi_python_client import Project
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData

from tools.generate import prose
from tools.generate.fakes import Fake
from tools.generate.identity import identity_of
from tools.generate.load import PinnedDocument
from tools.generate.operations import Operation
from tools.generate.parse import refuse
from tools.generate.plan import Plan
from tools.openapi.settings import read_settings
from tools.package.marks import mark
from tools.paths import PACKAGE, SETTINGS, TEMPLATES


@define
class _Compiled(BytecodeCache):
    """The compiled templates, which are the same for all packages of a process."""

    _codes: dict[str, CodeType] = Factory(dict[str, CodeType])

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key] = bucket.code


_COMPILED = _Compiled()


def render(openapi: GeneratorData, config: Config, plan: Plan, pin: PinnedDocument, fakes: Sequence[Fake]) -> Project:
    """Write the modules that differ from document to document, each with its mark, into the folder of the settings.

    Returns:
        The generator's project.

    Raises:
        DocumentError: The generator refuses the document.
    """
    project = Project(openapi=openapi, config=config, custom_template_path=TEMPLATES)
    offered: dict[str, object] = {"plan": plan, "pin": pin.expressions, "prose": prose, "fakes": fakes}
    project.env.bytecode_cache = _COMPILED
    project.env.filters |= {
        "docstring": prose.docstring,
        "literal": prose.literal,
        "wrapped_literal": prose.wrapped_literal,
    }
    project.env.globals.update(offered)  # pyright: ignore[reportArgumentType, reportCallIssue]  # jinja2 infers too narrow a type
    with contextlib.redirect_stdout(io.StringIO()):  # it prints the scratch folder's name
        errors = project.build()
    if errors:
        raise refuse(errors[0])
    package = project.package_dir
    modules = {
        "__init__.pyi": "package_init.pyi",
        "models/__init__.pyi": "models_init.pyi",
        "pytest_plugin.py": "pytest_plugin.py",
        "testing.py": "testing.py",
        "transports.py": "transports.py",
        "images.py": "images.py",
    }
    for name, template in modules.items():
        if plan.images or name != "images.py":
            (package / name).write_text(project.env.get_template(f"{template}.jinja").render(), encoding="utf-8")
    for operation in plan.operations.values():
        _write_events(project, package / "api" / operation.tag, operation)
    for path in package.rglob("*.py*"):
        path.write_text(f"{project_mark()}{path.read_text(encoding='utf-8')}", encoding="utf-8")
    return project


def _write_events(project: Project, folder: Path, operation: Operation) -> None:
    """Write the modules of an operation's events, if it has some."""
    if (events := operation.events) is None:
        return
    modules = {events.module: "event_reader.py", **({events.alias_module: "events_module.py"} if events.alias else {})}
    for name, template in modules.items():
        content = project.env.get_template(f"{template}.jinja").render(operation=operation)
        (folder / f"{name}.py").write_text(content, encoding="utf-8")


@cache
def project_mark() -> str:
    """Return the mark of every generated module: it names this project, which has the templates."""
    project = identity_of(read_settings(SETTINGS), PACKAGE.name)
    return mark(project.product, project.version)
