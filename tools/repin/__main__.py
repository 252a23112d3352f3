"""`make repin`: take the newest version of the pinned document, and prove the client that comes of it."""

import argparse
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from attrs import evolve

from tools.openapi.derive import one_line
from tools.openapi.document import DocumentError
from tools.openapi.provenance import provenance_of
from tools.openapi.read import read
from tools.paths import PIN, ROOT
from tools.repin.outcome import FAILED, Outcome
from tools.repin.repin import repin
from tools.repin.report import failure_report, report_of
from tools.repin.trial import FailedError

_EPILOG = """\
exit status:
  0   the pin says what it said; nothing was written
  10  a new pin and package are in the working tree, and no caller feels the change
  20  the same, and the change breaks callers, readers or the wire
  1   it failed; the working tree is as it was, and the report says why
  2   wrong usage
"""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the command line for a checkout, and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="repin",
        description="Renew the pin and the package from a new version of the document, and prove them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--spec", default="", help="the document: a file or URL (default: what the pin follows)")
    parser.add_argument("--commit", default="", type=_commit, help="the document's commit, 40 hexadecimal digits")
    parser.add_argument("--report", type=_writable, help="a file for the report, as Markdown")
    parser.add_argument(
        "--checks",
        help="a shell command that proves the result, run in a copy of the checkout "
        "(default: make check, and a round trip by the survey); the project's tests run too",
    )
    options = parser.parse_args(arguments)
    try:
        source = read(options.spec or _followed(root / PIN.name))
        source = evolve(source, commit=options.commit or source.commit)
        outcome = repin(root, source, options.checks, _say)
    except (DocumentError, FailedError, OSError) as error:
        return _failed(error, options.report)
    _write_report(options.report, report_of(outcome))
    _say(_last_line(outcome))
    return outcome.status


def _failed(error: Exception, report: Path | None) -> int:
    _say(f"failed; nothing was changed: {one_line(str(error).partition(chr(10))[0])}")
    if isinstance(error, FailedError) and error.output:
        print(error.output.rstrip(), file=sys.stderr)
    _write_report(report, failure_report(error))
    return FAILED


def _write_report(path: Path | None, text: str) -> None:
    """Write the report. If that fails, the exit status still says what became of the working tree."""
    if path is not None:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            _say(f"the report cannot be written: {error}")


def _followed(pin: Path) -> str:
    """Return the address that the pin follows."""
    provenance = provenance_of(pin.read_text(encoding="utf-8"))
    if provenance is None or provenance.follows is None:
        raise DocumentError(f"{pin.name} names no address that it follows; name the document with --spec")
    return provenance.follows


def _last_line(outcome: Outcome) -> str:
    if not outcome.is_new:
        return f"{PIN.name} says what {outcome.source.name} says; nothing was changed"
    return f"{outcome.summary} The new pin and package are in the working tree."


def _say(line: str) -> None:
    print(f"repin: {line}", file=sys.stderr, flush=True)


def _end(number: int, _: object) -> NoReturn:
    raise FailedError(f"{signal.Signals(number).name} ended the run")


def _commit(text: str) -> str:
    if text and not re.fullmatch("[0-9a-f]{40}", text):
        raise argparse.ArgumentTypeError(f"{text[:50]!r} is not 40 hexadecimal digits")
    return text


def _writable(text: str) -> Path:
    path = Path(text)
    if not text or path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a file in a folder that is there")
    return path


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _end)
    sys.exit(main())
