"""`make generate`: write the client package from the pinned document."""

import argparse
import sys
from pathlib import Path

from tools.generate.generate import generate
from tools.openapi.document import DocumentError
from tools.package.errors import BlockedError, EditedError, PlaceError
from tools.paths import PACKAGE, PIN


def main() -> int:
    """Run the command line; the exit status is 2 if the document, the settings or the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="generate", description="Write the client package from an OpenAPI document.")
    parser.add_argument("--spec", type=_path, default=PIN, help="the document (default: the pin)")
    parser.add_argument("--out", type=_path, default=PACKAGE, help="the package's folder")
    parser.add_argument("--config", type=_path, help="the settings (default: the project's own for its own package)")
    parser.add_argument("--force", action="store_true", help="discard edits of the files that the manifest there lists")
    arguments = parser.parse_args()
    try:
        notes = generate(arguments.spec, arguments.out, config=arguments.config, force=arguments.force)
    except BlockedError as error:
        way_out = "; FORCE=1 discards edits of listed files" if isinstance(error, EditedError) else ""
        for line in (*error.complaints, f"nothing was changed{way_out}"):
            print(f"generate: {line}", file=sys.stderr)
        return 2
    except (DocumentError, PlaceError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    for note in notes:
        print(f"generate: note: {note}", file=sys.stderr)
    print(f"generate: wrote {arguments.out}")
    return 0


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return Path(text)


if __name__ == "__main__":
    sys.exit(main())
