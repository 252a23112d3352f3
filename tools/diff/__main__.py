"""`make diff`: what another document would change for the users of the client.

`--spec` compares the pin with a document that may take its place. `--against` compares an older pin, that of a git
revision or of a vendored copy, or any other document, with the pin, or with `--spec`. The exit status says it for
programs: 0 nothing breaks, 1 something does, 2 a document is invalid, and then standard output is empty.
"""

import argparse
import sys

from tools.compare.changes import is_breaking
from tools.compare.comparison import compare
from tools.compare.kinds import KINDS
from tools.compare.report import FORMATS
from tools.diff.documents import new_document, old_document
from tools.openapi.document import DocumentError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diff",
        description="Say what would change for the users of the client.",
        epilog="Exit status: 0 nothing breaks, 1 something does, 2 a document is invalid. "
        "(make has one status for every failure, 2; its last line says which it was.)",
    )
    parser.add_argument("--spec", help="the new document; without it, the pin is the new one")
    parser.add_argument(
        "--against",
        help="the old document: a git revision, a vendored copy's folder, a file or a URL; without it, the pin",
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
        parser.error("name the other document with SPEC=document.yaml, or with AGAINST=revision, folder or document")
    try:
        old = old_document(options.against or None)
        changes = compare(old.document, new_document(options.spec or None, old))
    except DocumentError as error:
        print(f"diff: {_line(str(error))} (exit status 2)", file=sys.stderr)
        return 2
    print(FORMATS[options.format](changes))
    status = 1 if is_breaking(changes) else 0
    print(f"diff: {'breaking' if status else 'nothing breaks'} (exit status {status})", file=sys.stderr)
    return status


def _line(message: str) -> str:
    """Make a message that quotes a document harmless to a terminal."""
    shown = "".join(part if part.isprintable() else part.encode("unicode_escape").decode() for part in message)
    return shown if len(shown) <= 400 else f"{shown[:399]}…"


if __name__ == "__main__":
    sys.exit(main())
