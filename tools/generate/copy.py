"""Copy: the modules that every client has, as they are but for their mark and the name of their base error."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from tools.generate.identity import BASE_ERROR

RUNTIME = "_runtime"


def copy_runtime(templates: Path, rendered: Mapping[str, bytes], mark: str, base_error: str) -> dict[str, bytes]:
    """Return the modules of `_runtime/` that a package needs, by their paths in the package.

    Args:
        templates: The folder that holds `_runtime/`.
        rendered: The other modules of the package. A module that none of them imports, if through others, is left out.
        mark: What each module begins with.
        base_error: What the client calls the class that every error is derived from.
    """
    modules = {
        path.relative_to(templates).as_posix(): path.read_bytes() for path in (templates / RUNTIME).rglob("*.py")
    }
    needed = reachable(rendered, modules)
    return {path: mark.encode() + _renamed(modules[path], base_error) for path in sorted(needed)}


def _renamed(content: bytes, base_error: str) -> bytes:
    return re.sub(rf"\b{BASE_ERROR}\b".encode(), base_error.encode(), content)


def reachable(roots: Mapping[str, bytes], modules: Mapping[str, bytes]) -> set[str]:
    """Return the paths of the modules that some modules import, if through others."""
    found: set[str] = set()
    waiting = [name for path, content in roots.items() for name in _imports(path, content)]
    while waiting:
        name = waiting.pop()
        for path in (f"{name}.py", f"{name}/__init__.py"):
            if path in modules and path not in found:
                found.add(path)
                waiting += [*_imports(path, modules[path]), PurePosixPath(name).parent.as_posix()]
    return found


@functools.cache  # the modules of the runtime are parsed once, however many packages a process generates
def _imports(path: str, content: bytes) -> Iterable[str]:
    """Return the paths that a module's relative imports may mean, without their suffix."""
    return tuple(_read_imports(path, content))


def _read_imports(path: str, content: bytes) -> Iterator[str]:
    folders = PurePosixPath(path).parents
    for statement in ast.walk(ast.parse(content)):
        if isinstance(statement, ast.ImportFrom) and statement.level:
            folder = folders[statement.level - 1]
            module = folder.joinpath(*(statement.module or "").split(".")) if statement.module else folder
            yield module.as_posix()
            yield from ((module / alias.name).as_posix() for alias in statement.names)
