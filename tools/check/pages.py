"""The pages that a developer reads: whether the files, names and targets that they mention are there."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.check.architecture import PAGE
from tools.check.files import committed_files

_RUNTIME = Path("templates") / "_runtime"

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")
_SPAN = re.compile(r"`([^`]+)`")
_BLOCK = re.compile(r"\n\n|\n(?=\| |- |\d+\. )")
"""Where a paragraph, a row of a table or an item of a list ends."""

_FILE = re.compile(r"[\w.*-]*(?:/[\w.*-]*)+|[\w-]+\.(?:md|py|toml|yaml|yml)|Makefile")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_COMMAND = re.compile(r"make ([a-z][a-z-]*)(?: ROOM=([\w/]+))?(?: .*)?")


def stale_pages(root: Path) -> list[str]:
    """Return a complaint for each link of a page, and for each code span of two of them, that leads nowhere."""
    complaints: list[str] = []
    for page in committed_files(root, "*.md"):
        text = _FENCE.sub("", page.read_text(encoding="utf-8"))
        lost = [link for link in _LINK.findall(text) if not (page.parent / link).exists()]
        if page in (root / PAGE, root / "CONTRIBUTING.md"):
            lost += lost_spans(root, text, has_names=page == root / PAGE)
        complaints += [f"{page}: mentions {name}, which is not there" for name in lost]
    return complaints


def lost_spans(root: Path, text: str, *, has_names: bool) -> list[str]:
    """Return the code spans of a page that lead nowhere.

    A path starts at the root or in `templates/_runtime/`. A name must be defined in a file of the same paragraph, row
    or item. A command is a target of make, with a folder of tests as its `ROOM`.

    Args:
        root: The checkout.
        text: The page.
        has_names: Whether spans that look like names are looked for.
    """
    lost: list[str] = []
    for block in _BLOCK.split(text):
        spans = [" ".join(span.split()) for span in _SPAN.findall(block)]
        files = {span: _files(root, span) for span in spans if _FILE.fullmatch(span)}
        names = set(_definitions(file for found in files.values() for file in found if file.suffix == ".py"))
        for span in spans:
            if span in files:
                is_there = bool(files[span])
            elif command := _COMMAND.fullmatch(span):
                is_there = command[1] in _targets(root) and (root / "tests" / (command[2] or "")).is_dir()
            else:
                is_there = not (has_names and _NAME.fullmatch(span)) or span in names
            lost += [] if is_there else [span]
    return lost


def _files(root: Path, span: str) -> list[Path]:
    return [file for base in (root, root / _RUNTIME) for file in base.glob(span.rstrip("/"))]


def _targets(root: Path) -> list[str]:
    return re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def _definitions(files: Iterable[Path]) -> Iterator[str]:
    """Yield the classes, functions and constants of modules, and the members of classes with and without the class."""
    for file in files:
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            for name in _names(statement):
                yield name
                if isinstance(statement, ast.ClassDef):
                    members = [member for part in statement.body for member in _names(part)]
                    yield from members
                    yield from (f"{name}.{member}" for member in members)


def _names(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []
