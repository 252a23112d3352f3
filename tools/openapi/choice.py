"""Which operations of a document are meant: by operationId, method and path, tag or pattern."""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from attrs import frozen

from tools.openapi.document import BUNDLE, METHODS, DocumentError, Node, abbreviate, node, operations, resolve, texts


@frozen
class Found:
    """One operation of a document, and where it stands.

    Attributes:
        name: Its operationId if no other operation has that too, else its method and path.
    """

    name: str
    path: str
    method: str
    operation: Node

    @property
    def place(self) -> str:
        """Its method and path."""
        return f"{self.method.upper()} {self.path}"

    @property
    def operation_id(self) -> str | None:
        """Its operationId, if it has one."""
        found = self.operation.get("operationId")
        return found if isinstance(found, str) and found else None


def every_operation(document: Node) -> list[Found]:
    """Return every operation of a document, in the document's order."""
    items = {path: _followed(document, item) for path, item in node(document.get("paths")).items()}
    found = list(operations({"paths": items}))
    ids = Counter(str(operation.get("operationId")) for _, _, operation in found)
    return [
        Found(_name(operation, ids, f"{method.upper()} {path}"), path, method, operation)
        for path, method, operation in found
    ]


def chosen(document: Node, selectors: str) -> list[str]:
    """Return the names of the operations that a text selects.

    Args:
        document: The whole document.
        selectors: One selector, if that matches; else several, separated by commas, or by spaces if all are
            operationIds. A selector is `all`, `tag:` and a tag, an operationId, a method and path, or a pattern of
            operationIds with `*` or `?`.

    Raises:
        DocumentError: One of them matches nothing, or is described in another file.
    """
    every = every_operation(document)
    names = _selected(document, every, selectors)
    if selectors.strip() == "all" or any("$ref" in found.operation for found in every if found.name in names):
        _check_bundled(document)
    return names


def _selected(document: Node, every: Sequence[Found], selectors: str) -> list[str]:
    if found := _matching(every, selectors.strip()):
        return found
    separated = [part.strip() for part in selectors.split(",") if part.strip()]
    if len(separated) == 1:
        ids = {operation.operation_id for operation in every}
        words = selectors.split()
        separated = words if all(word in ids for word in words) or not _is_one(words) else separated
    names: list[str] = []
    for selector in separated:
        if not (found := _matching(every, selector)):
            raise DocumentError(_missing(document, selector))
        names += found
    return list(dict.fromkeys(names))


def _is_one(words: Sequence[str]) -> bool:
    """Return whether words can be one selector: a method and a path, or a tag."""
    return words[0].lower() in METHODS or words[0].startswith("tag:")


def _matching(every: Sequence[Found], selector: str) -> list[str]:
    if not selector:
        return []
    if selector == "all":
        return [found.name for found in every]
    exact = [found for found in every if selector in (found.operation_id, found.name)]
    if len(exact) > 1:
        places = " and ".join(found.place for found in exact)
        raise DocumentError(f"the operation {selector} is in the document more than once: {places}")
    if exact:
        return [exact[0].name]
    method, _, path = selector.partition(" ")
    if placed := [found.name for found in every if (found.method, found.path) == (method.lower(), path.strip())]:
        return placed
    if tag := selector.removeprefix("tag:") if selector.startswith("tag:") else "":
        return [found.name for found in every if tag.strip() in texts(found.operation.get("tags"))]
    if not set("*?") & set(selector):
        return []
    return [found.name for found in every if fnmatchcase(found.operation_id or "", selector)]


def _missing(document: Node, selector: str) -> str:
    _check_bundled(document)
    if not node(document.get("paths")):
        return f"the operation {selector} is not in the document, which has no paths"
    if selector.startswith("tag:"):
        return f"no operation has the tag {selector.removeprefix('tag:')}"
    if set("*?") & set(selector):
        return f"no operationId matches {selector}"
    return f"the operation {selector} is not in the document"


def _check_bundled(document: Node) -> None:
    """See that no path or operation is described in another file, where it cannot be found.

    Raises:
        DocumentError: One is.
    """
    for path, item in node(document.get("paths")).items():
        for part in (node(item), *(node(node(item).get(method)) for method in METHODS)):
            reference = part.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                raise DocumentError(f"paths/{path}: {abbreviate(reference)} is in another file; {BUNDLE}")


def _name(operation: Node, ids: Counter[str], place: str) -> str:
    own = operation.get("operationId")
    return own if isinstance(own, str) and own and ids[own] == 1 else place


def _followed(document: Node, item: object) -> object:
    """Return a path's item; one that refers elsewhere in vain is nobody's concern but its own operations'."""
    try:
        return resolve(document, item)
    except DocumentError:
        return item
