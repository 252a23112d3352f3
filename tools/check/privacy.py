"""Names with a leading underscore that belong to another package: any release of it may rename them.

What a package defines itself is its own, wherever it is read on `self` or `cls`. On another object, and in a string
as `getattr` and `operator.attrgetter` take them, a name must be one of the same module: a name of the package's own
elsewhere says nothing of the object at hand.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_PRIVATE = re.compile(r"_(?!_)\w*[^\W_]\w*")
"""A name with one leading underscore; `__name__` and `_` are everybody's."""

_DOCUMENTED = frozenset({"_asdict", "_fields", "_field_defaults", "_make", "_replace"})
"""What Python's documentation gives every named tuple."""

_PATH = re.compile(r"[\w.]+")


def borrowed_names(package: Path) -> list[str]:
    """Return a complaint for each private name of another package that a package reads."""
    return [
        f"{path}:{line}: {name} is another package's private name: any release of it may change that"
        for path, line, name in foreign_names(package)
    ]


def foreign_names(package: Path) -> list[tuple[Path, int, str]]:
    """Return the private names of other packages that the modules of a package read: path, line and name of each."""
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))}
    files = _DOCUMENTED | {part for path in modules for part in path.relative_to(package).with_suffix("").parts}
    own = {path: set(_definitions(module)) | files for path, module in modules.items()}
    of_package = set[str]().union(*own.values())
    found = [
        (path, line, name) for path, module in modules.items() for line, name in _foreign(module, own[path], of_package)
    ]
    return sorted(found)


def _definitions(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines, attributes of `self` and `cls` among them."""
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.ImportFrom(names=names) if node.level:
                yield from (alias.asname for alias in names if alias.asname)
            case _:
                pass


def _foreign(module: ast.Module, own: set[str], of_package: set[str]) -> Iterator[tuple[int, str]]:
    imported = set(_imported(module))
    documentation = {id(text) for text in _docstrings(module)}
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names if _private_parts(alias.name))
            case ast.ImportFrom(module=source, names=names, level=0):
                paths = [f"{source}.{alias.name}" for alias in names]
                yield from ((node.lineno, path) for path in paths if _private_parts(path))
            case ast.Attribute(value=value, attr=name) if _PRIVATE.fullmatch(name):
                root = _root(value)
                is_own = name in (of_package if root in ("self", "cls") and isinstance(value, ast.Name) else own)
                if not is_own or root in imported:
                    yield node.lineno, name
            case ast.MatchClass(kwd_attrs=names):
                yield from ((node.lineno, name) for name in names if _private_parts(name) - own)
            case ast.Constant(value=str(text)) if id(node) not in documentation and _PATH.fullmatch(text):
                if _private_parts(text) - own:
                    yield node.lineno, text
            case _:
                pass


def _private_parts(path: str) -> set[str]:
    return {part for part in path.split(".") if _PRIVATE.fullmatch(part)}


def _root(node: ast.expr) -> str:
    """Return the name that an expression begins with, if it begins with one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _imported(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module has from other packages."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _docstrings(module: ast.Module) -> Iterator[ast.expr]:
    """Yield the strings that stand by themselves: they describe, and nothing reads them."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr):
            yield node.value
