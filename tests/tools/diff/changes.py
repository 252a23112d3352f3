"""The tables of docs/changes.md: each row as two documents, and what `make diff` says of them."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

from attrs import frozen

from tools.compare.changes import Change
from tools.compare.comparison import compare
from tools.openapi.document import Node, load, node, parse_document
from tools.paths import ROOT

PAGE = ROOT / "docs" / "changes.md"
NOTHING = "-"
"""A cell that says so: nothing changes."""

SAME = "- (another way to say the same)"
"""Likewise, although the code of the client differs."""

_FRAME = load(ROOT / "tests" / "documents" / "changes.yaml")
_DONE: Node = {"204": {"description": "Done."}}
_VALUE = re.compile(r"call: the keyword `value`|`CallResponse200\.value`")
_CELLS = re.compile(r"(?<!\\)\|")


@frozen
class Row:
    """One row of a table.

    Attributes:
        section: The heading above the table.
        before: A fragment of the old document.
        after: What the new one has in its place.
        cells: What `make diff` says, by the heading of the column.
    """

    section: str
    keyword: str
    before: str
    after: str
    cells: Mapping[str, str]

    def changes(self, column: str) -> tuple[Change, ...]:
        """Compare the documents of a cell."""
        return _changes(self.section, self.before, self.after, column)


@cache
def _changes(section: str, before: str, after: str, column: str) -> tuple[Change, ...]:
    old, new = (document({"call": operation_of(section, text, column)}) for text in (before, after))
    return compare(old, new)


def rows() -> Iterator[Row]:
    """Yield the rows of the page."""
    section, columns = "", list[str]()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section, columns = line[3:], []
        elif line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|") for cell in _CELLS.split(line)[1:-1]]
            if not columns:
                columns = cells
            elif not cells[0].startswith("---"):
                keyword, before, after = (cell.strip("`") for cell in cells[:3])
                yield Row(section, keyword, before, after, dict(zip(columns[3:], cells[3:], strict=True)))


def words_of(changes: tuple[Change, ...]) -> str:
    """The cell for some changes: whom each breaks, and its sentence without a subject that goes without saying."""
    return "; ".join(map(_words_of, changes)) or NOTHING


def _words_of(change: Change) -> str:
    text = re.sub(r"^call:? ", "", _VALUE.sub("…", change.text))
    return f"**{change.breaks}**: {text}" if change.breaks else text


def operation_of(section: str, text: str, column: str) -> Node:
    """The operation that a fragment makes."""
    value = node(parse_document(f"value: {text}", "row"))["value"]
    if section == "Events":
        return _with_events(node(value))
    if section != "Schemas":
        return {"responses": _DONE, **node(value)}
    holder = {"application/json": {"schema": {"type": "object", "properties": {"value": value}}}}
    if column == "in a request":
        return {"requestBody": {"required": True, "content": holder}, "responses": _DONE}
    return {"responses": {"200": {"description": "Done.", "content": holder}}}


def _with_events(operation: Node) -> Node:
    """An operation whose fragment has the schemas of its body, of its JSON and of its events."""
    content = {"application/json": {"schema": operation.get("json", {"type": "string"})}}
    if "events" in operation:
        content["text/event-stream"] = {"schema": operation["events"]}
    rest = {name: part for name, part in operation.items() if name not in ("json", "events", "body")}
    if "body" in operation:
        rest["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation["body"]}}}
    return {"responses": {"200": {"description": "Done.", "content": content}}, **rest}


def document(operations: Mapping[str, Node]) -> dict[str, object]:
    """The document of some operations, by their ids."""
    paths: dict[str, object] = {}
    for name, said in operations.items():
        operation = {"operationId": name, **said}
        path, method = (str(operation.pop(key, default)) for key, default in (("path", f"/{name}"), ("method", "post")))
        item = cast("dict[str, object]", paths.setdefault(path, {}))
        item[method] = operation
    return {**_FRAME, "paths": paths}
