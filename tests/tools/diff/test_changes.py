"""docs/changes.md, the table of what `make diff` calls a change: each cell, and whether the table is whole."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tools.diff.changes import NOTHING, SAME, Row, document, operation_of, rows, words_of
from tools.generate.generate import generate
from tools.openapi.document import Node
from tools.openapi.walk import EXTENSIONS, FIELDS

ROWS = list(rows())


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.section} {row.keyword}" for row in ROWS])
def test_each_cell_of_the_page_is_what_make_diff_says(row: Row) -> None:
    """Whom a change breaks, and how it is told, in each column."""
    told = {column: words_of(row.changes(column)) for column in row.cells}
    assert told == {column: NOTHING if cell == SAME else cell for column, cell in row.cells.items()}


ELSEWHERE = {
    "document": "its parts have tables of their own",
    "info": "prose",
    "tag": "prose",
    "header": "the client reads the names of headers alone",
    "scheme": "as a requirement names it",
    "flow": "the caller gets the token",
    "components": "what refers to them has them",
    "requirement": "its names are the document's own",
}
"""Kinds of objects without a row for each of their fields, and why."""

_HOLDERS = frozenset({"operation", "path"})
"""Kinds whose fields are methods, or objects with tables of their own, too."""


def test_every_keyword_of_a_pin_has_a_row() -> None:
    """What a pin can have, another pin can have otherwise, and the page says what that means."""
    known = {row.keyword for row in ROWS}
    kinds = FIELDS.keys() - ELSEWHERE.keys()
    missing = {
        (kind, name)
        for kind in kinds
        for name in FIELDS[kind].keys() - known - {EXTENSIONS}
        if not (kind in _HOLDERS and FIELDS[kind][name] != "value")
    }
    assert missing == set()


def test_a_change_is_told_in_both_directions() -> None:
    """For each row there is the one that takes it back."""
    told = {(row.section, row.keyword, row.before, row.after) for row in ROWS}
    assert all((section, keyword, after, before) in told for section, keyword, before, after in told)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The code of two clients by its modules, one of what stands before and one of what stands after.

    The operations are those of which `make diff` says nothing.
    """
    unsaid = [(row, column) for row in ROWS for column, cell in row.cells.items() if cell == NOTHING]
    sides: list[Mapping[str, str]] = []
    for name in ("before", "after"):
        operations: dict[str, Node] = {}
        for number, (row, column) in enumerate(unsaid):
            text = row.before if name == "before" else row.after
            operations[f"do_{number}"] = operation_of(row.section, text, column)
        folder = tmp_path_factory.mktemp(name)
        (folder / "things.json").write_text(json.dumps(document(operations)))
        generate(folder / "things.json", folder / "things")
        sides.append(code_of(folder / "things"))
    return sides[0], sides[1]


def code_of(package: Path) -> Mapping[str, str]:
    """The code of the operations and models of a package without docstrings, by its modules."""
    paths = [path for folder in ("api", "models") for path in (package / folder).rglob("*.py")]
    modules = {str(path.relative_to(package)): ast.parse(path.read_text()) for path in paths}
    return {name: ast.dump(_Undocumented().visit(module)) for name, module in modules.items()}


class _Undocumented(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a string that stands alone."""
        return None if isinstance(node.value, ast.Constant) else node


def test_nothing_is_said_only_if_the_client_stays_the_same(
    clients: tuple[Mapping[str, str], Mapping[str, str]],
) -> None:
    """Two documents that do not differ have one client, but for docstrings."""
    before, after = clients
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
