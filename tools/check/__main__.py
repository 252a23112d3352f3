"""The checks of `make check` that are the project's own.

Each problem is one line that begins with the path it is about.
"""

import sys
from pathlib import Path

from tools.check.architecture import stale_picture
from tools.check.docstrings import bare_names, without_verb
from tools.check.drift import drift
from tools.check.ignores import bare_ignores
from tools.check.imports import broken_contracts
from tools.check.lines import describe_size, long_modules
from tools.check.pages import stale_pages
from tools.check.privacy import borrowed_names
from tools.check.strays import stray_entries
from tools.paths import PACKAGE, PIN, ROOT


def handwritten_modules(root: Path) -> list[Path]:
    """Return the modules of the tools, of the command and of the client's runtime."""
    runtime = root / "templates" / "_runtime"
    return sorted(path for folder in (root / "tools", root / "cli", runtime) for path in folder.rglob("*.py"))


def main() -> int:
    """Print the problems and the size of the code, and return the exit status: 1 if there is a problem."""
    modules = handwritten_modules(ROOT)
    problems = [
        *drift(PIN, PACKAGE),
        *stray_entries(ROOT),
        *stale_picture(ROOT),
        *stale_pages(ROOT),
        *bare_ignores(ROOT),
        *bare_names(ROOT),
        *without_verb(modules),
        *borrowed_names(PACKAGE),
        *broken_contracts(ROOT),
        *long_modules(modules),
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(describe_size(ROOT))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
