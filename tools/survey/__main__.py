"""The command line of `make survey`."""

import argparse
import sys
from pathlib import Path

from tools.openapi.choice import chosen, every_operation
from tools.openapi.document import DocumentError, parse_document
from tools.openapi.read import read
from tools.survey.report import as_json, as_markdown, as_text
from tools.survey.run import survey


def main() -> int:
    """Run the survey.

    The exit status is 1 if an operation falls short, and 2 if the document cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="survey", description="Count how many operations of a document become a client that works."
    )
    parser.add_argument("--spec", required=True, help="the document: a file or URL")
    parser.add_argument("--operations", default="all", help="which ones, as make pin takes them (default: all)")
    parser.add_argument("--json", type=Path, help="a file for the findings as JSON")
    parser.add_argument("--markdown", type=Path, help="a file for the findings as Markdown")
    options = parser.parse_args()
    try:
        source = read(options.spec)
        document = parse_document(source.text, source.name)
        names = chosen(document, options.operations or "all")
        operations = [found for found in every_operation(document) if found.name in names]
        findings = survey(document, operations, _progress)
        if options.json:
            options.json.write_text(as_json(findings), encoding="utf-8")
        if options.markdown:
            options.markdown.write_text(as_markdown(findings, source.name), encoding="utf-8")
    except (DocumentError, OSError) as error:
        print(f"survey: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(as_text(findings))
    falls_short = any(finding.refusals or finding.untyped_members for finding in findings)
    return 1 if falls_short else 0


def _progress(stage: str, done: int, total: int) -> None:
    """Show how far the survey is, if somebody looks."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\rsurvey: {stage}: {done} of {total}\x1b[K", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
