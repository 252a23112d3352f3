"""`make diff`: what another document would change for the users of the client.

`--spec` compares the pin with a document that may take its place. `--against` compares an
older pin, that of a git revision or of a vendored copy, with the pin, or with `--spec`.
The exit status says it for programs: 0 nothing breaks, 1 something does, 2 a document is
invalid, and then standard output is empty.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tools.checkout import OVERLAY, PIN, ROOT
from tools.diffing.changes import KINDS, Change, is_breaking
from tools.diffing.comparison import compare
from tools.diffing.reading import checked
from tools.diffing.report import FORMATS, as_json, as_markdown, as_text
from tools.document import DocumentError, Node, load, operations, parsed
from tools.pin import derive
from tools.pinning.record import provenance_of
from tools.pinning.source import Source, read

__all__ = ["Change", "as_json", "as_markdown", "as_text", "compare", "is_breaking"]


def reduced(source: Source) -> Node:
    """The part of a document that the pin would take over; a document that is a pin itself is taken as it is.

    Raises:
        DocumentError: It is invalid, or lacks an operation of the pin's.
    """
    if provenance_of(source.text) is not None:
        return parsed(source.text, source.name)
    named = [str(operation["operationId"]) for _, _, operation in operations(load(PIN))]
    return derive(source, named, OVERLAY).document


def document_at(path: str) -> Node:
    """Read a document.

    Args:
        path: A file or a URL.

    Raises:
        DocumentError: There is none, or it is invalid.
    """
    return _usable(reduced(read(path)), path)


def document_against(against: str) -> Node:
    """The pin of a vendored copy, or of a revision of this repository.

    Args:
        against: The folder of the copy, or what git calls the revision.

    Raises:
        DocumentError: There is none, or it is invalid.
    """
    copy = Path(against, PIN.name)
    if copy.is_file():
        return _usable(load(copy), str(copy))
    name = f"{against}:{PIN.name}"
    git = ["git", "-C", str(ROOT), "show", "--end-of-options", f"{against}:./{PIN.name}"]
    shown = subprocess.run(git, check=False, capture_output=True, text=True, errors="replace", encoding="utf-8")
    if shown.returncode != 0:
        raise DocumentError(
            f"{against} is neither a folder that holds an {PIN.name} nor a revision of this repository that does"
        )
    return _usable(parsed(shown.stdout, name), name)


def _usable(document: Node, name: str) -> Node:
    try:
        return checked(document)
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diff",
        description="Say what would change for the users of the client.",
        epilog="Exit status: 0 nothing breaks, 1 something does, 2 a document is invalid. "
        "(make has one status for every failure, 2; its last line says which it was.)",
    )
    parser.add_argument("--spec", help="the new document; without it, the pin is the new one")
    parser.add_argument(
        "--against", help="the old document: a git revision or a vendored copy's folder; without it, the pin"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="text, markdown for a pull request, or json")
    parser.add_argument("--kinds", action="store_true", help="list every kind of change, and whom it breaks")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.kinds:
        print("\n".join(f"{name:36} {kind.breaks or '-'}" for name, kind in KINDS.items()))
        return 0
    if not options.spec and not options.against:
        parser.error("name the other document with SPEC=document.yaml, or with AGAINST=revision or folder")
    try:
        old = document_against(options.against) if options.against else document_at(str(PIN))
        new = document_at(options.spec or str(PIN))
        changes = compare(old, new)
    except DocumentError as error:
        print(f"diff: {_line(str(error))} (exit status 2)", file=sys.stderr)
        return 2
    print(FORMATS[options.format](changes))
    status = 1 if is_breaking(changes) else 0
    print(f"diff: {'breaking' if status else 'nothing breaks'} (exit status {status})", file=sys.stderr)
    return status


def _line(message: str) -> str:
    """A message that quotes a document, harmless to a terminal."""
    shown = "".join(part if part.isprintable() else part.encode("unicode_escape").decode() for part in message)
    return shown if len(shown) <= 400 else f"{shown[:399]}…"


if __name__ == "__main__":
    sys.exit(main())
