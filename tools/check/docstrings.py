"""Public names without a docstring, which ruff does not look for in private packages, and docstrings without a verb."""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from tools.check.files import committed_files

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_NO_VERBS = frozenset(
    (
        *(
            "a",
            "all",
            "an",
            "any",
            "each",
            "every",
            "for",
            "in",
            "its",
            "no",
            "of",
            "one",
            "some",
            "that",
            "the",
            "these",
        ),
        *("this", "those", "how", "what", "where", "whether", "which", "who", "whose", "why"),
    )
)
"""Words that a noun phrase begins with, and a command does not."""
_VERB = re.compile(r"(?!\w+(?:[^s]s|ing)\b)[A-Z][a-z]+\b")
"""A word that may be a command: no plural, no participle, no name and no code."""


def bare_names(root: Path) -> list[str]:
    """Return a complaint for each public name and test that no docstring describes."""
    return [
        f"{path}:{line}: {name} needs a docstring"
        for path in committed_files(root, "*.py")
        for line, name in undocumented(path.read_text(encoding="utf-8"))
    ]


def without_verb(modules: Iterable[Path]) -> list[str]:
    """Return a complaint for each function of some modules with a docstring that does not begin with a verb."""
    return [
        f"{path}:{line}: the docstring of {name} has to begin with a verb, such as Return"
        for path in modules
        for line, name in noun_phrases(path.read_text(encoding="utf-8"))
    ]


def noun_phrases(source: str) -> list[tuple[int, str]]:
    """Return the functions with a docstring that begins like a noun phrase: line and name of each."""
    return sorted(
        (function.lineno, function.name)
        for function in ast.walk(ast.parse(source))
        if isinstance(function, _Function) and not _is_property(function)
        if (text := ast.get_docstring(function)) and not _begins_with_verb(text)
    )


def _begins_with_verb(text: str) -> bool:
    word = _VERB.match(text)
    return word is not None and word[0].lower() not in _NO_VERBS


def _is_property(function: _Function) -> bool:
    names = {decorator.id for decorator in function.decorator_list if isinstance(decorator, ast.Name)}
    return not names.isdisjoint({"property", "cached_property"})


def undocumented(source: str) -> list[tuple[int, str]]:
    """Return the module, and its public classes, functions and methods, that have no docstring: line and name of each.

    A method needs none that overrides a documented one of a class in the same module.
    """
    module = ast.parse(source)
    classes = {statement.name: statement for statement in module.body if isinstance(statement, ast.ClassDef)}
    found = [(1, "the module")] if not ast.get_docstring(module) else []
    for name, described, owner in _public(module):
        inherited = owner is not None and any(name in _documented(base) for base in _bases(owner, classes))
        if not ast.get_docstring(described) and not inherited:
            found.append((described.lineno, name))
    return found


def _public(
    owner: ast.Module | ast.ClassDef,
) -> Iterator[tuple[str, ast.ClassDef | _Function, ast.ClassDef | None]]:
    """Yield each public class and function of a module or class, with the class that it belongs to."""
    for statement in owner.body:
        if not isinstance(statement, ast.ClassDef | _Function) or statement.name.startswith("_"):
            continue
        yield statement.name, statement, owner if isinstance(owner, ast.ClassDef) else None
        if isinstance(statement, ast.ClassDef):
            yield from _public(statement)


def _bases(owner: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    direct = [classes[base.id] for base in owner.bases if isinstance(base, ast.Name) and base.id in classes]
    yield from chain(direct, *(_bases(base, classes) for base in direct))


def _documented(owner: ast.ClassDef) -> set[str]:
    return {name for name, described, _ in _public(owner) if ast.get_docstring(described)}
