"""`make pin`: from a whole OpenAPI document to the pin, `openapi.yaml`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from tools.openapi.derive import one_line
from tools.openapi.document import DocumentError
from tools.openapi.read import Source, read
from tools.paths import OVERLAY, PIN
from tools.pin.pin import RefusedError, check, pin


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    The exit status is 1 if the pin was edited or would break something, and 2 if the document
    cannot be used.
    """
    parser = argparse.ArgumentParser(prog="pin", description="Pin operations of an OpenAPI document.")
    parser.add_argument("--spec", default="", help="the document: a file or URL")
    parser.add_argument("--source", default="", help="what the pin says it was read from, in place of the file's name")
    parser.add_argument("--commit", default="", help="the document's commit, 40 hexadecimal digits")
    parser.add_argument(
        "--operations", default="", help="all, tag:..., a pattern, METHOD /path, or operationIds (default: the pin's)"
    )
    parser.add_argument("--pin", type=Path, default=PIN, help="the file that is written (default: the pin)")
    parser.add_argument(
        "--overlay", help=f"the overlay; empty for none (default: {OVERLAY.name}, if it is for the document)"
    )
    parser.add_argument("--accept", action="store_true", help="write it although it breaks something")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args(arguments)
    name = "pin-check" if options.check else "pin"
    try:
        source = _source(options.spec, options.source, options.commit)
        if options.check:
            check(options.pin, source, options.overlay)
            print(f"{name}: {options.pin.name} is what make pin writes from {source.name}")
            return 0
        for line in pin(options.pin, source, options.operations, options.overlay, accept=options.accept):
            print(line)
    except DocumentError as error:
        print(f"{name}: {one_line(error)}", file=sys.stderr)
        return 2
    except RefusedError as refusal:
        print(f"{name}: {refusal}", file=sys.stderr)
        return 1
    return 0


def _source(spec: str, name: str, commit: str) -> Source:
    if not spec:
        raise DocumentError("which document? make pin SPEC=<file or URL>")
    if commit and (len(commit) != 40 or not set(commit) <= set("0123456789abcdef")):
        raise DocumentError(f"the commit {commit[:50]!r} is not 40 hexadecimal digits")
    source = read(spec)
    return evolve(source, label=one_line(name) or None, commit=commit or source.commit)


if __name__ == "__main__":
    sys.exit(main())
