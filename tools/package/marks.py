"""The comment that each generated file begins with: which project it is of, and where an edit belongs."""

import re

from tools.package.line_ends import unix_lines

_FIRST = "An edit belongs in that project, where `make generate` writes this file anew."
_SECOND = "# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch."
_MARK = re.compile(rf"# Generated: [^\n]+\. {re.escape(_FIRST)}\n{re.escape(_SECOND)}\n".encode())

_OLD_MARK = b"# Generated from the OpenAPI document by `make generate`, which discards edits.\n"
"""The mark of packages from before the manifest. Their `_runtime/` had none."""

_OLD_RUNTIME = frozenset(
    (
        *("__init__", "answer_scanner", "attempt", "background", "base64_stream", "bodies", "call", "cancellation"),
        *("client", "clock", "configuration", "connections", "credentials", "decoding", "default_transport"),
        *("downloader", "environment_proxies", "errors", "exchange", "failures", "files", "flag", "gate"),
        *("http_client", "image_files", "images", "json_text", "json_values", "leftovers", "long_texts", "multipart"),
        *("observer", "off_loop", "operation", "pictures", "pin", "policy", "preparation", "read_ahead", "response"),
        *("retry_after", "rules", "saving", "secrets"),
    )
)
"""The modules that `_runtime/` had before the manifest."""

PARTS = ("__init__.py", "client.py", "errors.py", "py.typed", "types.py", "_runtime/__init__.py")
"""Files that every package has, whatever its document and version: a part of one is no package."""


def mark(project: str, version: str) -> str:
    """Return the mark of the files of a project's client."""
    name = " ".join(f"{project} {version}".split())
    return f"# Generated: {name}. {_FIRST}\n{_SECOND}\n"


def is_marked(content: bytes) -> bool:
    """Return whether a file has the mark, of any version."""
    start = unix_lines(content[:1000])
    return _MARK.match(start) is not None or start.startswith(_OLD_MARK)


def is_generated(path: str, content: bytes) -> bool:
    """Return whether a file says that it was generated, or has a name from before files had a mark."""
    folder, _, name = path.partition("/")
    if folder == "_runtime" and name.removesuffix(".py") in _OLD_RUNTIME and name.endswith(".py"):
        return True
    return (path == "py.typed" and not content) or is_marked(content)
